package proof_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/internal/redemption"
)

// How fast everything is recomputed. HUFEN_VERIFY_DATABASE names the database; if
// it is empty it gets HUFEN_VERIFY_ENTRIES entries first, which takes a while.
func TestVerify_Rate(t *testing.T) {
	url := os.Getenv("HUFEN_VERIFY_DATABASE")
	if url == "" {
		t.Skip("HUFEN_VERIFY_DATABASE is not set")
	}
	ctx := context.Background()
	db := dbtest.Open(t, url)
	must(t, database.Migrate(ctx, db))
	var requests int64
	must(t, db.Read.Raw(`SELECT COUNT(*) FROM requests`).Row().Scan(&requests))
	if requests == 0 {
		entries, err := strconv.Atoi(os.Getenv("HUFEN_VERIFY_ENTRIES"))
		must(t, err)
		newTown(t, db).fill(entries)
	}
	began := time.Now()
	r, err := proof.Verify(ctx, db)
	must(t, err)
	took := time.Since(began)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d entries in %s: %.0f/s, 10 million in %s; %d MB from the system, %s of processor time", r.Entries, took.Round(time.Millisecond),
		float64(r.Entries)/took.Seconds(), (took * 10_000_000 / time.Duration(r.Entries)).Round(time.Second), memory.Sys>>20, processorTime(t).Round(time.Millisecond))
	for _, f := range r.Findings {
		t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
	}
}

// fill records drop-offs of 5,000 households, a tenth as many redemptions, and
// seals and books them all.
func (w *town) fill(entries int) {
	ctx := context.Background()
	codes := make([]string, 5000)
	for i := range codes {
		_, codes[i] = w.newHousehold()
	}
	for done := 0; done < entries; {
		grams := int64(400)
		inputs := make([]dropoff.Input, 500)
		for i := range inputs {
			inputs[i] = dropoff.Input{ID: id.New(), CardCode: codes[(done+i)%len(codes)], Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}},
				HappenedAt: calendar.Now()}
		}
		for _, o := range w.dropOffs.RecordAll(ctx, w.cleaner, inputs) {
			must(w.t, o.Err)
		}
		done += len(inputs)
		for i := range 50 {
			if done > 100_000 {
				_, err := w.redemptions.Redeem(ctx, w.keeper, redemption.Input{ID: id.New(), CardCode: codes[(done/10+i)%len(codes)], ShopID: w.shop,
					Items: []redemption.Line{{GoodsID: w.soap, Quantity: 1}}})
				must(w.t, err)
				done++
			}
		}
	}
	_, err := ledger.NewSealer(w.db, ledger.NewKeyring(w.t.TempDir()), proof.Facts).SealAll(ctx)
	must(w.t, err)
	_, err = closing.New(w.db, division.New(w.db, calendar.Shanghai), calendar.Shanghai, closing.Sources{}).Book(ctx)
	must(w.t, err)
}
