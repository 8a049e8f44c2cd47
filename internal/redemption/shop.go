package redemption

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// managers set shops and their goods up.
var managers = []auth.Role{auth.TownOfficial, auth.Administrator}

// Shop is a 兑换点. It serves the households of its town.
type Shop struct {
	ID         id.ID
	DivisionID id.ID // the village or town it stands in
	Name       string
	OpenedOn   calendar.Day
	ClosedOn   calendar.Day // the first day it is closed; 0: open
	UpdatedAt  calendar.Micros
}

// OpenOn reports whether the shop is open on a day.
func (s Shop) OpenOn(day calendar.Day) bool {
	return s.OpenedOn <= day && (s.ClosedOn == 0 || day < s.ClosedOn)
}

// serves reports whether a village lies in the shop's town.
func (s Shop) serves(tree *division.Tree, villageID id.ID) bool {
	return tree.Contains(served(tree, s.DivisionID), villageID)
}

// served is the town of a division, or the division itself above towns.
func served(tree *division.Tree, divisionID id.ID) id.ID {
	if town, ok := tree.At(divisionID, division.Town); ok {
		return town.ID
	}
	return divisionID
}

func unknownShop() *fault.Fault { return fault.New(fault.NotFound, "shop.unknown") }

// NewShop is a shop to be opened.
type NewShop struct {
	ID         id.ID // made by the client
	DivisionID id.ID // a town, a village or a village group
	Name       string
}

// CreateShop opens a shop today. The same ID and content again returns the
// stored shop with replayed set. Faults: NotFound "division.unknown" outside the
// actor's scope, Invalid "shop.no_place" and "shop.name_missing", Conflict
// "request.id_reused".
func (s *Service) CreateShop(ctx context.Context, actor auth.Actor, in NewShop) (shop Shop, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Shop{}, false, err
	}
	if !actor.Covers(tree, in.DivisionID, managers...) {
		return Shop{}, false, division.Unknown().At("/division_id")
	}
	if _, ok := tree.At(in.DivisionID, division.Town); !ok {
		return Shop{}, false, fault.New(fault.Invalid, "shop.no_place").At("/division_id")
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" {
		return Shop{}, false, fault.New(fault.Invalid, "shop.name_missing").At("/name")
	}
	now := s.now()
	wanted := Shop{ID: in.ID, DivisionID: in.DivisionID, Name: in.Name, OpenedOn: calendar.DayOf(now, s.zone), UpdatedAt: now}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		shop, replayed, err = createShop(ctx, tx, actor, wanted)
		return err
	})
	return shop, replayed, err
}

func createShop(ctx context.Context, tx *gorm.DB, actor auth.Actor, wanted Shop) (shop Shop, replayed bool, err error) {
	err = insertShop(ctx, tx, wanted)
	if database.IsDuplicate(err) {
		stored, err := shopsByID(ctx, tx, []id.ID{wanted.ID})
		if err != nil {
			return Shop{}, false, err
		}
		noted, _, _, err := auth.Noted(ctx, tx, "shop.create", wanted.ID)
		if err != nil {
			return Shop{}, false, err
		}
		if shop = stored[wanted.ID]; shop.DivisionID != wanted.DivisionID || noted.Detail != wanted.Name {
			return Shop{}, false, reused()
		}
		return shop, true, nil
	}
	if err != nil {
		return Shop{}, false, err
	}
	return wanted, false, auth.Audit(ctx, tx, actor, auth.Event{Action: "shop.create", ObjectKind: "shop", ObjectID: wanted.ID,
		DivisionID: wanted.DivisionID, Detail: wanted.Name})
}

func reused() *fault.Fault { return fault.New(fault.Conflict, "request.id_reused").At("/id") }

// ShopChange is what is to be different; nil stays.
type ShopChange struct {
	Name     *string
	ClosedOn *calendar.Day // today or later; the first day it is closed
}

// ChangeShop renames or closes a shop. Faults: NotFound "shop.unknown" outside
// the actor's scope, Invalid "shop.name_missing" and "shop.closed_in_past".
func (s *Service) ChangeShop(ctx context.Context, actor auth.Actor, shopID id.ID, change ShopChange) (shop Shop, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Shop{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if shop, err = lockShop(ctx, tx, shopID); err != nil {
			return err
		}
		if !actor.Covers(tree, shop.DivisionID, managers...) {
			return unknownShop()
		}
		said, err := s.apply(&shop, change)
		if err != nil || said == nil {
			return err
		}
		if err := updateShop(ctx, tx, shop); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{Action: "shop.change", ObjectKind: "shop", ObjectID: shop.ID,
			DivisionID: shop.DivisionID, Detail: strings.Join(said, ", ")})
	})
	return shop, err
}

// apply changes the shop and says what is different for the audit log.
func (s *Service) apply(shop *Shop, change ShopChange) (said []string, err error) {
	if change.Name != nil && strings.TrimSpace(*change.Name) != shop.Name {
		name := strings.TrimSpace(*change.Name)
		if name == "" {
			return nil, fault.New(fault.Invalid, "shop.name_missing").At("/name")
		}
		said = append(said, fmt.Sprintf("name %s → %s", shop.Name, name))
		shop.Name = name
	}
	if change.ClosedOn != nil && *change.ClosedOn != shop.ClosedOn {
		if today := s.today(); *change.ClosedOn < today {
			return nil, fault.New(fault.Invalid, "shop.closed_in_past", "day", today.String()).At("/closed_on")
		}
		said = append(said, "closed from "+change.ClosedOn.String())
		shop.ClosedOn = *change.ClosedOn
	}
	shop.UpdatedAt = s.now()
	return said, nil
}

// ShopFilter says which shops to list, and where to go on.
type ShopFilter struct {
	DivisionID id.ID  // zero: the whole scope
	AfterName  string // the shop the page before ended with
	AfterID    id.ID  // zero: from the first
	Limit      int
}

// Shops lists the shops inside the actor's scope by name, closed ones too, and
// one more than the limit where there are more. It returns NotFound
// "division.unknown" for a division outside the scope.
func (s *Service) Shops(ctx context.Context, actor auth.Actor, f ShopFilter) ([]Shop, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	scope := actor.Divisions()
	if !f.DivisionID.IsZero() {
		if !actor.Covers(tree, f.DivisionID) {
			return nil, division.Unknown().At("?division")
		}
		scope = []id.ID{f.DivisionID}
	}
	return listShops(ctx, s.db.Read, scope, f)
}

// Shop returns a shop inside the actor's scope, or the actor's own; else NotFound
// "shop.unknown".
func (s *Service) Shop(ctx context.Context, actor auth.Actor, shopID id.ID) (Shop, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Shop{}, err
	}
	found, err := shopsByID(ctx, s.db.Read, []id.ID{shopID})
	if err != nil {
		return Shop{}, err
	}
	shop, ok := found[shopID]
	if !ok || !actor.HasShop(shopID) && !actor.Covers(tree, shop.DivisionID) {
		return Shop{}, unknownShop()
	}
	return shop, nil
}

// ShopsServing returns the open shops of the town a division lies in, by name.
func (s *Service) ShopsServing(ctx context.Context, divisionID id.ID) ([]Shop, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	shops, err := listShops(ctx, s.db.Read, []id.ID{served(tree, divisionID)}, ShopFilter{Limit: mostShops})
	if err != nil {
		return nil, err
	}
	today := s.today()
	open := shops[:0]
	for _, shop := range shops {
		if shop.OpenOn(today) {
			open = append(open, shop)
		}
	}
	return open, nil
}

// mostShops bounds the shops of one town.
const mostShops = 500
