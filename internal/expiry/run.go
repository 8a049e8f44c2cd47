package expiry

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// item is a household whose points may run out, on its way through the posting
// path.
type item struct {
	rule        *Rule
	period      period
	householdID id.ID
	villageID   id.ID

	expired *Expiry // nil where nothing was left, or it ran out before
	err     error
}

func (i *item) account() ledger.Account { return ledger.HouseholdAccount(i.householdID, i.villageID) }

func (i *item) key() lotKey { return lotKey{i.account().ID, i.period.expiresOn} }

// Request says what is asked for. Its id follows from the account and the day,
// so that a lot runs out once, whoever asks and how often.
func (i *item) Request() ledger.Request {
	key := i.key()
	requestID := entryID(key.accountID, key.expiresOn)
	hash := ledger.NewCanonical("hufen/request/expiry/1").ID(requestID).ID(i.householdID).ID(i.villageID).ID(i.rule.ID).Number(int64(key.expiresOn)).Sum()
	return ledger.Request{ID: requestID, Kind: ledger.Expiry, Hash: hash, ActorID: auth.SystemID}
}

// Fail says that the outcome is not known.
func (i *item) Fail(err error) { i.expired, i.err = nil, err }

// Outcome is what a run did.
type Outcome struct {
	Villages int // looked through to the end
	Accounts int // whose points ran out
	Points   points.Points
}

// together is how many households are looked at in one go.
const together = 500

// Run lets run out what did by yesterday, village by village, and notes how far
// it came. It may be stopped at any moment, and run by several instances at
// once: what ran out stays so and is not done again. Where no rule is in force
// it reads no account. A rule that was switched off since takes nothing more.
func (s *Service) Run(ctx context.Context) (Outcome, error) {
	var done Outcome
	book, err := loadRules(ctx, s.db.Read)
	if err != nil || len(book) == 0 {
		return done, err
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return done, err
	}
	marks, err := loadMarks(ctx, s.db.Read)
	if err != nil {
		return done, err
	}
	today := s.today()
	for _, village := range tree.Villages(id.ID{}) {
		rule := book.on(tree, village.ID, today)
		if rule == nil {
			continue
		}
		due, ok := rule.due(today)
		if m := marks[village.ID]; !ok || m.ruleID == rule.ID && m.doneOn >= due {
			continue
		}
		if err := s.runVillage(ctx, rule, village.ID, today, &done); err != nil {
			return done, err
		}
		err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			return writeMark(ctx, tx, village.ID, mark{rule.ID, due})
		})
		if err != nil {
			return done, err
		}
		done.Villages++
	}
	if done.Accounts > 0 {
		slog.InfoContext(ctx, "points ran out", "accounts", done.Accounts, "hundredths", int64(done.Points))
	}
	return done, nil
}

// due is the newest day at whose end points ran out under the rule, if there was
// any before today.
func (r *Rule) due(today calendar.Day) (calendar.Day, bool) {
	if r.Mode == YearEnd {
		p, ok := r.yearOver(today)
		return p.expiresOn, ok
	}
	return today.AddDays(-1), true
}

func (s *Service) runVillage(ctx context.Context, rule *Rule, villageID id.ID, today calendar.Day, done *Outcome) error {
	households, err := householdsOf(ctx, s.db.Read, villageID)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(households, together) {
		if err := ctx.Err(); err != nil {
			return err
		}
		items, err := s.candidates(ctx, rule, villageID, part, today)
		if err != nil {
			return err
		}
		if err := s.writer.Submit(ctx, items...); err != nil {
			return err
		}
		for _, i := range items {
			if i.err != nil {
				return fmt.Errorf("expire points of household %s: %w", i.householdID, i.err)
			}
			if i.expired != nil {
				done.Accounts++
				done.Points += i.expired.Points
			}
		}
	}
	return nil
}

// candidates are the households that hold something that may have run out, as
// they look without a lock.
func (s *Service) candidates(ctx context.Context, rule *Rule, villageID id.ID, households []id.ID, today calendar.Day) ([]*item, error) {
	accounts := make([]ledger.Account, len(households))
	for i, householdID := range households {
		accounts[i] = ledger.HouseholdAccount(householdID, villageID)
	}
	balances, err := ledger.BalancesOf(ctx, s.db.Read, accounts)
	if err != nil {
		return nil, err
	}
	var used map[id.ID]calendar.Micros
	if rule.Mode == Idle {
		held := slices.DeleteFunc(slices.Clone(accounts), func(a ledger.Account) bool { return balances[a.ID] <= 0 })
		if used, err = ledger.LastUsed(ctx, s.db.Read, held); err != nil {
			return nil, err
		}
	}
	year, _ := rule.yearOver(today)
	var items []*item
	for i, account := range accounts {
		if balances[account.ID] <= 0 {
			continue
		}
		p := year
		if rule.Mode == Idle {
			p = rule.ofIdle(used[account.ID])
		}
		if p.expiresOn < today {
			items = append(items, &item{rule: rule, period: p, householdID: households[i], villageID: villageID})
		}
	}
	return items, nil
}

// post decides a group in one transaction: lock the accounts, cut their lots
// again, post what is left of each.
func (s *Service) post(ctx context.Context, tx *gorm.DB, items []*item) error {
	accounts := make([]ledger.Account, len(items))
	for i, one := range items {
		one.expired, one.err = nil, nil
		accounts[i] = one.account()
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), accounts)
	if err != nil {
		return err
	}
	before, err := expiredBefore(ctx, tx, accounts)
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(slices.Clone(items), func(i *item) bool { return before[i.key()] })
	if fresh, err = stillIdle(ctx, tx, fresh); err != nil {
		return err
	}
	lots, err := lotsOf(ctx, tx, fresh)
	if err != nil {
		return err
	}
	var expired []*Expiry
	for _, i := range fresh {
		if lot := lots[i]; lot.Points > 0 {
			if err := i.expire(batch, lot); err != nil {
				return err
			}
			expired = append(expired, i.expired)
		}
	}
	if len(expired) == 0 {
		return nil
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	return insertExpiries(ctx, tx, expired)
}

// stillIdle leaves out the accounts that somebody has used meanwhile.
func stillIdle(ctx context.Context, tx *gorm.DB, items []*item) ([]*item, error) {
	var accounts []ledger.Account
	for _, i := range items {
		if i.rule.Mode == Idle {
			accounts = append(accounts, i.account())
		}
	}
	if len(accounts) == 0 {
		return items, nil
	}
	used, err := ledger.LastUsed(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(items, func(i *item) bool {
		return i.rule.Mode == Idle && i.rule.ofIdle(used[i.account().ID]) != i.period
	}), nil
}

// lotsOf cuts the lots of items, those of one instant together.
func lotsOf(ctx context.Context, tx *gorm.DB, items []*item) (map[*item]ledger.Lot, error) {
	byInstant := make(map[calendar.Micros][]*item)
	for _, i := range items {
		byInstant[i.period.before] = append(byInstant[i.period.before], i)
	}
	lots := make(map[*item]ledger.Lot, len(items))
	for before, group := range byInstant {
		accounts := make([]ledger.Account, len(group))
		for n, i := range group {
			accounts[n] = i.account()
		}
		found, err := ledger.LotsBefore(ctx, tx, accounts, before)
		if err != nil {
			return nil, err
		}
		for n, i := range group {
			lots[i] = found[accounts[n].ID]
		}
	}
	return lots, nil
}

// expire puts the entry into the batch. It happened in the last moment of the
// day, whenever it is recorded.
func (i *item) expire(batch *ledger.Batch, lot ledger.Lot) error {
	request := i.Request()
	i.expired = &Expiry{EntryID: request.ID, HouseholdID: i.householdID, VillageID: i.villageID, RuleID: i.rule.ID,
		ExpiresOn: i.period.expiresOn, Through: lot.Through, Points: lot.Points}
	return batch.Post(request, &ledger.Entry{
		ID: request.ID, Kind: ledger.Expiry, EffectiveAt: i.period.overAt(i.rule.zone) - 1, VillageID: i.villageID, ActorID: request.ActorID,
		SourceHash: i.expired.contentHash(i.rule), Lines: ledger.Expire(i.householdID, i.villageID, lot.Points),
	})
}

// replay has nothing to say: what ran out before is no news.
func replay(_ context.Context, _ *gorm.DB, items []*item) error {
	for _, i := range items {
		i.expired, i.err = nil, nil
	}
	return nil
}
