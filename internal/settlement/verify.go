package settlement

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every settlement: its items, its sums and hashes, who did
// what, its entry in the ledger, and what is owed to each shop. It adds what is
// wrong to the report and never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	return r.FindPicks(ctx, tx, Picks)
}

// VerifyRest is Verify without Picks, for whoever walks through the book anyway.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	list, err := query(ctx, tx, " ORDER BY s.id")
	if err != nil {
		return fmt.Errorf("verify settlements: %w", err)
	}
	for _, s := range list {
		if err := verifySums(ctx, tx, s, r); err != nil {
			return err
		}
		verifyActs(s, r)
	}
	for _, q := range verifyQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	return verifyPayable(ctx, tx, r)
}

func verifySums(ctx context.Context, tx *gorm.DB, s *Settlement, r *ledger.Report) error {
	computed := *s
	if err := computed.addUp(ctx, tx); err != nil {
		return err
	}
	if computed.Items != s.Items || computed.Points != s.Points || computed.Fen != s.Fen {
		r.Find("settlement_sum", s.ID, "says %d items, %s points, %d fen; its items add up to %d, %s, %d",
			s.Items, s.Points, s.Fen, computed.Items, computed.Points, computed.Fen)
	}
	if computed.ItemsHash != s.ItemsHash || s.contentHash() != s.ContentHash {
		r.Find("settlement_hash", s.ID, "the settlement does not hash to what it says")
	}
	return nil
}

// verifyActs follows the acts from the drawing up on: each after the one before,
// chained to it, and by another person.
func verifyActs(s *Settlement, r *ledger.Report) {
	before, people := s.ContentHash, map[id.ID]string{}
	for i, a := range s.Acts {
		if steps[a.Act] != i+1 || i == 3 && s.Acts[2].Act != Approve || i == 0 && a.ID != s.ID {
			r.Find("settlement_act", s.ID, "its act %d is %s", i+1, a.Act)
		}
		if a.hashAfter(before) != a.Hash {
			r.Find("settlement_act_hash", s.ID, "act %s does not hash to what it says", a.Act)
		}
		if earlier, twice := people[a.ActorID]; twice && a.Act != Submit {
			r.Find("settlement_person", s.ID, "one person did %s and %s", earlier, a.Act)
		}
		before, people[a.ActorID] = a.Hash, a.Act
	}
	if len(s.Acts) == 0 {
		r.Find("settlement_act", s.ID, "nobody drew it up")
	}
}

// verifyQueries find settlements, items, acts and entries that do not belong to
// each other.
var verifyQueries = []struct{ check, text, sql string }{
	{"settlement_item", "is not what was redeemed there, or taken back", `
		SELECT i.settlement_id FROM settlement_items i JOIN settlements s ON s.id = i.settlement_id
		LEFT JOIN redemptions r ON r.id = i.redemption_id AND r.shop_id = s.shop_id
		LEFT JOIN entries x ON x.id = i.entry_id AND x.reverses_id = i.redemption_id
		WHERE r.id IS NULL
			OR i.entry_id = i.redemption_id AND (i.points <> r.points OR i.fen <> r.fen)
			OR i.entry_id <> i.redemption_id AND (x.id IS NULL OR i.points <> -r.points OR i.fen <> -r.fen) LIMIT 1000`},
	{"settlement_item", "an item of a settlement that is not there", `
		SELECT i.settlement_id FROM settlement_items i LEFT JOIN settlements s ON s.id = i.settlement_id WHERE s.id IS NULL LIMIT 1000`},
	{"settlement_act", "an act on a settlement that is not there", `
		SELECT a.id FROM settlement_acts a LEFT JOIN settlements s ON s.id = a.settlement_id WHERE s.id IS NULL LIMIT 1000`},
	{"settlement_act", "its place among the acts, or who it is for, is wrong", `
		SELECT id FROM settlement_acts WHERE step <> CASE act WHEN 'create' THEN 1 WHEN 'submit' THEN 2 WHEN 'pay' THEN 4 ELSE 3 END
			OR (act = 'submit') <> (sole_id IS NULL) OR sole_id <> actor_id LIMIT 1000`},
	{"settlement_act", "was paid, says the audit log; the payment is not there", `
		SELECT l.object_id FROM audit_log l LEFT JOIN settlement_acts a ON a.settlement_id = l.object_id AND a.act = 'pay'
		WHERE l.action = 'settlement.pay' AND a.id IS NULL LIMIT 1000`},
	{"settlement_claim", "an item that no settlement holds, or another one", `
		SELECT i.entry_id FROM settlement_items i
		LEFT JOIN settlement_acts a ON a.settlement_id = i.settlement_id AND a.act = 'reject'
		LEFT JOIN settlement_claims c ON c.entry_id = i.entry_id AND c.settlement_id = i.settlement_id
		WHERE (a.id IS NULL) <> (c.entry_id IS NOT NULL) LIMIT 1000`},
	{"settlement_claim", "is held by a settlement it is not an item of", `
		SELECT c.entry_id FROM settlement_claims c
		LEFT JOIN settlement_items i ON i.entry_id = c.entry_id AND i.settlement_id = c.settlement_id
		WHERE i.entry_id IS NULL LIMIT 1000`},
	{"settlement_back", "was taken back in a settlement and is in none that was approved", `
		SELECT i.entry_id FROM settlement_items i
		JOIN settlement_claims c ON c.entry_id = i.entry_id AND c.settlement_id = i.settlement_id
		LEFT JOIN settlement_claims p ON p.entry_id = i.redemption_id
		LEFT JOIN settlement_acts a ON a.settlement_id = p.settlement_id AND a.act = 'approve'
		WHERE i.points < 0 AND a.id IS NULL LIMIT 1000`},
	{"settlement_entry", "was approved, and its entry is missing or is for another fact", `
		SELECT a.id FROM settlement_acts a JOIN settlements s ON s.id = a.settlement_id
		LEFT JOIN entries e ON e.id = a.id AND e.kind = 'settlement' AND e.source_hash = s.content_hash
			AND e.village_id = s.town_id AND e.actor_id = a.actor_id AND e.effective_at = a.acted_at
		WHERE a.act = 'approve' AND e.id IS NULL LIMIT 1000`},
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "settlement_entry", Text: "an entry without an approved settlement", Entries: true, Kinds: []string{"settlement"}, SQL: `
		SELECT e.id FROM entries e LEFT JOIN settlement_acts a ON a.id = e.id AND a.act = 'approve'
		WHERE %s AND a.id IS NULL LIMIT 1000`},
	{Check: "settlement_request", Text: "was asked for, is not there; or the other way round", Kinds: []string{"settlement"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN settlement_acts a ON a.id = q.id AND a.act = 'approve'
		WHERE %s AND q.outcome <> 'rejected' AND a.id IS NULL LIMIT 1000`},
}

// verifyPayable holds what is owed to each shop, by the lines of its account,
// against what it redeemed less what was approved. It also holds each approved
// settlement against the lines of its entry.
func verifyPayable(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	owed := make(map[id.ID]points.Points) // by account
	shops := make(map[id.ID]id.ID)        // account → shop
	settled := make(map[[2]id.ID]points.Points)
	for _, q := range []struct {
		sql  string
		take func(a, b id.ID, sum points.Points)
	}{
		{`SELECT r.shop_id, r.shop_id, SUM(r.points) FROM redemptions r LEFT JOIN entries x ON x.reverses_id = r.id
			WHERE x.id IS NULL GROUP BY r.shop_id`, func(shopID, _ id.ID, sum points.Points) {
			account := ledger.ShopAccount(shopID).ID
			shops[account] = shopID
			owed[account] += sum
		}},
		{`SELECT s.shop_id, a.id, s.points FROM settlements s JOIN settlement_acts a ON a.settlement_id = s.id AND a.act = 'approve'`,
			func(shopID, entryID id.ID, sum points.Points) {
				account := ledger.ShopAccount(shopID).ID
				shops[account] = shopID
				owed[account] -= sum
				settled[[2]id.ID{entryID, account}] -= sum
			}},
		{`SELECT s.town_id, a.id, s.points FROM settlements s JOIN settlement_acts a ON a.settlement_id = s.id AND a.act = 'approve'`,
			func(townID, entryID id.ID, sum points.Points) {
				settled[[2]id.ID{entryID, ledger.SettledAccount(townID).ID}] += sum
			}},
		{`SELECT l.account_id, l.account_id, SUM(l.points) FROM accounts a CROSS JOIN entry_lines l ON l.account_id = a.id
			WHERE a.kind = 'payable' GROUP BY l.account_id`, func(account, _ id.ID, sum points.Points) { owed[account] -= sum }},
		{`SELECT l.account_id, l.entry_id, l.points FROM settlement_acts a JOIN entry_lines l ON l.entry_id = a.id WHERE a.act = 'approve'`,
			func(account, entryID id.ID, sum points.Points) { settled[[2]id.ID{entryID, account}] -= sum }},
	} {
		err := database.Scan(ctx, tx, q.sql, nil, func(rows *sql.Rows) error {
			var a, b id.ID
			var sum points.Points
			err := rows.Scan(&a, &b, &sum)
			q.take(a, b, sum)
			return err
		})
		if err != nil {
			return fmt.Errorf("verify what is owed to shops: %w", err)
		}
	}
	for account, difference := range owed {
		if difference != 0 {
			r.Find("settlement_payable", shops[account], "its account differs from what it redeemed less what was approved by %s", difference)
		}
	}
	for key, difference := range settled {
		if difference != 0 {
			r.Find("settlement_lines", key[0], "its entry moves other points than the settlement, by %s", difference)
		}
	}
	return nil
}
