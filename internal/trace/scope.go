package trace

import (
	"strings"

	"hufen/internal/auth"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

// place is a household or shop as far as the reader may know it.
type place struct {
	name string
	sees bool
}

// householdPlace reads a household once.
func (w *walk) householdPlace(householdID id.ID) place {
	if p, ok := w.labels[householdID]; ok {
		return p
	}
	var p place
	briefs, err := household.Briefs(w.ctx, w.tx, []id.ID{householdID})
	if brief, ok := briefs[householdID]; ok && err == nil {
		p.sees = w.actor.Covers(w.tree, brief.DivisionID, readers...)
		p.name = House(w.lang, w.tree.Name(brief.DivisionID), brief.HouseNumber)
	}
	if w.actor.Kind == auth.Household {
		p.sees = householdID == w.actor.HouseholdID
	}
	w.keep(householdID, p)
	return p
}

func (w *walk) keep(key id.ID, p place) {
	if w.labels == nil {
		w.labels = map[id.ID]place{}
	}
	w.labels[key] = p
}

func (w *walk) seesHousehold(householdID id.ID) bool { return w.householdPlace(householdID).sees }

// houseName names a household, or says that it is another one.
func (w *walk) houseName(householdID id.ID) string {
	p := w.householdPlace(householdID)
	if !p.sees || p.name == "" {
		return w.say("trace.other_household")
	}
	return p.name
}

// seesShop reports whether the reader may know what a shop was paid.
func (w *walk) seesShop(shopID, divisionID id.ID) bool {
	return w.actor.HasShop(shopID) || w.actor.Covers(w.tree, divisionID, payers...)
}

// seesEntry reports whether an entry exists for the reader: by one of its
// households, or by its shop.
func (w *walk) seesEntry(e *entry) bool {
	households := false
	for _, l := range e.lines {
		if l.kind == "household" || l.kind == "clawback" {
			households = true
			if w.seesHousehold(l.owner) {
				return true
			}
		}
		if l.kind == "payable" {
			if shop, err := w.shop(l.owner); err == nil && w.seesShop(shop.id, shop.divisionID) {
				return true
			}
		}
	}
	return !households && w.seesFact(e)
}

// seesFact decides about an entry without lines by the household of its fact.
func (w *walk) seesFact(e *entry) bool {
	householdID, err := w.one(`
		SELECT household_id FROM drop_offs WHERE id = ?`, e.id)
	for _, query := range []string{
		`SELECT d.household_id FROM drop_off_reviews v JOIN drop_offs d ON d.id = v.drop_off_id WHERE v.id = ?`,
		`SELECT household_id FROM household_changes WHERE id = ?`,
	} {
		if err == nil && householdID.IsZero() {
			householdID, err = w.one(query, e.id)
		}
	}
	if err != nil || householdID.IsZero() {
		return false
	}
	w.trace.HouseholdID = householdID
	return w.seesHousehold(householdID)
}

// person is a name as the reader may see it: households see staff masked.
func (w *walk) person(name string) []string {
	if name == "" {
		return nil
	}
	if w.actor.Kind == auth.Household {
		name = household.MaskName(name)
	}
	return []string{name}
}

func (w *walk) say(code string, kv ...any) string {
	args := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		args[kv[i].(string)] = kv[i+1]
	}
	return i18n.Sentence(w.lang, code, args)
}

// House writes where a household lives: 3组 12 号, Group 3, No. 12. A group or a
// house with a name of its own keeps it.
func House(lang i18n.Lang, division, houseNumber string) string {
	if group, numbered := strings.CutSuffix(division, "组"); numbered && digits(group) {
		division = i18n.Sentence(lang, "trace.group", map[string]any{"number": group})
	}
	if digits(houseNumber) {
		houseNumber = i18n.Sentence(lang, "trace.house", map[string]any{"number": houseNumber})
	}
	return division + " " + houseNumber
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
