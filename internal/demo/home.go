package demo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/points"
	"hufen/internal/sheet"
)

// home is a household: what the roster says of it, and its habits.
type home struct {
	id      id.ID
	village *village
	group   string
	number  string
	members int
	card    household.Code
	cardID  id.ID
	gone    calendar.Day // the first day it no longer lives there; 0: it does

	takesPart bool
	comes     float64 // visits a day
	brings    float64 // share of the kitchen waste
	care      float64 // 0 to 1: how well it separates
	joins     int     // days after the start
	saves     points.Points
	hasPIN    bool

	last    calendar.Day // of the last visit
	balance points.Points
}

// register imports the roster of the whole town, as the town hands it in, and
// reads back who got which id.
func (t *town) register(ctx context.Context) error {
	t.clock.set(t.at(t.first.AddDays(-16), 15, 20))
	var file bytes.Buffer
	if err := sheet.WriteCSV(&file, sheet.Rows(t.roster()...)); err != nil {
		return err
	}
	if err := t.importFile(ctx, intake.Households, "碑庙镇户册.csv", file.Bytes()); err != nil {
		return err
	}
	for _, v := range t.villages {
		if err := t.readIDs(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// importFile imports a file of the town; every row has to be right.
func (t *town) importFile(ctx context.Context, kind intake.Kind, name string, file []byte) error {
	result, err := t.intake.Run(ctx, t.official, kind, file, intake.Options{DivisionID: t.id, FileName: name, Mode: intake.AllRows})
	if err != nil && len(result.Wrong) > 0 {
		return fmt.Errorf("%w: row %d: %w", err, result.Wrong[0].Number, result.Wrong[0].Fault)
	}
	return err
}

// roster makes up the households of all villages.
func (t *town) roster() [][]any {
	rows := [][]any{{"村编码", "组", "门牌号", "户主姓名", "人口数", "电话", "起始日期"}}
	from := t.first.AddDays(-16)
	for i, v := range t.villages {
		dice := t.dice("roster", i)
		count := max(24, int(float64(v.profile.households)*t.share+0.5))
		for n := range count {
			h := v.makeUp(dice, n, count)
			v.homes = append(v.homes, h)
			rows = append(rows, []any{v.code, h.group, h.number, name(dice), h.members, phone(dice), from.String()})
		}
	}
	return rows
}

// familySizes are the shares of households with 1, 2, … people, in percent.
var familySizes = []int{12, 25, 22, 20, 13, 6, 2}

// makeUp makes up one household of a village.
func (v *village) makeUp(dice *rand.Rand, n, count int) *home {
	perGroup := (count + v.groups - 1) / v.groups
	h := &home{
		village: v, group: fmt.Sprintf("%d组", n/perGroup+1), number: fmt.Sprint(n%perGroup + 1), members: familySize(dice),
		takesPart: chance(dice, v.takesPart), comes: min(0.97, max(0.15, around(dice, v.comes, 0.12))),
		brings: min(0.95, max(0.1, around(dice, v.brings, 0.1))), care: dice.Float64(),
		saves: points.Points(200+100*dice.IntN(9)) * 100,
	}
	if chance(dice, 0.3) {
		h.joins = dice.IntN(25)
	}
	if h.isShown() {
		h.members, h.takesPart, h.comes, h.joins, h.care = 4, true, 0.9, 0, 0.9
	}
	h.hasPIN = h.isShown() || h.group == "1组" && n < 3 || v.story == plain && n == 5 // few: a PIN costs time
	return h
}

func (h *home) isShown() bool {
	return h.village.code == profiles[0].code && h.group == "1组" && h.number == shown
}

// lives reports whether the household is there on a day.
func (h *home) lives(day calendar.Day) bool { return h.gone == 0 || day < h.gone }

func familySize(dice *rand.Rand) int {
	left := dice.IntN(100)
	for i, share := range familySizes {
		if left -= share; left < 0 {
			return i + 1
		}
	}
	return len(familySizes)
}

func name(dice *rand.Rand) string {
	// The earlier a surname stands, the more people have it.
	surname := surnames[int(float64(len(surnames))*dice.Float64()*dice.Float64())]
	return string(surname) + given[dice.IntN(len(given))]
}

// phone makes up a number nobody has: no exchange of the area begins with 000.
func phone(dice *rand.Rand) string {
	if !chance(dice, 0.7) {
		return ""
	}
	return fmt.Sprintf("0818000%04d", dice.IntN(10000))
}

// readIDs finds the ids the import gave to a village's households.
func (t *town) readIDs(ctx context.Context, v *village) error {
	tree, err := t.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	byDoor := make(map[[2]string]*home, len(v.homes))
	for _, h := range v.homes {
		byDoor[[2]string{h.group, h.number}] = h
	}
	list, _, err := t.households.List(ctx, t.official, household.Filter{DivisionID: v.id, Limit: len(v.homes)})
	if err != nil {
		return err
	}
	for _, found := range list {
		if h := byDoor[[2]string{tree.Name(found.DivisionID), found.HouseNumber}]; h != nil {
			h.id = found.ID
		}
	}
	if i := slices.IndexFunc(v.homes, func(h *home) bool { return h.id.IsZero() }); i >= 0 {
		return fmt.Errorf("%s %s %s was not imported", v.name, v.homes[i].group, v.homes[i].number)
	}
	return nil
}

// issueCards gives every household its card, with the consent it signed, and a
// PIN to some.
func (t *town) issueCards(ctx context.Context) error {
	for i, v := range t.villages {
		dice := t.dice("cards", i)
		for _, h := range v.homes {
			in := household.NewCard{ID: newID(t.clock.now(), dice), HouseholdID: h.id, Consent: true}
			if h.hasPIN {
				in.PIN = PIN
			}
			card, _, err := t.households.Issue(ctx, v.cadre, in)
			if err != nil {
				return err
			}
			h.card, h.cardID = t.Keys.Code(card.ID, card.Version), card.ID
		}
	}
	return nil
}
