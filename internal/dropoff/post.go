package dropoff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// record is a drop-off on its way through the posting path.
type record struct {
	actor    auth.Actor
	in       Input
	codeHash [32]byte
	request  ledger.Request

	card    household.CardState
	account ledger.Account
	dropOff *DropOff
	err     error
}

// Request says what is asked for.
func (r *record) Request() ledger.Request { return r.request }

// Fail says that the request was refused.
func (r *record) Fail(err error) { r.dropOff, r.err = nil, err }

func (r *record) outcome(submitErr error) Outcome {
	if submitErr != nil {
		return Outcome{Err: submitErr}
	}
	return Outcome{DropOff: r.dropOff, Err: r.err}
}

// post decides a group of drop-offs in one transaction: find the cards, lock
// their households, price each in turn, write everything.
func (s *Service) post(ctx context.Context, tx *gorm.DB, records []*record) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	if err := findCards(ctx, tx, tree, records); err != nil {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), accountsOf(records))
	if err != nil {
		return err
	}
	if err := s.stillOpen(ctx, tx, batch, records); err != nil {
		return err
	}
	tariffs, err := s.tariffs.read(ctx)
	if err != nil {
		return err
	}
	counts, err := loadTally(ctx, tx, householdDays(records, s.zone), tariffs.longest)
	if err != nil {
		return err
	}
	known, err := s.loadKnown(ctx, tx, records)
	if err != nil {
		return err
	}
	var stored []*DropOff
	for _, r := range records {
		if r.err == nil {
			r.err = known.check(tree, r)
		}
		if r.err == nil {
			r.dropOff, r.err = s.priced(ctx, programme{tree, tariffs}, batch.At(), counts, r)
		}
		if r.err == nil {
			r.err = s.enter(ctx, batch, counts, r)
		}
		if r.err == nil {
			stored = append(stored, r.dropOff)
			continue
		}
		refusal, ok := fault.As(r.err)
		if !ok {
			return r.err
		}
		batch.Reject(r.request, refusal)
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := insertDropOffs(ctx, tx, stored); err != nil {
		return err
	}
	return counts.write(ctx, tx)
}

// findCards finds the household behind each card. A card outside the actor's
// divisions does not exist.
func findCards(ctx context.Context, tx *gorm.DB, tree *division.Tree, records []*record) error {
	hashes := make([][32]byte, len(records))
	for i, r := range records {
		hashes[i] = r.codeHash
	}
	cards, err := household.CardsByHash(ctx, tx, hashes)
	if err != nil {
		return err
	}
	for _, r := range records {
		card, ok := cards[r.codeHash]
		r.card, r.dropOff, r.err = card, nil, nil
		if !ok || !r.actor.Covers(tree, card.DivisionID, auth.Cleaner, auth.Cadre) {
			r.err = fault.New(fault.NotFound, "card.unknown").At("/card_code")
			continue
		}
		if refusal, ok := fault.As(card.Usable()); ok {
			r.err = refusal.At("/card_code")
			continue
		}
		r.account = ledger.HouseholdAccount(card.HouseholdID, card.VillageID)
	}
	return nil
}

func accountsOf(records []*record) []ledger.Account {
	accounts := make([]ledger.Account, 0, len(records))
	for _, r := range records {
		if r.err == nil {
			accounts = append(accounts, r.account)
		}
	}
	return accounts
}

func householdDays(records []*record, zone *time.Location) map[id.ID][]calendar.Day {
	days := make(map[id.ID][]calendar.Day, len(records))
	for _, r := range records {
		if r.err == nil {
			days[r.card.HouseholdID] = append(days[r.card.HouseholdID], calendar.DayOf(r.in.HappenedAt, zone))
		}
	}
	return days
}

// priced turns the input into a drop-off with its award, or refuses it.
func (s *Service) priced(ctx context.Context, p programme, now calendar.Micros, counts *tally, r *record) (*DropOff, error) {
	day := calendar.DayOf(r.in.HappenedAt, s.zone)
	limits, err := s.limits(ctx, r.card.DivisionID, day)
	if err != nil {
		return nil, err
	}
	if err := limits.checkTime(r.in.HappenedAt, now); err != nil {
		return nil, err
	}
	tariff, err := p.tariffOn(r.card.DivisionID, day)
	if err != nil {
		return nil, err
	}
	d := &DropOff{
		ID: r.in.ID, HouseholdID: r.card.HouseholdID, CardID: r.card.CardID, VillageID: r.card.VillageID,
		PointID: r.in.PointID, CleanerID: r.actor.ID, DeviceID: r.in.DeviceID, DeviceSeq: r.in.DeviceSeq,
		TariffID: tariff.ID, TariffVersion: tariff.Version, HappenedAt: r.in.HappenedAt, RecordedAt: now,
		Day: day, Month: day.Month(), Status: Credited, Items: make([]Item, len(r.in.Items)),
	}
	for i, in := range r.in.Items {
		item, refusal := tariff.item(in, limits)
		if refusal != nil {
			return nil, refusal.At(fmt.Sprintf("/items/%d%s", i, refusal.Pointer))
		}
		d.Items[i] = item
		d.Earned += item.Earned
	}
	d.Cut, d.CutPeriod = tariff.cut(d.Items, func(c Cap) points.Points { return counts.earned(d.HouseholdID, c, day) })
	d.ReviewReason = limits.doubt(d, r.card.MemberCount, counts.award(d.HouseholdID, int32(day)).grams)
	if d.ReviewReason == "" && s.budgetFull != nil && d.Earned > d.Cut && s.budgetFull(ctx, d.VillageID, d.Month) {
		d.ReviewReason = overBudget
	}
	if d.ReviewReason == "" {
		if err := s.terms(ctx, tariff, r.card.DivisionID, d); err != nil {
			return nil, err
		}
	}
	if d.ReviewReason != "" {
		d.Status = Pending
	} else {
		d.Credited = d.Earned - d.Cut
	}
	d.ContentHash = d.contentHash()
	return d, nil
}

// item prices one item within the programme's bounds.
func (t *Tariff) item(in ItemInput, l limits) (Item, *fault.Fault) {
	rule, ok := t.Rule(in.Item)
	if !ok {
		return Item{}, fault.New(fault.Refused, "drop_off.unknown_item", "item", in.Item).At("/item")
	}
	if grams := orZero(in.Grams); grams > l.itemGrams {
		return Item{}, fault.New(fault.Refused, "drop_off.weight_too_large",
			"read_grams", grams, "maximum_grams", l.itemGrams).At("/grams")
	}
	if pieces := orZero(in.Pieces); pieces > l.itemPieces {
		return Item{}, fault.New(fault.Refused, "drop_off.pieces_too_many",
			"pieces", pieces, "maximum", l.itemPieces).At("/pieces")
	}
	earned, refusal := rule.price(in)
	if refusal != nil {
		return Item{}, refusal
	}
	return Item{Item: in.Item, Category: rule.Category, Grams: orZero(in.Grams), Pieces: orZero(in.Pieces),
		Grade: in.Grade, Earned: earned, PhotoID: in.PhotoID}, nil
}

// enter puts a priced drop-off into the batch: its award, or its wait.
func (s *Service) enter(ctx context.Context, batch *ledger.Batch, counts *tally, r *record) error {
	d := r.dropOff
	if d.Status == Pending {
		batch.Hold(r.request)
		return nil
	}
	lines, err := s.award(ctx, batch, r.account, d)
	if err != nil {
		return err
	}
	award := &ledger.Entry{
		ID: d.ID, Kind: ledger.DropOff, EffectiveAt: d.HappenedAt, VillageID: d.VillageID, ActorID: r.actor.ID,
		SourceHash: d.ContentHash, Lines: lines,
	}
	if err := batch.Post(r.request, award); err != nil {
		return err
	}
	d.Balance, d.HasBalance, d.Place = batch.Balance(r.account), true, award.Place()
	counts.credit(d, 1)
	return nil
}

// award gives a household the points of a drop-off. A share of them, a dated
// setting, works off what it owes for awards that were taken back after it had
// spent them.
func (s *Service) award(ctx context.Context, batch *ledger.Batch, account ledger.Account, d *DropOff) ([]ledger.Line, error) {
	owed := batch.Owed(account)
	if owed == 0 {
		return ledger.Award(d.HouseholdID, d.VillageID, d.Credited), nil
	}
	share, err := s.divisions.Setting(ctx, division.ClawbackShare, d.VillageID, calendar.DayOf(batch.At(), s.zone))
	if err != nil {
		return nil, err
	}
	return ledger.AwardWorkingOff(d.HouseholdID, d.VillageID, d.Credited, min(owed, d.Credited*points.Points(share)/1000)), nil
}

// limits are the bounds a programme sets, as they are on the day of the
// drop-off.
type limits struct {
	future, past          time.Duration
	itemGrams, itemPieces int64
	personDayGrams        int64
	reviewAll             bool
}

func (s *Service) limits(ctx context.Context, divisionID id.ID, day calendar.Day) (limits, error) {
	var failed error
	setting := func(name division.SettingName) int64 {
		value, err := s.divisions.Setting(ctx, name, divisionID, day)
		failed = errors.Join(failed, err)
		return value
	}
	l := limits{
		future:         time.Duration(setting(division.DropOffFuture)) * time.Minute,
		past:           time.Duration(setting(division.DropOffPast)) * 24 * time.Hour,
		itemGrams:      setting(division.ItemMaxGrams),
		itemPieces:     setting(division.ItemMaxPieces),
		personDayGrams: setting(division.PersonDayMaxGrams),
		reviewAll:      setting(division.ReviewAll) != 0,
	}
	return l, failed
}

func (l limits) checkTime(happened, now calendar.Micros) error {
	if happened > now.Add(l.future) {
		return fault.New(fault.Refused, "drop_off.in_future", "minutes", int64(l.future/time.Minute)).At("/happened_at")
	}
	if happened < now.Add(-l.past) {
		return fault.New(fault.Refused, "drop_off.too_old", "days", int64(l.past/(24*time.Hour))).At("/happened_at")
	}
	return nil
}

// doubt returns why a cadre has to look at a drop-off first, or "". A household
// that brings more than its people can leave in a day (product.md: rural median
// 0.521 kg, seldom above 3) has probably the wrong card or a slipped digit.
func (l limits) doubt(d *DropOff, members int, gramsToday int64) string {
	switch {
	case d.Grams() > 0 && d.Grams()+gramsToday > int64(max(members, 1))*l.personDayGrams:
		return "implausible_weight"
	case l.reviewAll:
		return "review_all"
	}
	return ""
}

// replay fills in drop-offs that were recorded before.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, records []*record) error {
	ids := make([]id.ID, len(records))
	for i, r := range records {
		ids[i] = r.request.ID
	}
	found, err := s.load(ctx, tx, ids)
	if err != nil {
		return err
	}
	places, err := ledger.PlacesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, r := range records {
		d, ok := found[r.request.ID]
		if !ok {
			return fmt.Errorf("replay drop-off %s: not found", r.request.ID)
		}
		again := d.asRecorded()
		again.Replayed = true
		if place, there := places[d.ID]; there {
			again.Place, again.Balance, again.HasBalance = place, place.Balance, true
		}
		if !again.HasBalance && again.Status == Credited {
			// An award of nothing moved no account.
			account := ledger.HouseholdAccount(d.HouseholdID, d.VillageID)
			if again.Balance, err = ledger.BalanceAt(ctx, tx, account, d.RecordedAt); err != nil {
				return err
			}
			again.HasBalance = true
		}
		r.dropOff, r.err = &again, nil
	}
	return nil
}

// asRecorded returns the drop-off as it was answered first, whatever was
// decided about it later.
func (d *DropOff) asRecorded() DropOff {
	again := *d
	r := d.recorded
	again.Status, again.ReviewReason, again.Earned, again.Cut, again.Credited = r.status, r.holdReason, r.earned, r.cut, 0
	if r.items != nil {
		again.Items = r.items
	}
	if again.Status == Credited {
		again.Credited = again.Earned - again.Cut
	}
	return again
}
