package settlement_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/settlement"
	"hufen/internal/sheet"
)

var ctx = context.Background()

// From drawing up to payment, every step twice with the same id.
func TestService_Life(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.redeem(2)
		w.redeem(3)
		w.takeBack(w.redeem(1)) // on the same day: not in the statement
		in := settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: july}
		requests := [3]id.ID{id.New(), id.New(), id.New()}
		for i := range 2 {
			replayed := i == 1
			s := the(w.Create(ctx, w.keeper, in))
			if s.Replayed != replayed || s.Items != 2 || s.Points != 6000 || s.Fen != 300 || s.Version != 1 || s.TownID != w.town {
				t.Fatalf("created %+v", s)
			}
			s = the(w.Submit(ctx, w.keeper, requests[0], in.ID))
			if s.Replayed != replayed || !replayed && s.State() != settlement.Submitted {
				t.Fatalf("submitted %+v", s)
			}
			s = the(w.Approve(ctx, w.wang, requests[1], in.ID))
			if s.Replayed != replayed || !replayed && s.State() != settlement.Approved {
				t.Fatalf("approved %+v", s)
			}
			if w.owed() != 0 {
				t.Errorf("the town still owes %s", w.owed())
			}
			s = the(w.Pay(ctx, w.chen, requests[2], in.ID, " 农商行 2026-0803-17 ", 20260803))
			if s.Replayed != replayed || s.State() != settlement.Paid || s.Acts[3].Detail != "农商行 2026-0803-17" {
				t.Fatalf("paid %+v", s)
			}
		}
		other := in
		other.Month = 202606
		_, err := w.Create(ctx, w.keeper, other)
		w.mustFault("other content", err, "request.id_reused")
		_, err = w.Submit(ctx, w.keeper, requests[2], in.ID)
		w.mustFault("the id of another act", err, "request.id_reused")
		_, err = w.Approve(ctx, w.wang, in.ID, in.ID)
		w.mustFault("the id of another act", err, "request.id_reused")
		w.mustVerify()
	})
}

// the gives the value of a call that must not fail.
func the[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestService_Create_Refused(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		create := func(actor auth.Actor, in settlement.NewSettlement) error {
			in.ID = id.New()
			_, err := w.Create(ctx, actor, in)
			return err
		}
		own := settlement.NewSettlement{ShopID: w.shop.ID, Month: july}
		w.mustFault("an empty month", create(w.keeper, own), "settlement.nothing")
		w.redeem(1)
		running := own
		running.Month = 202608
		w.mustFault("this month", create(w.keeper, running), "settlement.month_not_over")
		w.mustFault("no such shop", create(w.keeper, settlement.NewSettlement{ShopID: id.New(), Month: july}), "shop.unknown")
		w.mustFault("another keeper", create(person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.village, ShopID: id.New()}), own), "shop.unknown")
		w.mustFault("finance", create(w.chen, own), "shop.unknown")
		before := own
		before.Month = 202606
		w.mustFault("the month before", create(w.keeper, before), "settlement.nothing")
		w.create(july)
		w.mustFault("a second one", create(w.zhang, own), "settlement.exists")
		w.mustVerify()
	})
}

// Who draws up, approves and pays are three people, by the service and by the
// database.
func TestService_ThreePeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.redeem(1)
		s := the(w.Create(ctx, w.zhang, settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: july}))
		_, err := w.Approve(ctx, w.wang, id.New(), s.ID)
		w.mustFault("a draft", err, "settlement.not_submitted")
		_, err = w.Submit(ctx, w.zhang, id.New(), s.ID)
		w.mustFault("submitted by the town", err, "settlement.unknown")
		the(w.Submit(ctx, w.keeper, id.New(), s.ID))
		_, err = w.Submit(ctx, w.keeper, id.New(), s.ID)
		w.mustFault("submitted again", err, "settlement.not_draft")
		_, err = w.Approve(ctx, w.zhang, id.New(), s.ID)
		w.mustFault("approved by its creator", err, "settlement.same_person")
		_, err = w.Reject(ctx, w.zhang, id.New(), s.ID, "x")
		w.mustFault("rejected by its creator", err, "settlement.same_person")
		for name, actor := range map[string]auth.Actor{"the shop": w.keeper, "finance": w.chen, "an auditor": w.auditor} {
			_, err = w.Approve(ctx, actor, id.New(), s.ID)
			w.mustFault("approved by "+name, err, "settlement.unknown")
		}
		machine := w.wang
		machine.Kind = auth.Machine
		_, err = w.Approve(ctx, machine, id.New(), s.ID)
		w.mustFault("approved by a machine", err, "settlement.person_only")
		_, err = w.Pay(ctx, w.chen, id.New(), s.ID, "1", 20260803)
		w.mustFault("paid before", err, "settlement.not_approved")
		refused := id.New()
		both := person(w.wang.Grants[0], w.chen.Grants[0])
		the(w.Approve(ctx, both, id.New(), s.ID))
		_, err = w.Approve(ctx, w.wang, refused, s.ID)
		w.mustFault("approved again", err, "settlement.already_decided")
		_, err = w.Pay(ctx, both, id.New(), s.ID, "1", 20260803)
		w.mustFault("paid by the approver", err, "settlement.same_person")
		_, err = w.Pay(ctx, w.chen, id.New(), s.ID, "1", 20260804)
		w.mustFault("paid tomorrow", err, "settlement.paid_on")
		_, err = w.Pay(ctx, w.chen, id.New(), s.ID, "1", 20260802)
		w.mustFault("paid before the approval", err, "settlement.paid_on")
		_, err = w.Pay(ctx, w.chen, id.New(), s.ID, " ", 20260803)
		w.mustFault("no reference", err, "settlement.reference_missing")

		columns := "id, settlement_id, step, act, actor_id, sole_id, acted_at, paid_on, act_hash"
		act := func(step int, kind string, actor auth.Actor, sole any, paidOn any) error {
			fresh := id.New()
			return dbtest.TryExec(w.db, "INSERT INTO settlement_acts ("+columns+") VALUES (?,?,?,?,?,?,?,?,?)",
				fresh[:], s.ID[:], step, kind, actor.ID[:], sole, 1, paidOn, make([]byte, 32))
		}
		for name, err := range map[string]error{
			"a payment by the approver":          act(4, "pay", both, both.ID[:], 20260803),
			"a payment by the creator":           act(4, "pay", w.zhang, w.zhang.ID[:], 20260803),
			"a payment under another's name":     act(4, "pay", both, w.chen.ID[:], 20260803),
			"a payment under no name":            act(4, "pay", both, nil, 20260803),
			"a second decision":                  act(3, "reject", w.wang, w.wang.ID[:], nil),
			"a decision at the place of another": act(4, "approve", w.wang, w.wang.ID[:], nil),
		} {
			if !database.IsDuplicate(err) && !database.IsCheck(err) {
				t.Errorf("%s: the database took it: %v", name, err)
			}
		}
		the(w.Pay(ctx, w.chen, id.New(), s.ID, "1", 20260803))
		_, err = w.Pay(ctx, w.chen, id.New(), s.ID, "2", 20260803)
		w.mustFault("paid twice", err, "settlement.already_paid")
		w.mustVerify()
	})
}

// A rejected settlement lets go of its redemptions; what was taken back
// meanwhile is not in the next version.
func TestService_Reject(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		wrong := w.redeem(1)
		w.redeem(2)
		first := w.submitted(july)
		_, err := w.Reject(ctx, w.wang, id.New(), first.ID, " ")
		w.mustFault("no reason", err, "settlement.reason_missing")
		request := id.New()
		for i := range 2 {
			s := the(w.Reject(ctx, w.wang, request, first.ID, "小票缺一张"))
			if s.Replayed != (i == 1) || s.State() != settlement.Rejected || s.Acts[2].Detail != "小票缺一张" {
				t.Errorf("rejected %+v", s)
			}
		}
		_, err = w.Approve(ctx, w.zhang, id.New(), first.ID)
		w.mustFault("approved after all", err, "settlement.already_decided")
		w.takeBack(wrong)
		second := w.submitted(july)
		if second.Version != 2 || second.Items != 1 || second.Points != 2400 {
			t.Errorf("drawn up again: %+v", second)
		}
		the(w.Approve(ctx, w.zhang, id.New(), second.ID))
		if w.owed() != 0 {
			t.Errorf("the town still owes %s", w.owed())
		}
		w.mustVerify()
	})
}

// What is taken back after its settlement was approved is deducted from the next
// one; while the settlement may still be rejected, it waits.
func TestService_CarriedOver(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		wrong := w.redeem(2)
		s := w.submitted(july)
		w.takeBack(wrong) // races the approval and loses
		w.redeem(3)
		w.today = noon(20260903)
		early := w.submitted(202608)
		if early.Items != 1 || early.Points != 3600 {
			t.Fatalf("before the approval: %+v", early)
		}
		the(w.Reject(ctx, w.zhang, id.New(), early.ID, "等一等"))
		the(w.Approve(ctx, w.wang, id.New(), s.ID))
		next := w.submitted(202608)
		if next.Items != 2 || next.Points != 1200 || next.Fen != 60 {
			t.Fatalf("after the approval: %+v", next)
		}
		lines := the(w.Lines(ctx, next.ID))
		if len(lines) != 2 || lines[0].Back || lines[0].Quantity != 3 || !lines[1].Back || lines[1].Quantity != -2 || lines[1].Points != -2400 || lines[1].Fen != -120 {
			t.Errorf("lines %+v", lines)
		}
		the(w.Approve(ctx, w.wang, id.New(), next.ID))
		if w.owed() != 0 {
			t.Errorf("the town still owes %s", w.owed())
		}
		w.today = noon(20261003)
		w.redeem(1)
		last := w.submitted(202609)
		if last.Items != 1 {
			t.Errorf("deducted twice: %+v", last)
		}
		w.mustVerify()
	})
}

// A month in which more was taken back than redeemed is left for the next.
func TestService_Create_NotPositive(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		wrong := w.redeem(2)
		the(w.Approve(ctx, w.wang, id.New(), w.submitted(july).ID))
		w.takeBack(wrong)
		w.today = noon(20260903)
		_, err := w.Create(ctx, w.keeper, settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: 202608})
		w.mustFault("below zero", err, "settlement.not_positive")
		w.redeem(5)
		if s := w.create(202608); s.Points != 3600 {
			t.Errorf("got %+v", s)
		}
		w.mustVerify()
	})
}

func TestService_List(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.redeem(1)
		first := w.submitted(july)
		w.today = noon(20260903)
		w.redeem(1)
		second := w.create(202608)
		count := func(actor auth.Actor, f settlement.Filter) int {
			f.Limit = 10
			return len(the(w.List(ctx, actor, f)))
		}
		for name, c := range map[string]struct {
			got, want int
		}{
			"the keeper":       {count(w.keeper, settlement.Filter{}), 2},
			"the auditor":      {count(w.auditor, settlement.Filter{DivisionID: w.town}), 2},
			"submitted":        {count(w.zhang, settlement.Filter{State: settlement.Submitted}), 1},
			"August":           {count(w.chen, settlement.Filter{Month: 202608}), 1},
			"another keeper":   {count(person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.village, ShopID: id.New()}), settlement.Filter{}), 0},
			"a cadre":          {count(person(auth.Grant{Role: auth.Cadre, DivisionID: w.village}), settlement.Filter{}), 0},
			"an administrator": {count(person(auth.Grant{Role: auth.Administrator}), settlement.Filter{ShopID: w.shop.ID}), 2},
		} {
			if c.got != c.want {
				t.Errorf("%s sees %d, want %d", name, c.got, c.want)
			}
		}
		page := the(w.List(ctx, w.auditor, settlement.Filter{Limit: 1}))
		if len(page) != 2 || page[0].ID != second.ID {
			t.Fatalf("first page %+v", page)
		}
		page = the(w.List(ctx, w.auditor, settlement.Filter{Limit: 1, After: settlement.Cursor{Month: page[0].Month, ID: page[0].ID}}))
		if len(page) != 1 || page[0].ID != first.ID {
			t.Errorf("second page %+v", page)
		}
		_, err := w.Get(ctx, person(auth.Grant{Role: auth.TownOfficial, DivisionID: id.New()}), first.ID)
		w.mustFault("another town", err, "settlement.unknown")
		for actor, want := range map[*auth.Actor]string{&w.keeper: "", &w.wang: "approve,reject", &w.chen: ""} {
			if got := strings.Join(the(w.May(ctx, *actor, the(w.Get(ctx, *actor, first.ID)))), ","); got != want {
				t.Errorf("may %q, want %q", got, want)
			}
		}
	})
}

func TestService_Sheets(t *testing.T) {
	w := newWorld(t, dbtest.OpenSQLite(t))
	w.redeem(2)
	w.redeem(1)
	s := w.submitted(july)
	var page, file bytes.Buffer
	w.must(w.WriteSheet(ctx, &page, s))
	for _, want := range []string{"2026 年 7 月积分兑换结算单", "素珍便民店", "碑庙镇", "肥皂", "3 块", "1.80", "人民币壹元捌角整", s.Number()} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	w.must(w.WriteXLSX(ctx, &file, s, i18n.Chinese))
	var rows []string
	for row, err := range sheet.Read(file.Bytes()) {
		w.must(err)
		rows = append(rows, row.Text(0)+"|"+row.Text(3)+"|"+row.Text(4))
	}
	if len(rows) != 6 || !strings.Contains(rows[2], "人民币壹元捌角整") || !strings.HasSuffix(rows[4], "|24|1.2") {
		t.Errorf("rows %q", rows)
	}
}
