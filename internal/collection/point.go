package collection

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Point is a collection point (收集点) of a village.
type Point struct {
	ID          id.ID
	VillageID   id.ID
	Name        string
	LatitudeE6  *int32 // millionths of a degree; nil: not known
	LongitudeE6 *int32
	OpenedOn    calendar.Day
	ClosedOn    calendar.Day // zero while it is open
	UpdatedAt   calendar.Micros
}

// PointChange is what is to be different; nil stays.
type PointChange struct {
	Name        *string
	LatitudeE6  *int32
	LongitudeE6 *int32
	ClosedOn    *calendar.Day
}

// CreatePoint opens a collection point; without a day it opens today. The same
// id and content again return the stored point with replayed true, other content
// is a Conflict "request.id_reused".
func (s *Service) CreatePoint(ctx context.Context, actor auth.Actor, p Point) (stored Point, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return p, false, err
	}
	if f := village(tree, actor, p.VillageID, Writers); f != nil {
		return p, false, f
	}
	p.Name, p.UpdatedAt = strings.TrimSpace(p.Name), s.now()
	asked := p
	if p.OpenedOn == 0 {
		p.OpenedOn = s.today()
	}
	if err := p.check(); err != nil {
		return p, false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		stored, replayed, err = createPoint(ctx, tx, actor, p, asked)
		return err
	})
	return stored, replayed, err
}

func createPoint(ctx context.Context, tx *gorm.DB, actor auth.Actor, p, asked Point) (Point, bool, error) {
	err := insertPoint(ctx, tx, p)
	if database.IsDuplicate(err) {
		stored, _, err := readPoint(ctx, tx, p.ID, "")
		if err != nil {
			return p, false, err
		}
		if !stored.says(asked) || asked.OpenedOn != 0 && asked.OpenedOn != stored.OpenedOn {
			return p, false, fault.New(fault.Conflict, "request.id_reused").At("/id")
		}
		return stored, true, nil
	}
	if err != nil {
		return p, false, err
	}
	return p, false, auth.Audit(ctx, tx, actor, auth.Event{
		Action: "collection_point.create", ObjectKind: "collection_point", ObjectID: p.ID, DivisionID: p.VillageID, Detail: p.Name,
	})
}

// says reports whether two points have the same content but for the day they
// opened, which nobody can change and which may be left out.
func (p Point) says(other Point) bool {
	return p.VillageID == other.VillageID && p.Name == other.Name && p.ClosedOn == other.ClosedOn &&
		samePlace(p.LatitudeE6, other.LatitudeE6) && samePlace(p.LongitudeE6, other.LongitudeE6)
}

func samePlace(a, b *int32) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func (p Point) check() error {
	faults := []*fault.Fault{checkText(p.Name, 60, "collection_point.name", "/name")}
	if (p.LatitudeE6 == nil) != (p.LongitudeE6 == nil) {
		faults = append(faults, fault.New(fault.Invalid, "collection_point.half_a_place").At("/latitude"))
	}
	if p.LatitudeE6 != nil && (*p.LatitudeE6 < -90_000_000 || *p.LatitudeE6 > 90_000_000) {
		faults = append(faults, fault.New(fault.Invalid, "collection_point.nowhere").At("/latitude"))
	}
	if p.LongitudeE6 != nil && (*p.LongitudeE6 < -180_000_000 || *p.LongitudeE6 > 180_000_000) {
		faults = append(faults, fault.New(fault.Invalid, "collection_point.nowhere").At("/longitude"))
	}
	if !p.OpenedOn.Valid() {
		faults = append(faults, fault.New(fault.Invalid, "weigh_in.day_unknown").At("/opened_on"))
	}
	if p.ClosedOn != 0 && (!p.ClosedOn.Valid() || p.ClosedOn < p.OpenedOn) {
		faults = append(faults, fault.New(fault.Invalid, "collection_point.closed_before_opened", "opened_on", p.OpenedOn.String()).At("/closed_on"))
	}
	return joined(faults...)
}

// ChangePoint renames, moves or closes a point. Outside the actor's scope it
// returns NotFound "collection_point.unknown".
func (s *Service) ChangePoint(ctx context.Context, actor auth.Actor, pointID id.ID, change PointChange) (p Point, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return p, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		before, found, err := readPoint(ctx, tx, pointID, database.ForUpdate(tx))
		if err != nil {
			return err
		}
		if !found || !actor.Covers(tree, before.VillageID, Writers...) {
			return fault.New(fault.NotFound, "collection_point.unknown")
		}
		p = before.with(change)
		if err := p.check(); err != nil {
			return err
		}
		return s.storeChange(ctx, tx, actor, before, &p)
	})
	return p, err
}

func (p Point) with(change PointChange) Point {
	if change.Name != nil {
		p.Name = strings.TrimSpace(*change.Name)
	}
	if change.LatitudeE6 != nil {
		p.LatitudeE6 = change.LatitudeE6
	}
	if change.LongitudeE6 != nil {
		p.LongitudeE6 = change.LongitudeE6
	}
	if change.ClosedOn != nil {
		p.ClosedOn = *change.ClosedOn
	}
	return p
}

func (s *Service) storeChange(ctx context.Context, tx *gorm.DB, actor auth.Actor, before Point, p *Point) error {
	if before.says(*p) {
		return nil
	}
	p.UpdatedAt = s.now()
	if err := updatePoint(ctx, tx, *p); err != nil {
		return err
	}
	return auth.Audit(ctx, tx, actor, auth.Event{
		Action: "collection_point.change", ObjectKind: "collection_point", ObjectID: p.ID, DivisionID: p.VillageID,
		Detail: fmt.Sprintf("%s → %s", before.describe(), p.describe()),
	})
}

// describe writes the point for the audit log.
func (p Point) describe() string {
	text := p.Name
	if p.LatitudeE6 != nil && p.LongitudeE6 != nil {
		text += fmt.Sprintf(" (%.6f, %.6f)", float64(*p.LatitudeE6)/1e6, float64(*p.LongitudeE6)/1e6)
	}
	if p.ClosedOn != 0 {
		text += ", closed " + p.ClosedOn.String()
	}
	return text
}

// PointCursor is the place of a point in the list.
type PointCursor struct {
	Rank int // 0: one of the cleaner's own
	Name string
	ID   id.ID
}

// PointFilter says which points a list shows.
type PointFilter struct {
	DivisionID id.ID       // zero: the actor's whole scope
	After      PointCursor // zero: from the first on
	Limit      int
}

// Points lists collection points, closed ones included, by name; those a cleaner
// is assigned to come first. It also returns the cursor of the last one and
// whether there are more. Outside the scope it returns NotFound
// "division.unknown".
func (s *Service) Points(ctx context.Context, actor auth.Actor, f PointFilter) (points []Point, last PointCursor, more bool, err error) {
	_, villages, all, err := s.villages(ctx, actor, f.DivisionID, nil)
	if err != nil || len(villages) == 0 {
		return nil, last, false, err
	}
	if all {
		villages = nil
	}
	own := ownPoints(actor)
	points, err = listPoints(ctx, s.db.Read, villages, own, f)
	if more = len(points) > f.Limit; more {
		points = points[:f.Limit]
	}
	if n := len(points); n > 0 {
		last = PointCursor{1, points[n-1].Name, points[n-1].ID}
		if slices.Contains(own, last.ID) {
			last.Rank = 0
		}
	}
	return points, last, more, err
}

func ownPoints(actor auth.Actor) []id.ID {
	var own []id.ID
	for _, g := range actor.Grants {
		if g.Role == auth.Cleaner {
			own = append(own, g.PointIDs...)
		}
	}
	return own
}
