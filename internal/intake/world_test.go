package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
)

var (
	ctx    = context.Background()
	system = auth.SystemActor("test")
)

// world is a district with two towns; both have a village called 大河村.
type world struct {
	intake.Services
	service *intake.Service
	keys    *household.Keys
	village id.ID // 青竹湾村, 511702101201, with groups 1 to 3
	cadre   auth.Actor
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{keys: keys}
	w.Services = services(db, keys)
	w.service = w.instance(t)
	for _, d := range []struct {
		level division.Level
		code  string
		name  string
	}{
		{division.District, "511702", "通川区"}, {division.Town, "511702101", "罗江镇"}, {division.Town, "511702102", "蒲家镇"},
		{division.Village, "511702101201", "青竹湾村"}, {division.Village, "511702101202", "大河村"}, {division.Village, "511702102201", "大河村"},
	} {
		made := w.division(t, division.NewDivision{Level: d.level, Code: d.code, Name: d.name})
		if d.code == "511702101201" {
			w.village = made
		}
	}
	for i := range 3 {
		w.division(t, division.NewDivision{Level: division.Group, ParentID: w.village, Name: fmt.Sprintf("%d组", i+1)})
	}
	w.cadre = w.user(t, auth.Cadre, w.village)
	return w
}

func services(db *database.DB, keys *household.Keys) intake.Services {
	divisions := division.New(db, calendar.Shanghai)
	return intake.Services{
		DB: db, Divisions: divisions, Collection: collection.New(db, divisions, calendar.Shanghai),
		Auth:       auth.New(db, divisions, auth.Config{LoginAttempts: 5, AddressAttempts: 5, LoginWindow: time.Minute, SessionIdle: time.Hour}),
		Households: household.New(db, divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 5, PINWindow: time.Minute}),
	}
}

// instance starts an instance of the service on the world's database.
func (w *world) instance(t testing.TB) *intake.Service {
	s := intake.New(w.Services)
	t.Cleanup(s.Close)
	return s
}

func (w *world) division(t testing.TB, in division.NewDivision) id.ID {
	t.Helper()
	in.ID = id.New()
	d, _, err := w.Divisions.Create(ctx, system, in)
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func (w *world) user(t testing.TB, role auth.Role, place id.ID) auth.Actor {
	t.Helper()
	user, _, err := w.Auth.CreateUser(ctx, system, auth.NewUser{
		ID: id.New(), Login: "u" + id.New().String(), Name: "陈永强", Kind: auth.Machine, Role: auth.RoleInput{Role: role, DivisionID: place},
	})
	if err != nil {
		t.Fatal(err)
	}
	return auth.Actor{ID: user.ID, Name: user.Name, Kind: auth.Person, Grants: user.Grants, RequestID: "test"}
}

// settled waits until an import has come to rest and returns it.
func (w *world) settled(t testing.TB, importID id.ID) intake.Import {
	t.Helper()
	for range 2000 {
		imp, err := w.service.Get(ctx, system, importID)
		if err != nil {
			t.Fatal(err)
		}
		if imp.State != intake.Checking && imp.State != intake.Applying {
			return imp
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the import never came to rest")
	return intake.Import{}
}

// upload uploads a roster as the actor and waits for the check.
func (w *world) upload(t testing.TB, actor auth.Actor, kind intake.Kind, file []byte) intake.Import {
	t.Helper()
	imp, _, err := w.service.Create(ctx, actor, intake.Upload{ID: id.New(), Kind: kind, FileName: "a.xlsx", File: file})
	if err != nil {
		t.Fatal(err)
	}
	return w.settled(t, imp.ID)
}

func (w *world) apply(t testing.TB, actor auth.Actor, importID id.ID, mode intake.Mode) intake.Import {
	t.Helper()
	if _, err := w.service.Apply(ctx, actor, importID, mode); err != nil {
		t.Fatal(err)
	}
	return w.settled(t, importID)
}

func (w *world) rows(t testing.TB, importID id.ID, verdict intake.Verdict) []intake.Row {
	t.Helper()
	rows, more, err := w.service.Rows(ctx, system, importID, verdict, 0, 1000)
	if err != nil || more {
		t.Fatal(more, err)
	}
	return rows
}

func (w *world) count(t testing.TB, query string) (n int) {
	t.Helper()
	if err := w.DB.Read.Raw(query).Row().Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// csvFile returns a roster as CSV.
func csvFile(lines ...string) []byte {
	var b bytes.Buffer
	b.WriteString("村编码或村名,组,门牌号,户主姓名,人口数,电话\r\n")
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	return b.Bytes()
}

func gbk(t testing.TB, text []byte) []byte {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// xlsxFile returns rows as a workbook, after giving it to edit.
func xlsxFile(t testing.TB, edit func(*excelize.File), rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if edit != nil {
		edit(f)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
