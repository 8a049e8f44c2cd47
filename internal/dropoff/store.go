package dropoff

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

var (
	dropOffColumns = []string{"id", "household_id", "card_id", "village_id", "point_id", "cleaner_id", "device_id", "device_seq",
		"tariff_id", "happened_at", "recorded_at", "day", "month", "earned", "cut", "cut_period", "status", "content_hash"}
	itemColumns    = []string{"drop_off_id", "line_no", "item", "category", "grams", "pieces", "grade", "earned", "cut", "photo_id"}
	holdColumns    = []string{"drop_off_id", "household_id", "village_id", "reason", "held_at", "objection_until"}
	postingColumns = []string{"drop_off_id", "village_id", "objection_until"}
)

// insertDropOffs writes drop-offs, their items, and why some of them wait.
func insertDropOffs(ctx context.Context, tx *gorm.DB, dropOffs []*DropOff) error {
	rows := make([][]any, len(dropOffs))
	items := make([][]any, 0, len(dropOffs))
	var holds, postings, uses [][]any
	for i, d := range dropOffs {
		rows[i] = []any{d.ID[:], d.HouseholdID[:], d.CardID[:], d.VillageID[:], database.OrNull(d.PointID), d.CleanerID[:],
			database.OrNull(d.DeviceID), sql.NullInt64{Int64: d.DeviceSeq, Valid: d.DeviceSeq != 0}, d.TariffID[:],
			int64(d.HappenedAt), int64(d.RecordedAt), int64(d.Day), int64(d.Month), int64(d.Earned), int64(d.Cut),
			d.CutPeriod, d.Status, d.ContentHash[:]}
		for k, item := range d.Items {
			items = append(items, []any{d.ID[:], k + 1, item.Item, item.Category, item.Grams, item.Pieces, item.Grade,
				int64(item.Earned), int64(item.Cut), database.OrNull(item.PhotoID)})
			if item.PhotoID.Valid && !slices.ContainsFunc(d.Items[:k], func(i Item) bool { return i.PhotoID == item.PhotoID }) {
				uses = append(uses, []any{item.PhotoID.ID[:], d.ID[:], d.VillageID[:]})
			}
		}
		if d.Status == Pending {
			holds = append(holds, []any{d.ID[:], d.HouseholdID[:], d.VillageID[:], d.ReviewReason, int64(d.RecordedAt),
				sql.NullInt64{Int64: int64(d.ObjectionUntil), Valid: d.ObjectionUntil != 0}})
		}
		if d.Posted() {
			postings = append(postings, []any{d.ID[:], d.VillageID[:], int64(d.ObjectionUntil)})
		}
	}
	if err := database.InsertRows(ctx, tx, "drop_offs", dropOffColumns, rows); err != nil {
		return fmt.Errorf("write drop-offs: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_items", itemColumns, items); err != nil {
		return fmt.Errorf("write items: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_holds", holdColumns, holds); err != nil {
		return fmt.Errorf("write holds: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_postings", postingColumns, postings); err != nil {
		return fmt.Errorf("write postings: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "photo_uses", []string{"photo_id", "used_by", "village_id"}, uses); err != nil {
		return fmt.Errorf("write photo uses: %w", err)
	}
	return nil
}

// places remembers the village of every collection point that was named. A point
// never moves to another village, so what was seen once stays true.
type places struct{ villages sync.Map }

// village returns the village of a point that load has found.
func (p *places) village(pointID id.ID) (id.ID, bool) {
	village, ok := p.villages.Load(pointID)
	if !ok {
		return id.ID{}, false
	}
	return village.(id.ID), true
}

// load finds the points among pointIDs that were not named before.
func (p *places) load(ctx context.Context, tx *gorm.DB, pointIDs []id.ID) error {
	fresh := slices.DeleteFunc(pointIDs, func(pointID id.ID) bool { _, ok := p.village(pointID); return ok })
	found, err := idPairs(ctx, tx, "SELECT id, village_id FROM collection_points WHERE id IN ", fresh)
	if err != nil {
		return fmt.Errorf("find collection points: %w", err)
	}
	for pointID, village := range found {
		p.villages.Store(pointID, village)
	}
	return nil
}

// known is what the group's points and photos turn out to be.
type known struct {
	places *places
	photos map[id.ID]id.ID // photo → who took it
}

func (s *Service) loadKnown(ctx context.Context, tx *gorm.DB, records []*record) (known, error) {
	var pointIDs, photoIDs []id.ID
	for _, r := range records {
		if r.in.PointID.Valid {
			pointIDs = append(pointIDs, r.in.PointID.ID)
		}
		for _, item := range r.in.Items {
			if item.PhotoID.Valid {
				photoIDs = append(photoIDs, item.PhotoID.ID)
			}
		}
	}
	if err := s.places.load(ctx, tx, pointIDs); err != nil {
		return known{}, err
	}
	photos, err := idPairs(ctx, tx, "SELECT id, actor_id FROM photos WHERE id IN ", photoIDs)
	if err != nil {
		return known{}, fmt.Errorf("find photos: %w", err)
	}
	return known{&s.places, photos}, nil
}

func idPairs(ctx context.Context, tx *gorm.DB, query string, ids []id.ID) (map[id.ID]id.ID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := database.List(database.IDs(ids))
	rows, err := database.Query(ctx, tx, query+"("+marks+")", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	pairs := make(map[id.ID]id.ID, len(ids))
	for rows.Next() {
		var key, value id.ID
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		pairs[key] = value
	}
	return pairs, rows.Err()
}

// check refuses a collection point the actor does not see and a photo somebody
// else took.
func (k known) check(tree *division.Tree, r *record) error {
	if r.in.PointID.Valid {
		village, ok := k.places.village(r.in.PointID.ID)
		if !ok || !r.actor.Covers(tree, village) {
			return fault.New(fault.NotFound, "collection_point.unknown").At("/point_id")
		}
	}
	for i, item := range r.in.Items {
		if item.PhotoID.Valid && k.photos[item.PhotoID.ID] != r.actor.ID {
			return fault.New(fault.NotFound, "photo.unknown").At(fmt.Sprintf("/items/%d/photo_id", i))
		}
	}
	return nil
}

const selectDropOffs = `
	SELECT d.id, d.household_id, d.card_id, d.village_id, d.point_id, d.cleaner_id, d.device_id, COALESCE(d.device_seq, 0),
	       d.tariff_id, d.happened_at, d.recorded_at, d.day, d.month, d.earned, d.cut, d.cut_period, d.status, d.content_hash,
	       t.version, COALESCE(h.reason, ''), COALESCE(r.decision, ''), COALESCE(r.reason, ''), r.id,
	       COALESCE(r.earned, 0), COALESCE(r.cut, 0), r.reviewer_id, COALESCE(h.objection_until, 0), COALESCE(o.reason, ''), o.actor_id, x.id
	FROM drop_offs d
	JOIN tariffs t ON t.id = d.tariff_id
	LEFT JOIN drop_off_holds h ON h.drop_off_id = d.id
	LEFT JOIN drop_off_objections o ON o.drop_off_id = h.drop_off_id
	LEFT JOIN drop_off_reviews r ON r.drop_off_id = d.id
	LEFT JOIN entries x ON x.reverses_id = COALESCE(r.id, d.id)`

// query reads drop-offs with their items and what became of them.
func (s *Service) query(ctx context.Context, db *gorm.DB, rest string, args ...any) ([]*DropOff, error) {
	rows, err := database.Query(ctx, db, selectDropOffs+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read drop-offs: %w", err)
	}
	defer rows.Close()
	var list []*DropOff
	for rows.Next() {
		d, err := scanDropOff(rows)
		if err != nil {
			return nil, fmt.Errorf("read drop-offs: %w", err)
		}
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read drop-offs: %w", err)
	}
	return list, loadItems(ctx, db, list)
}

func scanDropOff(rows *sql.Rows) (*DropOff, error) {
	var d DropOff
	var hash []byte
	var decision string
	var reviewID, objectorID, reversalID id.NullID
	var reviewEarned, reviewCut points.Points
	err := rows.Scan(&d.ID, &d.HouseholdID, &d.CardID, &d.VillageID, &d.PointID, &d.CleanerID, &d.DeviceID, &d.DeviceSeq,
		&d.TariffID, &d.HappenedAt, &d.RecordedAt, &d.Day, &d.Month, &d.Earned, &d.Cut, &d.CutPeriod, &d.Status, &hash,
		&d.TariffVersion, &d.ReviewReason, &decision, &d.ReviewNote, &reviewID,
		&reviewEarned, &reviewCut, &d.ReviewerID, &d.ObjectionUntil, &d.Objection, &objectorID, &reversalID)
	if err != nil {
		return nil, err
	}
	d.ContentHash = ledger.Hash(hash)
	d.recorded = recorded{status: d.Status, holdReason: d.ReviewReason, earned: d.Earned, cut: d.Cut}
	d.awardID = d.ID
	if objectorID.ID == auth.SystemID {
		d.overBudget, d.Objection, d.ReviewReason = true, "", overBudget
	}
	switch {
	case decision == Refused:
		d.Status, d.ReviewReason = Refused, d.ReviewNote
	case reversalID.Valid:
		d.Status = Reversed
	case decision == accepted:
		d.Status = Credited
	}
	if decision == accepted {
		d.awardID, d.Earned, d.Cut, d.ReviewReason = reviewID.ID, reviewEarned, reviewCut, ""
	}
	if d.Status == Credited {
		d.Credited = d.Earned - d.Cut
	}
	return &d, nil
}

func loadItems(ctx context.Context, db *gorm.DB, list []*DropOff) error {
	if len(list) == 0 {
		return nil
	}
	byID := make(map[id.ID]*DropOff, len(list))
	ids := make([]id.ID, len(list))
	for i, d := range list {
		byID[d.ID], ids[i] = d, d.ID
	}
	rows, err := database.Query(ctx, db, `
		SELECT drop_off_id, item, category, grams, pieces, grade, earned, cut, photo_id
		FROM drop_off_items WHERE drop_off_id IN (`+database.Placeholders(len(ids))+`)
		ORDER BY drop_off_id, line_no`, database.IDs(ids)...)
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var dropOffID id.ID
		var i Item
		if err := rows.Scan(&dropOffID, &i.Item, &i.Category, &i.Grams, &i.Pieces, &i.Grade, &i.Earned, &i.Cut, &i.PhotoID); err != nil {
			return fmt.Errorf("read items: %w", err)
		}
		byID[dropOffID].Items = append(byID[dropOffID].Items, i)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	return loadReviewItems(ctx, db, list)
}

// loadReviewItems puts what accepted reviews credited in place of what was
// recorded.
func loadReviewItems(ctx context.Context, db *gorm.DB, list []*DropOff) error {
	byID := make(map[id.ID]*DropOff)
	var ids []id.ID
	for _, d := range list {
		if d.awardID != d.ID {
			d.recorded.items, d.Items = d.Items, slices.Clone(d.Items)
			byID[d.ID] = d
			ids = append(ids, d.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := database.Query(ctx, db, `
		SELECT drop_off_id, line_no, grams, pieces, grade, earned, cut
		FROM drop_off_review_items WHERE drop_off_id IN (`+database.Placeholders(len(ids))+`)`, database.IDs(ids)...)
	if err != nil {
		return fmt.Errorf("read reviewed items: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var dropOffID id.ID
		var line int
		var i Item
		if err := rows.Scan(&dropOffID, &line, &i.Grams, &i.Pieces, &i.Grade, &i.Earned, &i.Cut); err != nil {
			return fmt.Errorf("read reviewed items: %w", err)
		}
		at := &byID[dropOffID].Items[line-1]
		i.Item, i.Category, i.PhotoID = at.Item, at.Category, at.PhotoID
		*at = i
	}
	return rows.Err()
}

// load returns drop-offs by id.
func (s *Service) load(ctx context.Context, db *gorm.DB, ids []id.ID) (map[id.ID]*DropOff, error) {
	found := make(map[id.ID]*DropOff, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, err := s.query(ctx, db, ` WHERE d.id IN (`+database.Placeholders(len(ids))+`)`, database.IDs(ids)...)
	for _, d := range list {
		found[d.ID] = d
	}
	return found, err
}

// ByID returns drop-offs by id, for statements. Ids without one are left out.
func (s *Service) ByID(ctx context.Context, ids []id.ID) (map[id.ID]*DropOff, error) {
	return s.load(ctx, s.db.Read, ids)
}

// ByAward returns the drop-offs whose award is one of the entries: their own,
// or that of an accepted review.
func (s *Service) ByAward(ctx context.Context, entryIDs []id.ID) (map[id.ID]*DropOff, error) {
	found := make(map[id.ID]*DropOff, len(entryIDs))
	if len(entryIDs) == 0 {
		return found, nil
	}
	in := "(" + database.Placeholders(len(entryIDs)) + ")"
	own, err := s.query(ctx, s.db.Read, ` WHERE d.id IN `+in, database.IDs(entryIDs)...)
	if err != nil {
		return nil, err
	}
	reviewed, err := s.query(ctx, s.db.Read, ` WHERE r.id IN `+in, database.IDs(entryIDs)...)
	for _, d := range append(own, reviewed...) {
		found[d.awardID] = d
	}
	return found, err
}

// dayTotals adds up the credited drop-offs of a list's day.
func dayTotals(ctx context.Context, db *gorm.DB, where string, args ...any) (Totals, error) {
	var t Totals
	rows, err := database.Query(ctx, db, `
		SELECT COUNT(*), COUNT(DISTINCT d.household_id), COALESCE(SUM(COALESCE(r.earned - r.cut, d.earned - d.cut)), 0),
		       COALESCE(SUM((SELECT SUM(COALESCE(ri.grams, i.grams)) FROM drop_off_items i
		         LEFT JOIN drop_off_review_items ri ON ri.drop_off_id = i.drop_off_id AND ri.line_no = i.line_no
		         WHERE i.drop_off_id = d.id)), 0)
		FROM drop_offs d
		LEFT JOIN drop_off_reviews r ON r.drop_off_id = d.id
		LEFT JOIN entries x ON x.reverses_id = COALESCE(r.id, d.id)`+where+`
		  AND x.id IS NULL AND (d.status = 'credited' OR r.decision = 'accepted')`, args...)
	if err != nil {
		return Totals{}, fmt.Errorf("add up drop-offs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&t.DropOffs, &t.Households, &t.Credited, &t.Grams); err != nil {
			return Totals{}, fmt.Errorf("add up drop-offs: %w", err)
		}
	}
	return t, rows.Err()
}
