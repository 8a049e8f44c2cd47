package prove_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// verdict is what the oracle found.
type verdict struct {
	operations, acknowledged, unanswered int
	happened                             int // of the unanswered
	lost, doubled                        int
}

// facts are the tables whose rows an operation adds.
var facts = []string{"requests", "entries", "entry_lines", "drop_offs", "drop_off_items", "drop_off_reviews", "redemptions", "redemption_items", "stock_moves"}

// judge asks the oracle about everything the clients wrote down: it looks for it
// in the database, sends it all again through a service, and again, and lets
// `hufen verify` have the last word.
func (l *load) judge(s *service) verdict {
	l.w.t.Helper()
	v := verdict{operations: len(l.operations), acknowledged: l.answered, unanswered: len(l.operations) - l.answered}
	l.expectNothingWrong()
	s.blamesNobody()
	before := l.w.stored()
	rows := l.w.rows()
	var acknowledged, unanswered []*operation
	for _, o := range l.operations {
		if o.outcome == nil {
			unanswered = append(unanswered, o)
			if _, there := before[o.id]; there {
				v.happened++
			}
			continue
		}
		acknowledged = append(acknowledged, o)
		l.look(&v, o, before)
	}
	l.sendAll(s, acknowledged, "acknowledged")
	if now := l.w.rows(); now != rows {
		l.w.t.Errorf("sending what was acknowledged again added rows: %s, then %s", rows, now)
		v.doubled++
	}
	l.sendAll(s, unanswered, "unanswered")
	rows = l.w.rows()
	l.sendAll(s, l.operations, "all")
	if now := l.w.rows(); now != rows {
		l.w.t.Errorf("sending everything again added rows: %s, then %s", rows, now)
		v.doubled++
	}
	l.expectNothingWrong()
	l.balance(&v)
	l.w.verify()
	if v.lost+v.doubled > 0 {
		l.w.t.Errorf("%d lost, %d doubled", v.lost, v.doubled)
	}
	return v
}

// expectNothingWrong fails if an answer ever contradicted an earlier one.
func (l *load) expectNothingWrong() {
	l.w.t.Helper()
	if l.changes > 0 {
		l.w.t.Errorf("%d answers differ from earlier ones to the same request", l.changes)
		l.changes = 0
	}
}

// request is what the database holds of an operation.
type request struct {
	outcome, code string
	entered       bool
	effect        int64
}

// look compares an acknowledged operation with what is stored.
func (l *load) look(v *verdict, o *operation, stored map[id.ID]request) {
	l.w.t.Helper()
	r, there := stored[o.id]
	switch {
	case !there:
		v.lost++
		l.w.t.Errorf("lost: %s was answered %d %s and is not there", o.id, o.outcome.status, o.outcome.code)
	case o.outcome.posted() && (r.outcome != "posted" || r.effect != o.outcome.effect):
		v.lost++
		l.w.t.Errorf("%s was answered with %d and is there as %+v", o.id, o.outcome.effect, r)
	case !o.outcome.posted() && (r.outcome != "rejected" || r.entered || r.code != o.outcome.code):
		v.doubled++
		l.w.t.Errorf("%s was refused with %s and is there as %+v", o.id, o.outcome.code, r)
	}
}

// stored reads every request with what it did to its household.
func (w *world) stored() map[id.ID]request {
	w.t.Helper()
	found := map[id.ID]request{}
	w.within(func(db *database.DB) {
		rows, err := database.Query(context.Background(), db.Read, `
			SELECT r.id, r.outcome, r.error_code, e.id IS NOT NULL, COALESCE(SUM(CASE WHEN a.kind IN ('household', 'clawback') THEN l.points ELSE 0 END), 0)
			FROM requests r
			LEFT JOIN entries e ON e.id = r.id
			LEFT JOIN entry_lines l ON l.entry_id = r.id
			LEFT JOIN accounts a ON a.id = l.account_id
			GROUP BY r.id, r.outcome, r.error_code, e.id`)
		must(w.t, err)
		defer rows.Close()
		for rows.Next() {
			var at id.ID
			var r request
			must(w.t, rows.Scan(&at, &r.outcome, &r.code, &r.entered, &r.effect))
			found[at] = r
		}
		must(w.t, rows.Err())
	})
	return found
}

// rows counts the facts, as text.
func (w *world) rows() string {
	w.t.Helper()
	var b strings.Builder
	w.within(func(db *database.DB) {
		for _, table := range facts {
			var n int
			must(w.t, db.Read.Raw("SELECT COUNT(*) FROM "+table).Row().Scan(&n))
			fmt.Fprintf(&b, "%s %d ", table, n)
		}
	})
	return b.String()
}

// sendAll sends operations again, those an undo names before the undo, and
// expects an answer to each.
func (l *load) sendAll(s *service, operations []*operation, which string) {
	l.w.t.Helper()
	for _, later := range []bool{false, true} {
		var part []*operation
		for _, o := range operations {
			if (o.target != nil) == later {
				part = append(part, o)
			}
		}
		l.sendPart(s, part, which)
	}
}

// mostAgain bounds how often an operation is sent that finds the service busy.
const mostAgain = 20

func (l *load) sendPart(s *service, operations []*operation, which string) {
	const senders = 8
	failed := make(chan error, len(operations))
	next := make(chan *operation)
	done := make(chan struct{})
	for range senders {
		go func() {
			defer func() { done <- struct{}{} }()
			client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: time.Minute}
			defer client.CloseIdleConnections()
			for o := range next {
				var got *outcome
				var err error
				for range mostAgain {
					if got, err = send(&client, s.address, o); err == nil {
						break
					}
				}
				if err != nil {
					failed <- fmt.Errorf("%s: %w", o.id, err)
					continue
				}
				if o.outcome != nil && !o.outcome.same(got) {
					l.w.t.Errorf("%s (%s): first %+v, now %+v", o.id, which, *o.outcome, *got)
				}
				l.answer(o, got)
			}
		}()
	}
	for _, o := range operations {
		next <- o
	}
	close(next)
	for range senders {
		<-done
	}
	close(failed)
	n := 0
	for err := range failed {
		if n++; n <= 5 {
			l.w.t.Errorf("%s: not answered in the end: %v\n%s", which, err, s.said)
		}
	}
}

// balance holds every household's accounts against the sum of what was promised.
func (l *load) balance(v *verdict) {
	l.w.t.Helper()
	promised := map[*home]int64{}
	for _, o := range append(l.before, l.operations...) {
		if o.outcome != nil {
			promised[o.home] += o.outcome.effect
		}
	}
	l.w.within(func(db *database.DB) {
		for _, h := range l.w.homes {
			own, clawback := ledger.HouseholdAccount(h.id, h.village), ledger.ClawbackAccount(h.id, h.village)
			var has int64
			must(l.w.t, db.Read.Raw("SELECT COALESCE(SUM(points), 0) FROM entry_lines WHERE account_id = ? OR account_id = ?", own.ID[:], clawback.ID[:]).Row().Scan(&has))
			switch want := promised[h]; {
			case has > want:
				v.doubled++
				l.w.t.Errorf("household %s has %d, %d were promised", h.id, has, want)
			case has < want:
				v.lost++
				l.w.t.Errorf("household %s has %d, %d were promised", h.id, has, want)
			}
		}
	})
}

// verify runs `hufen verify`, which has to find everything in order.
func (w *world) verify(args ...string) {
	w.t.Helper()
	command, said := w.program(w.url, append([]string{"verify"}, args...)...)
	if err := command.Run(); err != nil {
		w.t.Errorf("hufen verify: exit code %d\n%s", exited(err), said)
	}
}

// settled names the counts of a verdict for the report.
func (v verdict) counts() []any {
	return []any{"operations", v.operations, "acknowledged", v.acknowledged, "unanswered", v.unanswered, "of which happened", v.happened,
		"lost", v.lost, "doubled", v.doubled}
}
