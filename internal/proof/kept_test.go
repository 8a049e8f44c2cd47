package proof_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/internal/report"
)

// weighed is a village of which a month is closed: two households, a ticket every
// three days, a signed baseline.
type weighed struct {
	*town
	tickets          *collection.Service
	households       *household.Service
	reports          *report.Service
	closings         *closing.Service
	townID           id.ID
	today            calendar.Micros
	official, second auth.Actor
}

const closedMonth = calendar.Month(202607)

func noon(day calendar.Day) calendar.Micros {
	return day.Start(calendar.Shanghai).Add(12 * time.Hour)
}

func newWeighed(t testing.TB, db *database.DB) *weighed {
	t.Helper()
	w := &weighed{town: newTown(t, db)}
	divisions := division.New(db, calendar.Shanghai)
	tree, err := divisions.Tree(context.Background())
	must(t, err)
	town, _ := tree.At(w.village, division.Town)
	w.townID = town.ID
	now := func() calendar.Micros { return w.today }
	w.tickets, w.reports = collection.New(db, divisions, calendar.Shanghai), report.New(db, divisions, calendar.Shanghai)
	w.town.households = 0
	w.households = household.New(db, divisions, w.keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.closings = closing.New(db, divisions, calendar.Shanghai, closing.Sources{Figures: w.reports.MonthFigures})
	for _, clock := range []interface{ RunAt(func() calendar.Micros) }{w.tickets, w.reports, w.households, w.closings} {
		clock.RunAt(now)
	}
	w.official = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.TownOfficial, DivisionID: w.townID}}}
	w.second = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: w.official.Grants}
	return w
}

// live moves two households in, signs a baseline and weighs a month.
func (w *weighed) live() (first id.ID) {
	ctx := context.Background()
	w.today = noon(20260615)
	w.dropOffs.RunAt(func() calendar.Micros { return w.today })
	_, err := w.dropOffs.Record(ctx, w.cleaner, dropoff.Input{ID: id.New(), CardCode: w.keys.Code(id.New(), 1).String(), HappenedAt: w.today,
		Items: []dropoff.ItemInput{{Item: "paper", Grams: new(int64(400))}}})
	if !fault.Is(err, "card.unknown") { // the book begins with a refusal
		w.t.Fatal(err)
	}
	for i, members := range []int{3, 5} {
		h, _, err := w.households.Register(ctx, w.official, household.NewHousehold{ID: id.New(), DivisionID: w.village, HouseNumber: fmt.Sprint(i + 1), HeadName: "王芳", MemberCount: members})
		must(w.t, err)
		if i == 0 {
			first = h.ID
		}
	}
	b, _, err := w.reports.CreateBaseline(ctx, w.official, report.NewBaseline{ID: id.New(), VillageID: w.village, Month: 202507,
		DisposalGrams: 400_000, PersonDays: 248, Method: "称重", Source: "台账"})
	must(w.t, err)
	_, err = w.reports.LockBaseline(ctx, w.official, b.ID)
	must(w.t, err)
	_, err = w.reports.SignBaseline(ctx, w.second, b.ID)
	must(w.t, err)
	for day := calendar.Day(20260701); day <= 20260731; day++ {
		w.today = noon(day)
		w.ticket(day, 10_000)
	}
	return first
}

func (w *weighed) ticket(day calendar.Day, grams int64) collection.WeighIn {
	w.t.Helper()
	ticket, _, err := w.tickets.RecordWeighIn(context.Background(), w.official, collection.NewWeighIn{ID: id.New(), Station: "碑庙站", TicketNumber: fmt.Sprint(day, grams),
		VillageID: w.village, Category: collection.Residual, Day: day, Weights: collection.Weights{NetGrams: &grams}})
	must(w.t, err)
	return ticket
}

func (w *weighed) close(day calendar.Day) {
	w.t.Helper()
	w.today = noon(day)
	sealer := ledger.NewSealer(w.db, ledger.NewKeyring(w.t.TempDir()), proof.Facts)
	_, err := sealer.SealAll(context.Background())
	must(w.t, err)
	_, err = w.closings.Close(context.Background(), w.official, id.New(), w.townID, closedMonth)
	must(w.t, err)
}

// What was weighed, who lived there and the rates of a closed month recompute as
// they were known when it was closed, whatever was corrected since; and whoever
// changes what they are made of, sums included, is found.
func TestVerify_WhatWasKeptOfReports(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWeighed(t, db)
		home := w.live()
		w.close(20260812)
		kept := map[string]int64{}
		must(t, database.Each(ctx, db.Read, func(row database.Row) error {
			kept[row.Text(0)] = row.Int(1)
			return nil
		}, "SELECT name, value FROM closing_figures WHERE name IN ('disposal_grams', 'person_days', 'reduction_tenths')"))
		if kept["disposal_grams"] != 310_000 || kept["person_days"] != 248 || kept["reduction_tenths"] != 225 {
			t.Errorf("kept %v", kept)
		}
		clean := func(what string) {
			t.Helper()
			result, err := proof.Run(ctx, db, proof.Options{})
			must(t, err)
			for _, f := range result.Findings {
				t.Errorf("%s: %s %s", what, f.Check, f.Text)
			}
			for _, n := range result.Notes {
				t.Errorf("%s: %s", what, n)
			}
		}
		clean("closed")

		tampering := func(statements ...string) dbtest.Tampering {
			return dbtest.Tampering{Statements: statements}
		}
		weights := tampering(
			"UPDATE weigh_ins SET net_grams = net_grams - 1 WHERE ticket_number = '2026-07-15 10000'",
			"DELETE FROM weigh_ins WHERE ticket_number = '2026-07-31 10000'",
			"UPDATE weigh_ins SET void = 1 WHERE ticket_number = '2026-07-02 10000'",
			"UPDATE weigh_ins SET category = 'food' WHERE ticket_number = '2026-07-02 10000'",
			"UPDATE weigh_ins SET from_day = 20260630, to_day = 20260630 WHERE ticket_number = '2026-07-01 10000'",
			"UPDATE weigh_ins SET recorded_at = recorded_at + 5184000000000 WHERE ticket_number = '2026-07-02 10000'",
			"UPDATE baselines SET disposal_grams = disposal_grams + 50000",
			"UPDATE baselines SET person_days = person_days - 30",
			"UPDATE baseline_signatures SET signed_at = signed_at + 15552000000000 WHERE act = 'sign'",
			"UPDATE closing_figures SET value = value + 1 WHERE name = 'disposal_grams'",
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'reduction_tenths'",
		)
		people := tampering(
			"UPDATE household_members SET member_count = member_count - 1 WHERE member_count = 5",
			"UPDATE household_members SET from_day = 20260716 WHERE member_count = 5",
			"DELETE FROM household_members WHERE member_count = 5",
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'person_days'",
		)
		w.tamper(weights)
		w.tamper(people)

		w.today = noon(20260920)
		w.ticket(20260731, 777) // that came late
		_, err := w.households.Change(ctx, w.official, home, household.Change{MemberCount: new(4), From: new(calendar.Day(20260901))})
		must(t, err)
		clean("afterwards")
		w.tamper(people)
		_, err = w.households.Change(ctx, w.official, home, household.Change{MemberCount: new(2), From: new(calendar.Day(20260720))})
		must(t, err)
		clean("corrected from a day in the month on")
		w.tamper(weights)
		w.tamper(tampering("UPDATE household_members SET member_count = 30 WHERE member_count = 5")) // more than the correction leaves room for
	})
}

// tamper wants each change to be found by what is recomputed of closings alone:
// whoever changes a fact makes all sums of it agree.
func (w *weighed) tamper(with dbtest.Tampering) {
	w.t.Helper()
	dbtest.Tamper(w.t, w.db, with, func(ctx context.Context, tx *gorm.DB) (bool, error) {
		var r ledger.Report
		err := proof.VerifyKept(ctx, tx, &r)
		return r.Count["closing_reported"] > 0, err
	})
}
