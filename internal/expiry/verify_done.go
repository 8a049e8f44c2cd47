package expiry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// apart is how far the clocks of two instances may disagree: who let points run
// out and who recorded what was given need not be the same.
const apart = 7 * 24 * time.Hour

// overdueDays is how long the job may be late before verify says so. It runs every hour.
const overdueDays = 7

// VerifyDone finds points that had to run out and did not: where the job noted a
// village as done, no account may still hold what it held at every moment from
// then on. Being late is no fault, for a service may have stood still; what is
// overdue by more than a week while the book was written to is a note.
func VerifyDone(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	book, err := loadRules(ctx, tx)
	if err != nil {
		return err
	}
	marks, err := loadMarks(ctx, tx)
	if err != nil {
		return err
	}
	if len(book) == 0 && len(marks) == 0 {
		return nil
	}
	above, err := loadAncestors(ctx, tx, `SELECT id FROM divisions WHERE level = 'village'`)
	if err != nil {
		return err
	}
	var newest calendar.Micros // in the book: the present of an export is when it was made
	if err := tx.Raw(`SELECT COALESCE(MAX(recorded_at), 0) FROM requests`).Row().Scan(&newest); err != nil {
		return fmt.Errorf("verify expiries: %w", err)
	}
	v := verifier{book: book, above: above}
	for villageID := range above {
		m, marked := marks[villageID]
		if marked {
			if err := verifyMark(ctx, tx, r, book.byID(m.ruleID), villageID, m); err != nil {
				return err
			}
			delete(marks, villageID)
		}
		v.noteOverdue(r, villageID, m, newest)
	}
	for villageID := range marks {
		r.Find("expiry_mark", villageID, "points are noted to have run out, and it is no village")
	}
	return nil
}

// noteOverdue notes a village whose points had to run out long ago.
func (v verifier) noteOverdue(r *ledger.Report, villageID id.ID, m mark, newest calendar.Micros) {
	rule := v.on(villageID, calendar.DayOf(newest, time.UTC))
	if rule == nil || rule.Mode == None {
		return
	}
	today := calendar.DayOf(newest, rule.zone)
	due, ok := rule.due(today.AddDays(-overdueDays))
	if ok && due >= rule.ValidFrom && (m.ruleID != rule.ID || m.doneOn < due) {
		r.Note("expiry of village %s: what ran out on %s is overdue; does the job run?", villageID, due)
	}
}

// verifyMark holds the accounts of a village against the note that all that ran
// out up to a day did.
func verifyMark(ctx context.Context, tx *gorm.DB, r *ledger.Report, rule *Rule, villageID id.ID, m mark) error {
	if rule == nil || rule.Mode == None {
		r.Find("expiry_mark", villageID, "points are noted to have run out by a rule that is not there or takes none")
		return nil
	}
	if due, ok := rule.due(m.doneOn.Next()); !ok || due != m.doneOn {
		r.Find("expiry_mark", villageID, "points are noted to have run out on %s, on which none do", m.doneOn)
		return nil
	}
	households, err := householdsOf(ctx, tx, villageID)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(households, together) {
		accounts := make([]ledger.Account, len(part))
		for i, householdID := range part {
			accounts[i] = ledger.HouseholdAccount(householdID, villageID)
		}
		if err := verifyGone(ctx, tx, r, rule, m.doneOn, accounts); err != nil {
			return err
		}
	}
	return nil
}

// verifyGone finds accounts of which a lot had to run out and did not.
func verifyGone(ctx context.Context, tx *gorm.DB, r *ledger.Report, rule *Rule, doneOn calendar.Day, accounts []ledger.Account) error {
	balances, err := ledger.BalancesOf(ctx, tx, accounts)
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(a ledger.Account) bool { return balances[a.ID] <= 0 })
	if len(accounts) == 0 {
		return nil
	}
	periods, err := rule.periodsOver(ctx, tx, doneOn, accounts)
	if err != nil {
		return err
	}
	gone, err := expiredBefore(ctx, tx, accounts)
	if err != nil {
		return err
	}
	byPeriod := make(map[period][]ledger.Account)
	for _, a := range accounts {
		if p, ok := periods[a.ID]; ok && !gone[lotKey{a.ID, p.expiresOn}] {
			byPeriod[p] = append(byPeriod[p], a)
		}
	}
	for p, held := range byPeriod {
		left, err := ledger.LeastLeft(ctx, tx, held, p.before, p.overAt(rule.zone).Add(-apart))
		if err != nil {
			return err
		}
		for accountID, amount := range left {
			r.Find("expiry_due", accountID, "%s had to run out on %s, and the job says it was done; they did not", amount, p.expiresOn)
		}
	}
	return nil
}

// periodsOver returns the newest period of each account that is over on a day.
func (r *Rule) periodsOver(ctx context.Context, tx *gorm.DB, doneOn calendar.Day, accounts []ledger.Account) (map[id.ID]period, error) {
	periods := make(map[id.ID]period, len(accounts))
	if r.Mode == YearEnd {
		if p, ok := r.yearOver(doneOn.Next()); ok {
			for _, a := range accounts {
				periods[a.ID] = p
			}
		}
		return periods, nil
	}
	used, err := ledger.LastUsed(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if p := r.ofIdle(used[a.ID]); p.expiresOn <= doneOn {
			periods[a.ID] = p
		}
	}
	return periods, nil
}
