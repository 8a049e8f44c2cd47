package demo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/demo"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
)

// small is a town that loads in a few seconds.
var small = demo.Options{Households: 144}

// house is a loaded demo and the services that read it.
type house struct {
	t *testing.T
	demo.Services
	logins      demo.Logins
	collection  *collection.Service
	dropOffs    *dropoff.Service
	redemptions *redemption.Service
	reports     *report.Service
	intake      *intake.Service
	now         func() calendar.Micros
	today       calendar.Day
}

func newServices(t *testing.T, db *database.DB) demo.Services {
	t.Helper()
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	divisions := division.New(db, calendar.Shanghai)
	return demo.Services{
		DB: db, Keys: keys, Zone: calendar.Shanghai, Divisions: divisions,
		Sealer: ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts),
		Auth:   auth.New(db, divisions, auth.Config{LoginAttempts: 5, AddressAttempts: 50, LoginWindow: time.Minute, SessionIdle: time.Hour}),
		Households: household.New(db, divisions, keys, household.Config{
			Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute,
		}),
	}
}

// load loads a demo that lives at the options' time, and reads it at that time.
func load(t *testing.T, db *database.DB, o demo.Options) *house {
	t.Helper()
	h := &house{t: t, Services: newServices(t, db)}
	var err error
	if h.logins, err = demo.Load(t.Context(), h.Services, o); err != nil {
		t.Fatal(err)
	}
	h.now = calendar.Now
	if o.Now != 0 {
		h.now = func() calendar.Micros { return o.Now }
	}
	h.today = calendar.DayOf(h.now(), calendar.Shanghai)
	h.collection = collection.New(db, h.Divisions, calendar.Shanghai)
	h.dropOffs = dropoff.New(db, h.Divisions, calendar.Shanghai)
	t.Cleanup(h.dropOffs.Close)
	h.redemptions = redemption.New(db, h.Divisions, h.Households, calendar.Shanghai)
	t.Cleanup(h.redemptions.Close)
	h.reports = report.New(db, h.Divisions, calendar.Shanghai)
	h.intake = intake.New(intake.Services{DB: db, Auth: h.Auth, Divisions: h.Divisions, Households: h.Households, Collection: h.collection})
	t.Cleanup(h.intake.Close)
	for _, service := range []interface{ RunAt(func() calendar.Micros) }{h.collection, h.dropOffs, h.redemptions, h.reports} {
		service.RunAt(h.now)
	}
	return h
}

// as signs in as the first user of a role.
func (h *house) as(role auth.Role) auth.Actor {
	h.t.Helper()
	i := slices.IndexFunc(h.logins.Users, func(u demo.Login) bool { return u.Role == role })
	if i < 0 {
		h.t.Fatalf("there is no log-in for %s", role)
	}
	u := h.logins.Users[i]
	_, session, err := h.Auth.SignIn(h.t.Context(), auth.SignIn{Login: u.Login, Password: u.Password, Address: "192.0.2.1"})
	if err != nil {
		h.t.Fatalf("sign in as %s: %v", u.Login, err)
	}
	return session.Actor
}

// mustHold checks everything there is to recompute.
func (h *house) mustHold() {
	h.t.Helper()
	ctx := h.t.Context()
	r, err := proof.Verify(ctx, h.DB)
	if err != nil || !r.Clean() {
		h.t.Errorf("verify: %v, %v", err, r)
	}
	err = h.DB.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		differences, err := collection.CheckMonths(ctx, tx)
		if len(differences) > 0 {
			h.t.Errorf("months of tickets differ: %v", differences)
		}
		months, monthsErr := report.RollupMonths(ctx, tx)
		for _, month := range months {
			differences, err := report.CheckRollups(ctx, tx, month)
			if err != nil || len(differences) > 0 {
				h.t.Errorf("rollups of %s: %v, %v", month, err, differences)
			}
		}
		if err == nil {
			err = monthsErr
		}
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
}

// reduction is the report of a month by the name of the village.
func (h *house) reduction(month calendar.Month) map[string]report.Row {
	h.t.Helper()
	r, err := h.reports.Reduction(h.t.Context(), h.as(auth.DistrictOfficial), report.Query{From: month, To: month})
	if err != nil {
		h.t.Fatal(err)
	}
	rows := map[string]report.Row{"": *r.Total}
	for _, row := range r.Rows {
		rows[row.Division.Name] = row
	}
	return rows
}

func TestLoad(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := load(t, db, small)
		h.mustHold()
		t.Run("Reduction", func(t *testing.T) { testReduction(t, h) })
		t.Run("Pages", func(t *testing.T) { testPages(t, h) })
		t.Run("Closings", func(t *testing.T) { testClosings(t, h) })
		t.Run("Shown", func(t *testing.T) { testShown(t, h) })
		if state, err := demo.StateOf(t.Context(), h.Services); err != nil || state != demo.Loaded {
			t.Errorf("state %v, %v; want loaded", state, err)
		}
		if _, err := demo.Load(t.Context(), h.Services, small); err != demo.ErrNotEmpty {
			t.Errorf("loaded twice: %v", err)
		}
	})
}

// testReduction: of the last whole month the report has a village above the
// target, two below, and three without a figure, each for another reason.
func testReduction(t *testing.T, h *house) {
	rows := h.reduction(h.today.Month().AddMonths(-1))
	if r := rows["青松村"].Reduction; r.State != report.OK || !rows["青松村"].Reached || r.Value() > 0.45 {
		t.Errorf("青松村 %s, want 30 to 45 %%", r.Text())
	}
	for _, name := range []string{"石桥村", "柳溪村"} {
		if r := rows[name].Reduction; r.State != report.OK || rows[name].Reached || r.Value() < 0.05 {
			t.Errorf("%s %s, want 5 to 30 %%", name, r.Text())
		}
	}
	for name, want := range map[string]string{
		"高坪村": "report.no_baseline", "双井村": "report.few_tickets", "竹园村": "report.baseline_unsigned",
	} {
		if r := rows[name].Reduction; r.State == report.OK || r.Reason.Code != want {
			t.Errorf("%s %s %v, want %s", name, r.Text(), r.Reason, want)
		}
	}
	if total := rows[""]; total.Reduction.State != report.OK || total.VillagesCounted != 3 || total.VillagesReached != 1 {
		t.Errorf("total %+v", total)
	}
	if !rows["柳溪村"].Estimated {
		t.Error("no ticket of 柳溪村 comes from buckets")
	}
	for name, row := range rows {
		if p := row.Participation; p.State != report.OK || p.Value() < 0.2 || p.Value() > 1 {
			t.Errorf("participation of %q is %s", name, p.Text())
		}
		if d := row.Diverted; d.State == report.OK && (d.Value() < 0.05 || d.Value() > 0.5) {
			t.Errorf("diverted share of %q is %s", name, d.Text())
		}
	}
}

// testPages: whoever signs in has something to look at.
func testPages(t *testing.T, h *house) {
	ctx := t.Context()
	must := func(what string, n int, err error) {
		t.Helper()
		if err != nil || n == 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	cleaner := h.as(auth.Cleaner)
	list, totals, err := h.dropOffs.List(ctx, cleaner, dropoff.Filter{Day: h.today, Limit: 100})
	must("the cleaner's day", int(totals.DropOffs), err)
	if !slices.ContainsFunc(list, func(d *dropoff.DropOff) bool { return d.Status == dropoff.Reversed }) {
		t.Error("the cleaner has taken nothing back today")
	}
	points, _, _, err := h.collection.Points(ctx, cleaner, collection.PointFilter{Limit: 10})
	must("collection points", len(points), err)

	cadre := h.as(auth.Cadre)
	waiting, err := h.dropOffs.Waiting(ctx, cadre, id.ID{}, id.ID{}, 10)
	must("reviews", len(waiting), err)
	if !slices.ContainsFunc(waiting, func(d *dropoff.DropOff) bool { return d.Items[0].PhotoID.Valid }) {
		t.Error("no photo to review")
	}

	shop := cleanerShop(h)
	goods, err := h.redemptions.GoodsOf(ctx, h.as(auth.Shopkeeper), shop)
	must("goods", len(goods), err)
	for what, is := range map[string]func(redemption.Goods) bool{
		"sold out":       func(g redemption.Goods) bool { return g.Stock == 0 },
		"hidden":         func(g redemption.Goods) bool { return !g.Active },
		"dearer to come": func(g redemption.Goods) bool { return len(g.Later) > 0 },
	} {
		if !slices.ContainsFunc(goods, is) {
			t.Errorf("no goods are %s", what)
		}
	}
	official := h.as(auth.TownOfficial)
	methods, redeemed := map[string]bool{}, 0
	for day := h.today.AddDays(-100); day <= h.today; day = day.Next() {
		done, _, err := h.redemptions.List(ctx, official, redemption.Filter{Day: day, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range done {
			methods[r.ConfirmMethod+" "+r.Status] = true
		}
		redeemed += len(done)
	}
	must("redemptions", redeemed, nil)
	for _, want := range []string{"pin posted", "photo posted", "cadre posted", "none posted", "none reversed"} {
		if !methods[want] {
			t.Errorf("no redemption is %s, only %v", want, methods)
		}
	}

	settlements := settlement.New(h.DB, h.Divisions, h.Zone)
	defer settlements.Close()
	for state, want := range map[settlement.State]int{settlement.Paid: 5, settlement.Submitted: 1} {
		if list, err := settlements.List(ctx, official, settlement.Filter{State: state, Limit: 10}); err != nil || len(list) != want {
			t.Errorf("%d settlements are %s, want %d, %v", len(list), state, want, err)
		}
	}
	imports, _, err := h.intake.List(ctx, official, intake.Cursor{}, 50)
	must("imports", len(imports), err)
	users, _, err := h.Auth.Users(ctx, official, auth.UserFilter{Limit: 50})
	must("users", len(users), err)
	keys, err := h.Auth.APIKeys(ctx, h.as(auth.Administrator))
	must("keys", len(keys), err)
	closed, _, err := h.Households.List(ctx, official, household.Filter{Closed: true, Limit: 10})
	must("closed households", len(closed), err)
	records, _, err := h.Auth.AuditLog(ctx, h.as(auth.Auditor), auth.RecordFilter{Limit: 10})
	must("audit log", len(records), err)
	activity, err := h.reports.Activity(ctx, official, report.ActivityQuery{From: h.today.Month().AddMonths(-3), To: h.today.Month()})
	must("activity", len(activity), err)

	states := map[report.BaselineState]bool{}
	baselines, _, _, err := h.reports.Baselines(ctx, official, report.BaselineFilter{Limit: 200})
	must("baselines", len(baselines), err)
	for _, b := range baselines {
		states[b.State] = true
	}
	if !states[report.Draft] || !states[report.Locked] || !states[report.Signed] {
		t.Errorf("baselines are %v", states)
	}
	tickets, _, err := h.collection.WeighIns(ctx, official, collection.Filter{Limit: 5000})
	must("tickets", len(tickets), err)
	months := map[calendar.Month]bool{}
	corrected := map[string]bool{}
	for _, w := range tickets {
		months[w.From.Month()] = true
		if w.Version > 1 {
			corrected[fmt.Sprint("void ", w.Void)] = true
		}
	}
	if len(months) < 15 || len(corrected) != 2 {
		t.Errorf("tickets of %d months, corrected %v", len(months), corrected)
	}
}

// testClosings: two months are closed, and what came late is in the restated
// figures of the first; the third cannot be closed yet.
func testClosings(t *testing.T, h *house) {
	ctx, official := t.Context(), h.as(auth.TownOfficial)
	closings := closing.New(h.DB, h.Divisions, h.Zone, closing.Sources{Figures: h.reports.MonthFigures})
	closings.RunAt(h.now)
	town := official.Grants[0].DivisionID
	months, err := closings.Months(ctx, official, town)
	if err != nil || len(months) != 3 {
		t.Fatalf("%d months, %v", len(months), err)
	}
	for i, want := range []closing.State{closing.Open, closing.Closed, closing.Closed} {
		if months[i].State != want {
			t.Errorf("%s is %s, want %s", months[i].Month, months[i].State, want)
		}
	}
	changed := func(m calendar.Month, village, name string) int64 {
		t.Helper()
		found, err := closings.Month(ctx, official, town, m)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found.Villages {
			if v.Village.Name == village {
				return v.Restated[name] - v.Recorded[name]
			}
		}
		t.Fatalf("no figures of %s", village)
		return 0
	}
	last, first := months[1].Month, months[2].Month
	if n := changed(first, "石桥村", "visits"); n != 6 {
		t.Errorf("%d drop-offs came late, want 6", n)
	}
	for village, name := range map[string]string{"石桥村": "closing", "青松村": "visits"} {
		if n := changed(first, village, name); n != 0 {
			t.Errorf("%s of %s changed by %d after the closing", name, village, n)
		}
	}
	if n := changed(last, "石桥村", "visits"); n != 0 {
		t.Errorf("%d drop-offs of %s came late, want none", n, last)
	}
	open, err := closings.Month(ctx, official, town, months[0].Month)
	if err != nil || !slices.ContainsFunc(open.Blockers, func(b closing.Blocker) bool { return b.Kind == closing.Unsettled }) {
		t.Errorf("in the way of %s: %v, %v", months[0].Month, open.Blockers, err)
	}
}

// cleanerShop is the shop of the first village.
func cleanerShop(h *house) id.ID { return h.as(auth.Shopkeeper).Grants[0].ShopID }

// testShown: the card that is printed at start opens its household's page.
func testShown(t *testing.T, h *house) {
	ctx := t.Context()
	if !strings.HasPrefix(h.logins.Door, "青松村 1组") {
		t.Errorf("the card is of %q", h.logins.Door)
	}
	card, err := h.Households.SignIn(ctx, h.logins.Card, demo.PIN, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	account := ledger.HouseholdAccount(card.HouseholdID, card.VillageID)
	balance, err := ledger.BalanceOf(ctx, h.DB.Read, account)
	if err != nil || balance < 500_00 {
		t.Errorf("balance %s, %v", balance, err)
	}
	again, err := demo.LoginsOf(ctx, h.Services)
	if err != nil || again.Card != h.logins.Card || len(again.Users) != 8 {
		t.Errorf("the log-ins read again: %+v, %v", again, err)
	}
}

// The town can be loaded on any day, at any hour.
func TestLoad_AnyDay(t *testing.T) {
	for _, at := range []string{
		"2028-02-29T00:02:00+08:00", // nearly nothing of the day has been
		"2027-01-01T07:30:00+08:00", // the first of a year, the round half done
	} {
		t.Run(at, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			o := small
			o.Now = calendar.MicrosOf(now)
			h := load(t, dbtest.OpenSQLite(t), o)
			h.mustHold()
			testReduction(t, h)
			testClosings(t, h)
		})
	}
}

// The same seed gives the same figures, another seed others.
func TestLoad_Seed(t *testing.T) {
	o := small
	o.Now = calendar.MicrosOf(time.Date(2026, 7, 14, 9, 0, 0, 0, calendar.Shanghai))
	first, again := figures(t, o), figures(t, o)
	if first != again {
		t.Errorf("the same seed gave\n%s\nand\n%s", first, again)
	}
	o.Seed = 7
	if other := figures(t, o); other == first {
		t.Error("another seed gave the same figures")
	}
}

// figures writes what the reports say of a fresh town.
func figures(t *testing.T, o demo.Options) string {
	h := load(t, dbtest.OpenSQLite(t), o)
	var b strings.Builder
	for month := h.today.Month().AddMonths(-3); month <= h.today.Month(); month = month.Next() {
		rows := h.reduction(month)
		for _, name := range []string{"青松村", "石桥村", "柳溪村", "高坪村", "双井村", "竹园村"} {
			row := rows[name]
			fmt.Fprintln(&b, month, name, row.Reduction.Text(), row.DisposalGrams, row.FoodGrams, row.PersonDays, row.ParticipatingHouseholds)
		}
	}
	activity, err := h.reports.Activity(t.Context(), h.as(auth.TownOfficial), report.ActivityQuery{
		From: h.today.Month().AddMonths(-3), To: h.today.Month(), Level: division.Town,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range activity {
		fmt.Fprintln(&b, row.Month, row.Category, row.DropOffs, row.Grams, row.Points)
	}
	goods, err := h.redemptions.GoodsOf(t.Context(), h.as(auth.Shopkeeper), cleanerShop(h))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range goods {
		fmt.Fprintln(&b, g.Name, g.Stock)
	}
	return b.String()
}

// A database with something in it is left alone.
func TestStateOf(t *testing.T) {
	s := newServices(t, dbtest.OpenSQLite(t))
	if state, err := demo.StateOf(t.Context(), s); err != nil || state != demo.Empty {
		t.Errorf("state %v, %v; want empty", state, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := small
	o.Progress = func(doing string) {
		if doing == "the roster" {
			cancel()
		}
	}
	if _, err := demo.Load(ctx, s, o); err == nil {
		t.Fatal("an interrupted load is not an error")
	}
	if state, err := demo.StateOf(t.Context(), s); err != nil || state != demo.Partial {
		t.Errorf("state %v, %v; want partial", state, err)
	}
	other := newServices(t, dbtest.OpenSQLite(t))
	if _, err := other.Auth.CreateFirstAdministrator(t.Context(), "chen", "陈明", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if state, err := demo.StateOf(t.Context(), other); err != nil || state != demo.Other {
		t.Errorf("state %v, %v; want other", state, err)
	}
}
