package expiry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every expiry: its rule held in its village, its day is the
// rule's, it was recorded after that day, and its amount is what first in, first
// out leaves of the lot (ledger.md §6: 12).
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	return r.FindPicks(ctx, tx, Picks)
}

// VerifyRest is Verify without Picks, for whoever walks through the book anyway.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	book, err := loadRules(ctx, tx)
	if err != nil {
		return err
	}
	byID := make(map[id.ID]*Rule)
	for _, list := range book {
		for _, rule := range list {
			byID[rule.ID] = rule
			if rule.ContentHash != rule.contentHash() {
				r.Find("expiry_rule_hash", rule.ID, "the rule does not hash to what it says")
			}
		}
	}
	above, err := loadAncestors(ctx, tx, `SELECT village_id FROM expiries`)
	if err != nil {
		return err
	}
	found, err := verifyRows(ctx, tx, r, verifier{book, byID, above})
	if err != nil {
		return err
	}
	err = ledger.ExpiredLots(ctx, tx, "expiries", func(entryID id.ID) calendar.Micros { return found[entryID].before },
		func(lot ledger.ExpiryLot) { found[lot.EntryID].check(lot, r) })
	if err != nil {
		return err
	}
	for entryID, e := range found {
		if !e.seen {
			r.Find("expiry_lot", entryID, "names no lines of its account")
		}
	}
	return nil
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "expiry_missing", Text: "an expiry that is not in the list of expiries", Entries: true, Kinds: []string{"expiry"}, SQL: `
		SELECT e.id FROM entries e LEFT JOIN expiries x ON x.entry_id = e.id
		WHERE %s AND x.entry_id IS NULL LIMIT 1000`},
}

// verifier is what rules and divisions say.
type verifier struct {
	book  rules
	byID  map[id.ID]*Rule
	above map[id.ID][]id.ID // a village's divisions, from itself to the top
}

// expected is an expiry with what it has to be.
type expected struct {
	Expiry
	rule   *Rule
	before calendar.Micros
	seen   bool
}

// verifyRows checks each row by itself and with its entry.
func verifyRows(ctx context.Context, tx *gorm.DB, r *ledger.Report, v verifier) (map[id.ID]*expected, error) {
	found := make(map[id.ID]*expected)
	err := database.Scan(ctx, tx, `
		SELECT x.account_id, x.expires_on, x.entry_id, x.household_id, x.village_id, x.rule_id, x.through_seq, x.points,
		       e.kind, e.effective_at, e.recorded_at, e.village_id, e.actor_id, e.source_hash, COALESCE(l.points, 0)
		FROM expiries x
		LEFT JOIN entries e ON e.id = x.entry_id
		LEFT JOIN entry_lines l ON l.entry_id = x.entry_id AND l.account_id = x.account_id`, nil, func(rows *sql.Rows) error {
		var e expected
		var accountID id.ID
		var village, actor id.NullID
		var kind sql.NullString
		var effective, recorded sql.NullInt64
		var source []byte
		var moved points.Points
		err := rows.Scan(&accountID, &e.ExpiresOn, &e.EntryID, &e.HouseholdID, &e.VillageID, &e.RuleID, &e.Through, &e.Points,
			&kind, &effective, &recorded, &village, &actor, &source, &moved)
		if err != nil {
			return err
		}
		found[e.EntryID] = &e
		if e.rule = v.byID[e.RuleID]; e.rule == nil {
			r.Find("expiry_rule", e.EntryID, "follows a rule that is not there")
			e.rule = &Rule{zone: time.UTC}
		}
		hash := e.contentHash(e.rule)
		over := period{expiresOn: e.ExpiresOn}.overAt(e.rule.zone)
		switch {
		case accountID != e.account().ID || e.EntryID != entryID(accountID, e.ExpiresOn):
			r.Find("expiry_key", e.EntryID, "is not the expiry of its account and day")
		case kind.String != ledger.Expiry || moved != -e.Points || string(source) != string(hash[:]):
			r.Find("expiry_entry", e.EntryID, "its entry says something else")
		case village.ID != e.VillageID || actor.ID != auth.SystemID || calendar.Micros(effective.Int64) != over-1:
			r.Find("expiry_entry", e.EntryID, "its entry has another village, author or day")
		case calendar.Micros(recorded.Int64) < over:
			r.Find("expiry_early", e.EntryID, "was recorded before %s was over", e.ExpiresOn)
		case v.on(e.VillageID, e.ExpiresOn) != e.rule:
			r.Find("expiry_rule", e.EntryID, "another rule held in its village on %s", e.ExpiresOn)
		}
		e.before = e.rule.before(e.ExpiresOn)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("verify expiries: %w", err)
	}
	return found, nil
}

// before is the instant before which the lot was given that runs out on a day.
func (r *Rule) before(expiresOn calendar.Day) calendar.Micros {
	if r.Mode == YearEnd {
		return r.ofYear(expiresOn.Month().AddMonths(-r.Months).Year()).before
	}
	return expiresOn.Next().Start(r.zone)
}

// check holds an expiry against the lines of its account.
func (e *expected) check(lot ledger.ExpiryLot, r *ledger.Report) {
	e.seen = true
	want := e.ExpiresOn
	switch e.rule.Mode {
	case YearEnd:
		year := e.ExpiresOn.Month().AddMonths(-e.rule.Months).Year()
		want = e.rule.ofYear(max(year, e.rule.firstYear())).expiresOn
	case Idle:
		want = e.rule.ofIdle(lot.LastUsed).expiresOn
	}
	switch {
	case e.rule.Mode == None || e.ExpiresOn != want:
		r.Find("expiry_day", e.EntryID, "ran out on %s, by its rule it does on %s", e.ExpiresOn, want)
	case e.Through != lot.Through:
		r.Find("expiry_lot", e.EntryID, "says its lot ends at line %d, it ends at line %d", e.Through, lot.Through)
	case e.Points != lot.Points:
		r.Find("expiry_points", e.EntryID, "took %s, of the lot %s were left", e.Points, lot.Points)
	}
}

// on is rules.on without a tree.
func (v verifier) on(villageID id.ID, day calendar.Day) *Rule {
	for _, divisionID := range v.above[villageID] {
		for _, r := range v.book[divisionID] {
			if r.ValidFrom <= day {
				return r
			}
		}
	}
	return nil
}

// loadAncestors reads the divisions above each village that a query selects.
func loadAncestors(ctx context.Context, tx *gorm.DB, villages string) (map[id.ID][]id.ID, error) {
	above := make(map[id.ID][]id.ID)
	err := database.Scan(ctx, tx, `
		SELECT a.division_id, a.ancestor_id FROM division_ancestors a
		WHERE a.division_id IN (`+villages+`)
		ORDER BY a.division_id, a.distance`, nil, func(rows *sql.Rows) error {
		var villageID, ancestorID id.ID
		err := rows.Scan(&villageID, &ancestorID)
		above[villageID] = append(above[villageID], ancestorID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("verify expiries: %w", err)
	}
	return above, nil
}
