package redemption

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

// Pages recomputes the redemptions under the ids of a page of the book: their
// hashes, goods and worth, and their requests and entries.
func Pages(ctx context.Context, tx *gorm.DB, p *ledger.Page, r *ledger.Report) error {
	c := pageCheck{report: r}
	if err := c.read(ctx, tx, p); err != nil {
		return fmt.Errorf("verify redemptions: %w", err)
	}
	next := 0
	for i := range p.Records {
		rec := &p.Records[i]
		for next < len(c.redemptions) && bytes.Compare(c.redemptions[next].ID[:], rec.ID[:]) < 0 {
			c.check(&c.redemptions[next], &ledger.Record{})
			next++
		}
		if next < len(c.redemptions) && c.redemptions[next].ID == rec.ID {
			c.check(&c.redemptions[next], rec)
			next++
		} else {
			c.check(nil, rec)
		}
	}
	for ; next < len(c.redemptions); next++ {
		c.check(&c.redemptions[next], &ledger.Record{})
	}
	return nil
}

// pageCheck holds the redemptions of a page against its records.
type pageCheck struct {
	report      *ledger.Report
	redemptions []Redemption
}

func (c *pageCheck) read(ctx context.Context, tx *gorm.DB, p *ledger.Page) error {
	where, args := p.Where("id")
	err := database.Each(ctx, tx, func(row database.Row) error {
		r := Redemption{ID: row.ID(0), Number: row.Text(1), HouseholdID: row.ID(2), CardID: row.ID(3), VillageID: row.ID(4), ShopID: row.ID(5),
			CashierID: row.ID(6), RecordedAt: calendar.Micros(row.Int(7)), Day: calendar.Day(row.Int(8)), Month: calendar.Month(row.Int(9)),
			Points: points.Points(row.Int(10)), PointValueFen: row.Int(11), Fen: row.Int(12), ConfirmMethod: row.Text(13), ConfirmID: row.NullID(14)}
		copy(r.ContentHash[:], row.Bytes(15))
		c.redemptions = append(c.redemptions, r)
		return nil
	}, `SELECT id, number, household_id, card_id, village_id, shop_id, cashier_id, recorded_at, day, month,
		       points, point_value_fen, fen, confirm_method, confirm_id, content_hash
		FROM redemptions WHERE `+where+` ORDER BY id`, args...)
	if err != nil || len(c.redemptions) == 0 {
		return err
	}
	return c.readItems(ctx, tx, p)
}

func (c *pageCheck) readItems(ctx context.Context, tx *gorm.DB, p *ledger.Page) error {
	byID := make(map[id.ID]*Redemption, len(c.redemptions))
	for i := range c.redemptions {
		byID[c.redemptions[i].ID] = &c.redemptions[i]
	}
	where, args := p.Where("redemption_id")
	return database.Each(ctx, tx, func(row database.Row) error {
		r := byID[row.ID(0)]
		if r == nil {
			c.report.Find("redemption_items", row.ID(0), "goods of a redemption that is not there")
			return nil
		}
		r.Items = append(r.Items, Item{GoodsID: row.ID(1), Name: row.Text(2), Unit: row.Text(3), Quantity: row.Int(4),
			UnitPoints: points.Points(row.Int(5)), Points: points.Points(row.Int(6))})
		return nil
	}, `SELECT redemption_id, goods_id, name, unit, quantity, unit_points, points
		FROM redemption_items WHERE `+where+` ORDER BY redemption_id, line_no`, args...)
}

// check holds a redemption, nil where there is none, against what the book has
// under its id.
func (c *pageCheck) check(red *Redemption, rec *ledger.Record) {
	asked := rec.Request != nil && rec.Request.Kind == ledger.Redemption
	if asked && (rec.Request.Outcome == "rejected") != (red == nil) {
		c.report.Find("redemption_request", rec.ID, "was asked for, is not there; or the other way round")
	}
	if red == nil {
		if rec.Entry != nil && rec.Entry.Kind == ledger.Redemption {
			c.report.Find("redemption_entry", rec.ID, "an entry without a redemption")
		}
		return
	}
	if !asked {
		c.report.Find("redemption_request", red.ID, "nobody asked for this redemption")
	}
	verifyRedemption(red, c.report)
	e := rec.Entry
	if e == nil || e.Kind != ledger.Redemption || e.SourceHash != red.ContentHash || e.VillageID != red.VillageID ||
		e.EffectiveAt != red.RecordedAt || e.ActorID != red.CashierID {
		c.report.Find("redemption_entry", red.ID, "its entry is missing or is for another fact")
		return
	}
	if e.Awarded() != -red.Points {
		c.report.Find("redemption_points", red.ID, "its household did not pay what it cost")
	}
}
