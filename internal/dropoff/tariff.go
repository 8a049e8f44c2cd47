package dropoff

import (
	"database/sql"
	"math/bits"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// How an item is priced.
const (
	PerKg    = "per_kg"
	PerCount = "per_count"
	PerGrade = "per_grade"
)

// The grades of a graded pick-up: 优, 良, 一般, 差.
const (
	Excellent = "excellent"
	Good      = "good"
	Fair      = "fair"
	Poor      = "poor"
)

// AllCategories stands for all classes together in caps and rollups.
const AllCategories = "*"

// Categories are the classes of GB/T 19095-2019 §4: 厨余, 可回收物, 有害, 其他.
var Categories = []string{"food", "recyclable", "hazardous", "residual"}

// Tariff is one version of the points standard of a division, in force from a
// day until a later version's day.
type Tariff struct {
	ID         id.ID
	DivisionID id.ID
	Version    int // 1, 2, … within the division
	ValidFrom  calendar.Day
	Note       string
	Rules      []Rule
	Caps       []Cap
}

// Rule prices one item.
type Rule struct {
	Item     string // food, recyclable.plastic, bag …
	Category string
	NameZh   string
	NameEn   string
	Basis    string
	Points   points.Points // per kg, or per PerCount pieces
	PerCount int64
	Grades   Grades

	// When its points count: division.AtOnce, division.AfterReview, or after an
	// objection period of so many days. NULL: as the setting of its class says.
	Crediting sql.NullInt64
}

// Grades are the points of a graded pick-up.
type Grades struct{ Excellent, Good, Fair, Poor points.Points }

// Cap bounds what a household can earn in a period.
type Cap struct {
	Period   string // day, month, year
	Category string // or AllCategories
	Points   points.Points
}

func isGrade(grade string) bool {
	return slices.Contains([]string{Excellent, Good, Fair, Poor}, grade)
}

// Rule returns the rule of an item.
func (t *Tariff) Rule(item string) (Rule, bool) {
	i := slices.IndexFunc(t.Rules, func(r Rule) bool { return r.Item == item })
	if i < 0 {
		return Rule{}, false
	}
	return t.Rules[i], true
}

// Name returns what people call the item.
func (r Rule) Name(english bool) string {
	if english {
		return r.NameEn
	}
	return r.NameZh
}

// price returns what an item earns before caps, rounded half up to a hundredth.
// It returns a Refused fault if what the rule goes by was not given:
// "drop_off.weight_missing", "drop_off.pieces_missing" or
// "drop_off.grade_missing".
func (r Rule) price(in ItemInput) (points.Points, *fault.Fault) {
	switch r.Basis {
	case PerKg:
		if in.Grams == nil {
			return 0, fault.New(fault.Refused, "drop_off.weight_missing").At("/grams")
		}
		return share(r.Points, *in.Grams, 1000), nil
	case PerCount:
		if in.Pieces == nil {
			return 0, fault.New(fault.Refused, "drop_off.pieces_missing").At("/pieces")
		}
		return share(r.Points, *in.Pieces, r.PerCount), nil
	default:
		return r.Grades.of(in.Grade)
	}
}

func (g Grades) of(grade string) (points.Points, *fault.Fault) {
	switch grade {
	case Excellent:
		return g.Excellent, nil
	case Good:
		return g.Good, nil
	case Fair:
		return g.Fair, nil
	case Poor:
		return g.Poor, nil
	}
	return 0, fault.New(fault.Refused, "drop_off.grade_missing").At("/grade")
}

// share returns amount × n ÷ per, rounded half up. None of them is negative;
// the product may pass 64 bits.
func share(amount points.Points, n, per int64) points.Points {
	hi, lo := bits.Mul64(uint64(amount), uint64(n))
	lo, carry := bits.Add64(lo, uint64(per/2), 0)
	quotient, _ := bits.Div64(hi+carry, lo, uint64(per))
	return points.Points(quotient)
}

// cut spreads what caps take away over the items, in their order, and says
// which kind of cap took last. earned returns what already counts against a cap.
func (t *Tariff) cut(items []Item, earned func(Cap) points.Points) (points.Points, string) {
	var total points.Points
	var by string
	kept := make([]points.Points, len(t.Caps))
	for i := range items {
		item := &items[i]
		allowed := item.Earned
		for k, c := range t.Caps {
			if c.Category != AllCategories && c.Category != item.Category {
				continue
			}
			left := max(0, c.Points-earned(c)-kept[k])
			if left < allowed {
				allowed, by = left, c.Period
			}
		}
		for k, c := range t.Caps {
			if c.Category == AllCategories || c.Category == item.Category {
				kept[k] += allowed
			}
		}
		item.Cut = item.Earned - allowed
		total += item.Cut
	}
	return total, by
}
