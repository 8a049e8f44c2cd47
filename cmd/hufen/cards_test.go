package main

import (
	"strings"
	"testing"

	"hufen/internal/app"
	"hufen/internal/auth"
	"hufen/internal/config"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

func TestCards(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun("", "migrate")
		p.settle("610204107201")
		page := p.mustRun("", "cards", "--village", "610204107201", "--group", "3组")
		for _, want := range []string{"<svg", "12 号", "<style>"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %s on the sheet", want)
			}
		}
		if strings.Contains(page, "张建芳") {
			t.Error("the sheet has a name")
		}
		if again := p.mustRun("", "cards", "--village", "610204107201"); !strings.Contains(again, code(t, page)) {
			t.Error("printed again, the code is another")
		}
		for _, args := range [][]string{{"--village", "610204107999"}, {"--village", "610204107201", "--group", "9组"}} {
			if said, code := p.run("", append([]string{"cards"}, args...)...); code != exitFailed {
				t.Errorf("%v: exit code %d: %s", args, code, said)
			}
		}
	})
}

// code finds the address of the first card on a sheet.
func code(t *testing.T, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `class="code"`)
	if !found {
		t.Fatalf("no code on the sheet: %.2000s", page)
	}
	return rest[:24]
}

// settle makes a village with a group and a household.
func (p *machine) settle(village string) {
	p.t.Helper()
	environment := map[string]string{}
	for _, pair := range p.environment {
		name, value, _ := strings.Cut(pair, "=")
		environment[name] = value
	}
	c, err := config.From(environment)
	if err != nil {
		p.t.Fatal(err)
	}
	a, err := app.Open(p.t.Context(), c)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Close()
	actor := auth.SystemActor("test")
	var d division.Division
	for _, in := range []division.NewDivision{
		{Level: division.Province, Name: "陕西省", Code: village[:2]},
		{Level: division.City, Name: "铜川市", Code: village[:4]},
		{Level: division.District, Name: "耀州区", Code: village[:6]},
		{Level: division.Town, Name: "照金镇", Code: village[:9]},
		{Level: division.Village, Name: "杨山村", Code: village},
		{Level: division.Group, Name: "3组"},
	} {
		in.ID, in.ParentID = id.New(), d.ID
		if d, _, err = a.Divisions.Create(p.t.Context(), actor, in); err != nil {
			p.t.Fatal(err)
		}
	}
	_, _, err = a.Households.Register(p.t.Context(), actor, household.NewHousehold{
		ID: id.New(), DivisionID: d.ID, HouseNumber: "12号", HeadName: "张建芳", MemberCount: 4,
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
