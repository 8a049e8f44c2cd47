package adjustment

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every adjustment: its hashes, who did what, its limit, its
// entry in the ledger, and what it takes back. It also follows what households
// owe and work off. It adds what is wrong to the report and never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	return r.FindPicks(ctx, tx, Picks)
}

// VerifyRest is Verify without Picks, for whoever walks through the book anyway.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	list, err := query(ctx, tx, " ORDER BY a.household_id, a.day, a.alone_points, a.id")
	if err != nil {
		return fmt.Errorf("verify adjustments: %w", err)
	}
	limits, err := settingHistory(ctx, tx, division.AdjustmentLimit)
	if err != nil {
		return err
	}
	for _, a := range list {
		verifyActs(a, r)
		verifyObject(a, r)
		if !limits.held(a.VillageID, int64(a.Limit), madeAt(a)) {
			r.Find("adjustment_limit", a.ID, "goes by a limit of %s that nobody set", a.Limit)
		}
	}
	verifyAlone(list, r)
	for _, q := range verifyQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	if err := verifyLines(ctx, tx, list, r); err != nil {
		return err
	}
	return verifyClawback(ctx, tx, r)
}

func madeAt(a *Adjustment) calendar.Micros {
	if len(a.Acts) == 0 {
		return 0
	}
	return a.Acts[0].At
}

// verifyActs follows the acts: each after the one before, chained to it, the
// second by another person.
func verifyActs(a *Adjustment, r *ledger.Report) {
	if a.contentHash() != a.ContentHash {
		r.Find("adjustment_hash", a.ID, "the adjustment does not hash to what it says")
	}
	before := a.ContentHash
	for i, t := range a.Acts {
		if steps[t.Act] != i+1 || i == 0 && t.ID != a.ID || i == 1 && a.Acts[0].Act != Propose {
			r.Find("adjustment_act", a.ID, "its act %d is %s", i+1, t.Act)
		}
		if t.hashAfter(before) != t.Hash {
			r.Find("adjustment_act_hash", a.ID, "act %s does not hash to what it says", t.Act)
		}
		before = t.Hash
	}
	switch n := len(a.Acts); {
	case n == 0:
		r.Find("adjustment_act", a.ID, "nobody made it")
	case n == 2 && a.Acts[0].ActorID == a.Acts[1].ActorID:
		r.Find("adjustment_person", a.ID, "one person did %s and %s", a.Acts[0].Act, a.Acts[1].Act)
	}
}

func verifyObject(a *Adjustment, r *ledger.Report) {
	if len(a.Acts) > 0 && a.Kind == Reversal && a.Acts[0].Act != Propose {
		r.Find("adjustment_person", a.ID, "one person alone took back a %s", a.ObjectKind)
	}
}

// verifyAlone adds up what one person alone moved, household by household and
// month by month: each knew what was moved before, and kept within the limit.
func verifyAlone(list []*Adjustment, r *ledger.Report) {
	type key struct {
		householdID id.ID
		month       calendar.Month
	}
	alone := make(map[key][]*Adjustment)
	for _, a := range list {
		if len(a.Acts) > 0 && a.Acts[0].Act == Post {
			k := key{a.HouseholdID, a.Day.Month()}
			alone[k] = append(alone[k], a)
		}
	}
	for _, posted := range alone {
		slices.SortFunc(posted, func(x, y *Adjustment) int { return cmp.Compare(x.Alone, y.Alone) })
		var sum points.Points
		for _, a := range posted {
			if a.Alone != sum {
				r.Find("adjustment_alone", a.ID, "says %s were moved before by one person alone, it was %s", a.Alone, sum)
			}
			if sum += magnitude(a.Points); sum > a.Limit {
				r.Find("adjustment_alone", a.ID, "one person alone moved %s in the month, the limit is %s", sum, a.Limit)
			}
		}
	}
}

// verifyQueries find adjustments, acts, entries and requests that do not belong
// to each other.
var verifyQueries = []struct{ check, text, sql string }{
	{"adjustment_act", "an act on an adjustment that is not there", `
		SELECT t.id FROM adjustment_acts t LEFT JOIN adjustments a ON a.id = t.adjustment_id WHERE a.id IS NULL LIMIT 1000`},
	{"adjustment_act", "its place among the acts is wrong", `
		SELECT id FROM adjustment_acts WHERE step <> CASE WHEN act IN ('post', 'propose') THEN 1 ELSE 2 END LIMIT 1000`},
	{"adjustment_entry", "moved points, and its entry is missing or is for another fact", `
		SELECT t.id FROM adjustment_acts t JOIN adjustments a ON a.id = t.adjustment_id
		LEFT JOIN entries e ON e.id = t.id AND e.kind = a.kind AND e.source_hash = a.content_hash AND e.village_id = a.village_id
			AND e.actor_id = t.actor_id AND e.recorded_at = t.acted_at AND e.reason = a.reason
			AND COALESCE(e.reverses_id, x'00') = COALESCE(a.reverses_id, x'00')
		WHERE t.act IN ('post', 'approve') AND e.id IS NULL LIMIT 1000`},
	{"adjustment_request", "was decided, and nobody asked for it like that", `
		SELECT t.id FROM adjustment_acts t JOIN adjustments a ON a.id = t.adjustment_id
		LEFT JOIN requests q ON q.id = t.id AND q.actor_id = t.actor_id AND q.recorded_at = t.acted_at
			AND q.kind = CASE t.act WHEN 'approve' THEN 'approval' WHEN 'refuse' THEN 'refusal' ELSE a.kind END
			AND q.outcome = CASE t.act WHEN 'propose' THEN 'pending' ELSE 'posted' END
		WHERE q.id IS NULL LIMIT 1000`},
	{"adjustment_object", "takes back a drop-off by another entry than its award", `
		SELECT a.id FROM adjustments a LEFT JOIN drop_offs d ON d.id = a.object_id
		LEFT JOIN drop_off_reviews v ON v.drop_off_id = d.id AND v.decision = 'accepted'
		WHERE a.object_kind = 'drop_off' AND (d.id IS NULL OR a.reverses_id <> COALESCE(v.id, d.id)
			OR a.household_id <> d.household_id OR a.points <> COALESCE(v.cut - v.earned, d.cut - d.earned)) LIMIT 1000`},
	{"adjustment_object", "takes back a redemption that is not there, or another sum", `
		SELECT a.id FROM adjustments a LEFT JOIN redemptions d ON d.id = a.object_id
		WHERE a.object_kind = 'redemption' AND (d.id IS NULL OR a.reverses_id <> d.id OR a.household_id <> d.household_id
			OR a.points <> d.points) LIMIT 1000`},
	{"adjustment_object", "takes back an adjustment that was never posted, or another sum", `
		SELECT a.id FROM adjustments a LEFT JOIN adjustments d ON d.id = a.object_id AND d.kind = 'adjustment'
		LEFT JOIN adjustment_acts t ON t.adjustment_id = d.id AND t.id = a.reverses_id AND t.act IN ('post', 'approve')
		WHERE a.object_kind = 'adjustment' AND (t.id IS NULL OR a.household_id <> d.household_id OR a.points <> -d.points) LIMIT 1000`},
	{"adjustment_photo", "its photo is not marked as used by it", `
		SELECT a.id FROM adjustments a LEFT JOIN photo_uses u ON u.photo_id = a.photo_id AND u.used_by = a.id AND u.village_id = a.village_id
		WHERE a.photo_id IS NOT NULL AND u.photo_id IS NULL LIMIT 1000`},
	{"adjustment_audit", "was done, says the audit log; it is not there", `
		SELECT l.object_id FROM audit_log l LEFT JOIN adjustment_acts t ON t.adjustment_id = l.object_id
			AND l.action = CASE t.act WHEN 'post' THEN 'adjustment.post' WHEN 'propose' THEN 'adjustment.propose'
				WHEN 'approve' THEN 'adjustment.approve' ELSE 'adjustment.refuse' END
		WHERE l.object_kind = 'adjustment' AND t.id IS NULL LIMIT 1000`},
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "adjustment_entry", Text: "an entry without an adjustment that was posted or approved", Entries: true, Kinds: []string{"adjustment"}, SQL: `
		SELECT e.id FROM entries e LEFT JOIN adjustment_acts t ON t.id = e.id AND t.act IN ('post', 'approve')
		WHERE %s AND t.id IS NULL LIMIT 1000`},
	{Check: "adjustment_request", Text: "was asked for and accepted, and is not there", Kinds: []string{"adjustment", "approval", "refusal", "reversal"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN adjustment_acts t ON t.id = q.id
		WHERE %s AND (q.kind <> 'reversal' OR q.outcome = 'pending') AND (q.outcome = 'rejected') <> (t.id IS NULL) LIMIT 1000`},
}

// verifyLines holds each adjustment that moved points against the lines of its
// entry: the household gets what it says, from the town's account.
func verifyLines(ctx context.Context, tx *gorm.DB, list []*Adjustment, r *ledger.Report) error {
	moved := make(map[[2]id.ID]points.Points)
	for _, a := range list {
		if len(a.Acts) == 0 || a.Kind != Manual {
			continue
		}
		if entryID, ok := a.EntryID(); ok {
			moved[[2]id.ID{entryID, a.account().ID}] += a.Points
			moved[[2]id.ID{entryID, ledger.AdjustedAccount(a.TownID).ID}] -= a.Points
		}
	}
	err := database.Scan(ctx, tx, `
		SELECT l.entry_id, l.account_id, l.points FROM adjustment_acts t JOIN adjustments a ON a.id = t.adjustment_id
		CROSS JOIN entry_lines l ON l.entry_id = t.id WHERE t.act IN ('post', 'approve') AND a.kind = 'adjustment'`, nil, func(rows *sql.Rows) error {
		var entryID, accountID id.ID
		var amount points.Points
		err := rows.Scan(&entryID, &accountID, &amount)
		moved[[2]id.ID{entryID, accountID}] -= amount
		return err
	})
	if err != nil {
		return fmt.Errorf("verify adjustments: %w", err)
	}
	for key, difference := range moved {
		if difference != 0 {
			r.Find("adjustment_lines", key[0], "its entry moves other points than the adjustment, by %s", difference)
		}
	}
	return nil
}

// history is which values a setting had been given by when, and where.
type history struct {
	byVillage map[id.ID][]given
	fallback  int64
}

type given struct {
	value      int64
	recordedAt calendar.Micros
}

// settingHistory reads the values a setting was given in each village or above
// it.
func settingHistory(ctx context.Context, tx *gorm.DB, name division.SettingName) (history, error) {
	h := history{byVillage: make(map[id.ID][]given)}
	for _, d := range division.Catalogue {
		if d.Name == name {
			h.fallback = d.Default
		}
	}
	err := database.Scan(ctx, tx, `
		SELECT v.division_id, s.value, s.recorded_at FROM settings s JOIN division_ancestors v ON v.ancestor_id = s.division_id
		WHERE s.name = ?`, []any{string(name)}, func(rows *sql.Rows) error {
		var place id.ID
		var g given
		err := rows.Scan(&place, &g.value, &g.recordedAt)
		h.byVillage[place] = append(h.byVillage[place], g)
		return err
	})
	if err != nil {
		return h, fmt.Errorf("read settings: %w", err)
	}
	return h, nil
}

// apart is how far the clocks of two instances may disagree: who recorded a value
// and who went by it need not be the same.
const apart = 7 * 24 * time.Hour

// values are those that may have held in a village at an instant.
func (h history) values(village id.ID, at calendar.Micros) []int64 {
	values := []int64{h.fallback}
	for _, g := range h.byVillage[village] {
		if g.recordedAt <= at.Add(apart) {
			values = append(values, g.value)
		}
	}
	return values
}

func (h history) held(village id.ID, value int64, at calendar.Micros) bool {
	return slices.Contains(h.values(village, at), value)
}
