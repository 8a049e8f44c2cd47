package expiry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// loadRules reads all rules. There are a few in each programme and none in most.
func loadRules(ctx context.Context, db *gorm.DB) (rules, error) {
	found := make(rules)
	err := database.Scan(ctx, db, `
		SELECT id, division_id, mode, months, valid_from, time_zone, recorded_at, actor_id, content_hash
		FROM expiry_rules ORDER BY valid_from DESC, recorded_at DESC, id DESC`, nil, func(rows *sql.Rows) error {
		var r Rule
		var hash []byte
		err := rows.Scan(&r.ID, &r.DivisionID, &r.Mode, &r.Months, &r.ValidFrom, &r.TimeZone, &r.RecordedAt, &r.ActorID, &hash)
		if err != nil {
			return err
		}
		if len(hash) == len(r.ContentHash) {
			r.ContentHash = ledger.Hash(hash)
		}
		if r.zone, err = time.LoadLocation(r.TimeZone); err != nil {
			r.zone = time.UTC // verify names it: the rule does not hash to what it says
		}
		found[r.DivisionID] = append(found[r.DivisionID], &r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read expiry rules: %w", err)
	}
	return found, nil
}

func insertRule(ctx context.Context, tx *gorm.DB, r *Rule) error {
	err := database.InsertRows(ctx, tx, "expiry_rules",
		[]string{"id", "division_id", "mode", "months", "valid_from", "time_zone", "recorded_at", "actor_id", "content_hash"},
		[][]any{{r.ID[:], r.DivisionID[:], string(r.Mode), r.Months, int64(r.ValidFrom), r.TimeZone, int64(r.RecordedAt), r.ActorID[:], r.ContentHash[:]}})
	if err != nil {
		return fmt.Errorf("write expiry rule: %w", err)
	}
	return nil
}

// lotKey names what an account held of a lot.
type lotKey struct {
	accountID id.ID
	expiresOn calendar.Day
}

// expiredBefore returns which lots of these accounts have run out.
func expiredBefore(ctx context.Context, db *gorm.DB, accounts []ledger.Account) (map[lotKey]bool, error) {
	args := make([]any, len(accounts))
	for i := range accounts {
		args[i] = accounts[i].ID[:]
	}
	marks, args := database.List(args)
	done := make(map[lotKey]bool)
	err := database.Scan(ctx, db, `SELECT account_id, expires_on FROM expiries WHERE account_id IN (`+marks+`)`, args, func(rows *sql.Rows) error {
		var key lotKey
		err := rows.Scan(&key.accountID, &key.expiresOn)
		done[key] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read expiries: %w", err)
	}
	return done, nil
}

func insertExpiries(ctx context.Context, tx *gorm.DB, list []*Expiry) error {
	rows := make([][]any, len(list))
	for i, e := range list {
		account := e.account()
		rows[i] = []any{account.ID[:], int64(e.ExpiresOn), e.EntryID[:], e.HouseholdID[:], e.VillageID[:], e.RuleID[:], e.Through, int64(e.Points)}
	}
	err := database.InsertRows(ctx, tx, "expiries",
		[]string{"account_id", "expires_on", "entry_id", "household_id", "village_id", "rule_id", "through_seq", "points"}, rows)
	if err != nil {
		return fmt.Errorf("write expiries: %w", err)
	}
	return nil
}

// householdsOf returns all households of a village, closed ones too.
func householdsOf(ctx context.Context, db *gorm.DB, villageID id.ID) ([]id.ID, error) {
	var ids []id.ID
	err := database.Scan(ctx, db, `SELECT id FROM households WHERE village_id = ? ORDER BY id`, []any{villageID[:]}, func(rows *sql.Rows) error {
		var householdID id.ID
		err := rows.Scan(&householdID)
		ids = append(ids, householdID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read households of a village: %w", err)
	}
	return ids, nil
}

// mark is how far a village was looked through, under a rule.
type mark struct {
	ruleID id.ID
	doneOn calendar.Day
}

func loadMarks(ctx context.Context, db *gorm.DB) (map[id.ID]mark, error) {
	marks := make(map[id.ID]mark)
	err := database.Scan(ctx, db, `SELECT village_id, rule_id, done_on FROM expiry_marks`, nil, func(rows *sql.Rows) error {
		var villageID id.ID
		var m mark
		err := rows.Scan(&villageID, &m.ruleID, &m.doneOn)
		marks[villageID] = m
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read expiry marks: %w", err)
	}
	return marks, nil
}

func writeMark(ctx context.Context, tx *gorm.DB, villageID id.ID, m mark) error {
	err := database.Upsert(ctx, tx, "expiry_marks", []string{"village_id", "rule_id", "done_on"}, []string{"village_id"},
		[]database.Set{{Column: "rule_id"}, {Column: "done_on"}}, [][]any{{villageID[:], m.ruleID[:], int64(m.doneOn)}})
	if err != nil {
		return fmt.Errorf("write expiry mark: %w", err)
	}
	return nil
}

func expiredIn(ctx context.Context, db *gorm.DB, holders []Holder, month calendar.Month) (map[id.ID]points.Points, error) {
	args := make([]any, len(holders))
	for i, h := range holders {
		account := ledger.HouseholdAccount(h.HouseholdID, h.VillageID)
		args[i] = account.ID[:]
	}
	marks, args := database.List(args)
	gone := make(map[id.ID]points.Points)
	err := database.Scan(ctx, db, `
		SELECT household_id, SUM(points) FROM expiries
		WHERE account_id IN (`+marks+`) AND expires_on BETWEEN ? AND ? GROUP BY household_id`,
		append(args, int64(month.First()), int64(month.Last())), func(rows *sql.Rows) error {
			var householdID id.ID
			var sum points.Points
			err := rows.Scan(&householdID, &sum)
			gone[householdID] = sum
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read expiries of a month: %w", err)
	}
	return gone, nil
}
