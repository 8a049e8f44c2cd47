package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/proof"
	"hufen/internal/redemption"
	"hufen/internal/settlement"
)

const (
	sealingRounds  = 4 // with and without a sealer each
	sealingCallers = 64
)

// sealing measures drop-offs by turns: nothing is sealed in the first, and what
// the first wrote is sealed during the second, as the service seals every minute
// what the minute before wrote.
func (r *run) sealing(ctx context.Context) error {
	db, err := database.Open(ctx, r.bed.service)
	if err != nil {
		return err
	}
	defer db.Close()
	sealer := ledger.NewSealer(db, ledger.NewKeyring(r.folder), proof.Facts)
	// Its clock is ahead, so that it does not wait until a request is old enough.
	sealer.RunAt(func() calendar.Micros { return calendar.Now().Add(10 * time.Second) })
	var off, on tally
	var sealed int64
	for range sealingRounds {
		if _, err := sealer.SealAll(ctx); err != nil {
			return err
		}
		if err := r.recording(ctx, &off); err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() {
			n, err := sealer.Seal(ctx)
			sealed += n
			done <- err
		}()
		if err := errors.Join(r.recording(ctx, &on), <-done); err != nil {
			return err
		}
	}
	r.table.sealing = 1 - on.rate()/off.rate()
	fmt.Fprintf(r.out, "\nsealing, %d connections, by turns: %.0f drop-offs a second without, %.0f while as many (%d) are sealed, which costs %.1f %%\n",
		sealingCallers, off.rate(), on.rate(), sealed, 100*r.table.sealing)
	return nil
}

// recording adds a turn of drop-offs to a tally.
func (r *run) recording(ctx context.Context, into *tally) error {
	l := r.loop(sealingCallers)
	l.caller = overHTTP(r.service.address, r.turns.oneDropOff(r.district), succeeded)
	t, err := l.run(ctx, r.processes())
	if err != nil {
		return err
	}
	if t.wrong > 0 {
		return fmt.Errorf("sealing: %d drop-offs failed, one with: %w", t.wrong, t.first)
	}
	into.units, into.took = into.units+t.units, into.took+t.took
	return nil
}

// town is a district without a service: what is measured runs in this process.
type town struct {
	*district
	db        *database.DB
	divisions *division.Service
	keys      *household.Keys
	now       calendar.Micros
}

func (r *run) openTown(ctx context.Context, households int) (*town, error) {
	db, err := database.Open(ctx, r.bed.service)
	if err != nil {
		return nil, err
	}
	t := &town{db: db, divisions: division.New(db, calendar.Shanghai), now: calendar.Now()}
	if err = database.Migrate(ctx, db); err == nil {
		t.keys, err = household.OpenKeys(r.folder)
	}
	if err == nil {
		t.district, err = loadDistrict(ctx, db, t.keys, households)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

func (t *town) clock() calendar.Micros { return t.now }

// at sets the clock to noon of a day.
func (t *town) at(day calendar.Day) {
	t.now = day.Start(calendar.Shanghai).Add(12 * time.Hour)
}

func person(grant auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{grant}}
}

// award gives every household points, a thousand households at a time.
func (t *town) award(ctx context.Context, households []home, amount points.Points) error {
	actor := id.New()
	for part := range slices.Chunk(households, 1000) {
		err := t.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			accounts := make([]ledger.Account, len(part))
			for i, h := range part {
				accounts[i] = ledger.HouseholdAccount(h.id, t.villages[h.village].id)
			}
			batch, err := ledger.Lock(ctx, tx, t.now, accounts)
			if err != nil {
				return err
			}
			for _, h := range part {
				village := t.villages[h.village].id
				entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: t.now, VillageID: village, ActorID: actor, Lines: ledger.Award(h.id, village, amount)}
				if err := batch.Post(ledger.Request{ID: entry.ID, Kind: entry.Kind, ActorID: actor}, entry); err != nil {
					return err
				}
			}
			return batch.Write(ctx)
		})
		if err != nil {
			return fmt.Errorf("award: %w", err)
		}
	}
	return nil
}

// expiry lets the points of last year run out, a lot for each household.
func (r *run) expiry(ctx context.Context) error {
	t, err := r.openTown(ctx, r.Lots)
	if err != nil {
		return err
	}
	defer t.db.Close()
	households := t.households[:min(r.Lots, len(t.households))]
	expiries := expiry.New(t.db, t.divisions, nil, calendar.Shanghai)
	defer expiries.Close()
	expiries.RunAt(t.clock)
	thisYear := calendar.Day(calendar.DayOf(t.now, calendar.Shanghai).Month().Year()*10000 + 101)
	newYear := thisYear - 10000 // a year ago
	t.at(newYear)
	official := person(auth.Grant{Role: auth.DistrictOfficial, DivisionID: t.district.id})
	if _, _, err := expiries.AddRule(ctx, official, expiry.NewRule{ID: id.New(), DivisionID: t.district.id, Mode: expiry.YearEnd, ValidFrom: newYear}); err != nil {
		return fmt.Errorf("set the rule: %w", err)
	}
	t.at(thisYear.AddDays(-30))
	if err := t.award(ctx, households, 1000); err != nil {
		return err
	}
	t.at(thisYear)
	before, began := ownCPU(), time.Now()
	done, err := expiries.Run(ctx)
	if err != nil {
		return err
	}
	took, used := time.Since(began), ownCPU()-before
	if done.Accounts != len(households) {
		return fmt.Errorf("%d of %d lots ran out", done.Accounts, len(households))
	}
	fmt.Fprintf(r.out, "\n%s: %d lots ran out in %.1f s, %.0f a second, %.0f µs CPU of this process each\n", r.name, done.Accounts, took.Seconds(),
		float64(done.Accounts)/took.Seconds(), float64(used.Microseconds())/float64(done.Accounts))
	return nil
}

// redeemers is how many redemptions are on their way at once.
const redeemers = 64

// settlement draws up, hands in and approves a statement of one shop.
func (r *run) settlement(ctx context.Context) error {
	t, err := r.openTown(ctx, householdsPerTown)
	if err != nil {
		return err
	}
	defer t.db.Close()
	keeper := person(auth.Grant{Role: auth.Shopkeeper, DivisionID: t.villages[0].town, ShopID: t.shops[0].id})
	official := person(auth.Grant{Role: auth.TownOfficial, DivisionID: t.villages[0].town})
	month := lastMonth()
	t.at(month.Last())
	if err := t.award(ctx, t.households, 1_000_000); err != nil {
		return err
	}
	if err := t.redeem(ctx, keeper, r.Redemptions); err != nil {
		return err
	}
	t.at(month.Next().First())
	settlements := settlement.New(t.db, t.divisions, calendar.Shanghai)
	defer settlements.Close()
	settlements.RunAt(t.clock)
	began := time.Now()
	made, err := settlements.Create(ctx, keeper, settlement.NewSettlement{ID: id.New(), ShopID: t.shops[0].id, Month: month})
	if err != nil {
		return fmt.Errorf("draw up: %w", err)
	}
	drawn := time.Since(began)
	if _, err = settlements.Submit(ctx, keeper, id.New(), made.ID); err == nil {
		_, err = settlements.Approve(ctx, official, id.New(), made.ID)
	}
	if err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	r.table.settled = time.Since(began)
	fmt.Fprintf(r.out, "\n%s: a settlement of %d redemptions: drawn up in %.2f s, handed in and approved in %.2f s more\n", r.name, r.Redemptions,
		drawn.Seconds(), (r.table.settled - drawn).Seconds())
	return nil
}

// redeem has households redeem at the first shop.
func (t *town) redeem(ctx context.Context, keeper auth.Actor, wanted int) error {
	houses := household.New(t.db, t.divisions, t.keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	redemptions := redemption.New(t.db, t.divisions, houses, calendar.Shanghai)
	defer redemptions.Close()
	redemptions.RunAt(t.clock)
	var next atomic.Int64
	failed := make(chan error, redeemers)
	var all sync.WaitGroup
	for range redeemers {
		all.Go(func() {
			for n := next.Add(1); n <= int64(wanted); n = next.Add(1) {
				_, err := redemptions.Redeem(ctx, keeper, redemption.Input{ID: id.New(), CardCode: t.households[n%int64(len(t.households))].code, ShopID: t.shops[0].id,
					Items: []redemption.Line{{GoodsID: t.shops[0].goods[0], Quantity: 1}}})
				if err != nil {
					failed <- fmt.Errorf("redeem: %w", err)
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}
