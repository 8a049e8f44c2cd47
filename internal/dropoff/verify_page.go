package dropoff

import (
	"bytes"
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Page recomputes the drop-offs under the ids of a page of the book: their
// hashes, items and prices, and their requests, entries and holds. It is a
// ledger.Part.
func (c *Recount) Page(ctx context.Context, tx *gorm.DB, p *ledger.Page, r *ledger.Report) error {
	page := pageCheck{tariffs: c.tariffs, report: r, counts: counts{seed: c.seed}}
	if err := page.read(ctx, tx, p); err != nil {
		return fmt.Errorf("verify drop-offs: %w", err)
	}
	page.join(p.Records)
	if err := page.verifyUses(ctx, tx); err != nil {
		return fmt.Errorf("verify photos of drop-offs: %w", err)
	}
	if err := page.findUnexplained(ctx, tx); err != nil {
		return err
	}
	if err := page.takeBack(ctx, tx, p.Records); err != nil {
		return fmt.Errorf("verify drop-offs that were taken back: %w", err)
	}
	c.take(&page.counts)
	return nil
}

func tariffsByID(ctx context.Context, tx *gorm.DB) (map[id.ID]*Tariff, error) {
	tariffs, err := loadTariffs(ctx, tx)
	byID := make(map[id.ID]*Tariff, len(tariffs))
	for _, t := range tariffs {
		byID[t.ID] = t
	}
	return byID, err
}

// pageCheck holds the drop-offs of a page against its records.
type pageCheck struct {
	tariffs  map[id.ID]*Tariff
	report   *ledger.Report
	dropOffs []DropOff
	holds    map[id.ID]hold
	awards   []any // entries that no drop-off explains
	counts   counts
}

// hold is whose drop-off waits.
type hold struct{ householdID, villageID id.ID }

func (c *pageCheck) read(ctx context.Context, tx *gorm.DB, p *ledger.Page) error {
	c.dropOffs = make([]DropOff, 0, len(p.Records))
	where, args := p.Where("id")
	err := database.Each(ctx, tx, func(row database.Row) error {
		d := DropOff{ID: row.ID(0), HouseholdID: row.ID(1), CardID: row.ID(2), VillageID: row.ID(3), PointID: row.NullID(4), CleanerID: row.ID(5),
			DeviceID: row.NullID(6), DeviceSeq: row.Int(7), TariffID: row.ID(8), HappenedAt: calendar.Micros(row.Int(9)),
			RecordedAt: calendar.Micros(row.Int(10)), Day: calendar.Day(row.Int(11)), Month: calendar.Month(row.Int(12)),
			Earned: points.Points(row.Int(13)), Cut: points.Points(row.Int(14)), CutPeriod: row.Text(15), Status: row.Text(16)}
		copy(d.ContentHash[:], row.Bytes(17))
		c.dropOffs = append(c.dropOffs, d)
		return nil
	}, `SELECT id, household_id, card_id, village_id, point_id, cleaner_id, device_id, device_seq, tariff_id, happened_at, recorded_at,
		       day, month, earned, cut, cut_period, status, content_hash
		FROM drop_offs WHERE `+where+` ORDER BY id`, args...)
	if err != nil || len(c.dropOffs) == 0 {
		return err
	}
	if err := c.readItems(ctx, tx, p); err != nil {
		return err
	}
	c.holds = make(map[id.ID]hold)
	where, args = p.Where("drop_off_id")
	return database.Each(ctx, tx, func(row database.Row) error {
		c.holds[row.ID(0)] = hold{row.ID(1), row.ID(2)}
		return nil
	}, `SELECT drop_off_id, household_id, village_id FROM drop_off_holds WHERE `+where, args...)
}

func (c *pageCheck) readItems(ctx context.Context, tx *gorm.DB, p *ledger.Page) error {
	items := make([]Item, 0, len(c.dropOffs)*3/2)
	at, first := 0, 0
	finish := func() {
		c.dropOffs[at].Items = items[first:len(items):len(items)]
		at, first = at+1, len(items)
	}
	where, args := p.Where("drop_off_id")
	err := database.Each(ctx, tx, func(row database.Row) error {
		dropOffID := row.ID(0)
		for at < len(c.dropOffs) && bytes.Compare(c.dropOffs[at].ID[:], dropOffID[:]) < 0 {
			finish()
		}
		if at == len(c.dropOffs) || c.dropOffs[at].ID != dropOffID {
			c.report.Find("drop_off_items", dropOffID, "an item of a drop-off that is not there")
			return nil
		}
		items = append(items, Item{Item: row.Text(1), Category: row.Text(2), Grams: row.Int(3), Pieces: row.Int(4), Grade: row.Text(5),
			Earned: points.Points(row.Int(6)), Cut: points.Points(row.Int(7)), PhotoID: row.NullID(8)})
		return nil
	}, `SELECT drop_off_id, item, category, grams, pieces, grade, earned, cut, photo_id
		FROM drop_off_items WHERE `+where+` ORDER BY drop_off_id, line_no`, args...)
	for at < len(c.dropOffs) {
		finish()
	}
	return err
}

// join goes through drop-offs and records together; both are in the order of
// their ids.
func (c *pageCheck) join(records []ledger.Record) {
	next := 0
	for i := range c.dropOffs {
		d := &c.dropOffs[i]
		for next < len(records) && bytes.Compare(records[next].ID[:], d.ID[:]) < 0 {
			c.check(nil, &records[next])
			next++
		}
		if next < len(records) && records[next].ID == d.ID {
			c.check(d, &records[next])
			next++
		} else {
			c.check(d, &ledger.Record{ID: d.ID})
		}
	}
	for ; next < len(records); next++ {
		c.check(nil, &records[next])
	}
}

// check holds a drop-off, nil where there is none, against what the book has
// under its id.
func (c *pageCheck) check(d *DropOff, rec *ledger.Record) {
	credited := d != nil && d.Status == Credited
	if rec.Entry != nil && rec.Entry.Kind == ledger.DropOff && !credited {
		c.awards = append(c.awards, rec.ID[:])
	}
	asked := rec.Request != nil && rec.Request.Kind == ledger.DropOff
	if asked && (rec.Request.Outcome == "rejected") != (d == nil) {
		c.report.Find("drop_off_request", rec.ID, "was asked for, is not there; or the other way round")
	}
	if d == nil {
		return
	}
	if !asked {
		c.report.Find("drop_off_request", d.ID, "nobody asked for this drop-off")
	}
	verifyDropOff(d, c.tariffs[d.TariffID], c.report)
	if credited {
		c.checkAward(d, rec.Entry)
		c.counts.add(d, 1)
	}
	held, waits := c.holds[d.ID]
	if waits != (d.Status == Pending) || waits && held != (hold{d.HouseholdID, d.VillageID}) {
		c.report.Find("drop_off_hold", d.ID, "waits, but no hold says why; or the other way round")
	}
}

func (c *pageCheck) checkAward(d *DropOff, e *ledger.Entry) {
	if e == nil || e.Kind != ledger.DropOff || e.SourceHash != d.ContentHash || e.VillageID != d.VillageID || e.EffectiveAt != d.HappenedAt {
		c.report.Find("drop_off_entry", d.ID, "is credited, its entry is missing or is for another fact")
		return
	}
	if e.Awarded() != d.Earned-d.Cut {
		c.report.Find("drop_off_award", d.ID, "its household did not get what it earned less what was cut")
	}
}

// findUnexplained finds awards that are not those of accepted reviews.
func (c *pageCheck) findUnexplained(ctx context.Context, tx *gorm.DB) error {
	if len(c.awards) == 0 {
		return nil
	}
	marks, args := database.List(c.awards)
	return c.report.FindIDs(ctx, tx, "drop_off_entry", "an award without a drop-off or accepted review", `
		SELECT e.id FROM entries e
		LEFT JOIN drop_off_reviews r ON r.id = e.id AND r.decision = 'accepted'
		LEFT JOIN drop_offs h ON h.id = r.drop_off_id AND h.status = 'pending' AND h.content_hash = e.source_hash
		WHERE e.id IN (`+marks+`) AND h.id IS NULL ORDER BY e.id`, args...)
}
