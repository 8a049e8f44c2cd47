package expiry_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/id"
	"hufen/internal/points"
)

var errDied = errors.New("the process died")

// event is something that happened to a household's points.
type event struct {
	id       id.ID
	points   points.Points // below zero where spent or run out
	on       calendar.Day
	undone   points.Points // of it, taken back
	reversed bool
}

// paper is a household as a careful child keeps it: every event, and lots cut
// anew from the first one each time somebody asks.
type paper struct {
	*house
	events []*event
	used   calendar.Day
	gone   map[calendar.Day]bool // lots that ran out, or were looked at
}

func (p *paper) held() (sum points.Points) {
	for _, e := range p.events {
		sum += e.points - e.undone
	}
	return sum
}

// left cuts the lots: each award is one, each spending takes from the oldest. An
// event that was taken back never was.
func (p *paper) left(through calendar.Day) (sum points.Points) {
	type lot struct {
		on   calendar.Day
		left points.Points
	}
	var lots []lot
	var debt points.Points // spent from awards that never were
	for _, e := range p.events {
		net := e.points - e.undone
		if net > 0 {
			lots = append(lots, lot{e.on, net})
		} else {
			debt -= net
		}
		for i := range lots {
			paid := min(debt, lots[i].left)
			lots[i].left -= paid
			debt -= paid
		}
	}
	for _, l := range lots {
		if l.on <= through {
			sum += l.left
		}
	}
	return sum
}

func date(day calendar.Day) time.Time {
	return time.Date(int(day/10000), time.Month(day/100%100), int(day%100), 0, 0, 0, 0, time.UTC)
}

// monthsLater counts months on the fingers.
func monthsLater(day calendar.Day, months int) calendar.Day {
	later := date(day).AddDate(0, months, 0)
	if later.Day() != date(day).Day() { // it rolled over into the next month
		later = later.AddDate(0, 0, -later.Day())
	}
	return calendar.NewDay(later.Year(), later.Month(), later.Day())
}

// programme is a village with its rule.
type programme struct {
	mode   expiry.Mode
	months int
	from   calendar.Day
	houses []*paper
	done   calendar.Day
}

// run does what the job has to do on a day, and counts the lots that run out.
func (m *programme) run(today calendar.Day) (ranOut int) {
	if m.mode == expiry.Idle {
		if m.done == calendar.NewDay(date(today).Year(), date(today).Month(), date(today).Day()-1) {
			return 0
		}
		m.done = today.AddDays(-1)
		for _, p := range m.houses {
			day := monthsLater(max(p.used, m.from), m.months)
			if held := p.held(); held > 0 && day < today && !p.gone[day] {
				p.gone[day] = true
				p.events = append(p.events, &event{points: -held, on: today, reversed: true})
				ranOut++
			}
		}
		return ranOut
	}
	first := date(m.from).Year()
	if m.from%10000 != 101 {
		first++
	}
	var day calendar.Day
	var end calendar.Day
	for year := first; ; year++ {
		runsOut := calendar.NewDay(year, time.Month(13+m.months), 0)
		if runsOut >= today {
			break
		}
		day, end = runsOut, calendar.NewDay(year, 12, 31)
	}
	if day == 0 || m.done == day {
		return 0
	}
	m.done = day
	for _, p := range m.houses {
		if left := p.left(end); left > 0 {
			p.events = append(p.events, &event{points: -left, on: today, reversed: true})
			ranOut++
		}
	}
	return ranOut
}

// Random years of three households under a random rule end where the plain model
// says, whatever is awarded, spent and taken back in between.
func TestRandomYears(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		operations, ranOut := 0, 0
		start := w.now
		rapid.Check(t, func(rt *rapid.T) {
			w.now = start
			village := w.village()
			m := &programme{mode: expiry.YearEnd, months: rapid.IntRange(0, 12).Draw(rt, "grace"), from: w.today().AddDays(rapid.IntRange(0, 400).Draw(rt, "from"))}
			if rapid.Bool().Draw(rt, "idle") {
				m.mode, m.months = expiry.Idle, rapid.IntRange(1, 14).Draw(rt, "months")
			}
			w.rule(village, m.mode, m.months, m.from)
			for range 3 {
				m.houses = append(m.houses, &paper{house: w.house(village), gone: map[calendar.Day]bool{}})
			}
			choose := func(rt *rapid.T) *paper { operations++; return m.houses[rapid.IntRange(0, 2).Draw(rt, "house")] }
			pick := func(rt *rapid.T, p *paper, sign points.Points) *event {
				var open []*event
				for _, e := range p.events {
					if !e.reversed && e.points*sign > 0 {
						open = append(open, e)
					}
				}
				if len(open) == 0 {
					return nil
				}
				return open[rapid.IntRange(0, len(open)-1).Draw(rt, "event")]
			}
			rt.Repeat(map[string]func(*rapid.T){
				"award": func(rt *rapid.T) {
					p, amount := choose(rt), points.Points(rapid.IntRange(1, 1000).Draw(rt, "points"))
					p.events = append(p.events, &event{id: p.award(amount), points: amount, on: w.today()})
					p.used = w.today()
				},
				"spend": func(rt *rapid.T) {
					p := choose(rt)
					if p.held() == 0 {
						return
					}
					amount := points.Points(rapid.Int64Range(1, int64(p.held())).Draw(rt, "points"))
					p.events = append(p.events, &event{id: p.spend(amount), points: -amount, on: w.today()})
					p.used = w.today()
				},
				"unaward": func(rt *rapid.T) {
					p := choose(rt)
					if e := pick(rt, p, 1); e != nil {
						e.undone, e.reversed = p.unaward(e.id, e.points), true
					}
				},
				"unspend": func(rt *rapid.T) {
					p := choose(rt)
					if e := pick(rt, p, -1); e != nil {
						p.unspend(e.id, -e.points)
						e.undone, e.reversed = e.points, true
						p.used = w.today()
					}
				},
				"wait": func(rt *rapid.T) {
					operations++
					w.day(w.today().AddDays(rapid.SampledFrom([]int{1, 1, 20, 60, 200}).Draw(rt, "days")))
				},
				"run": func(rt *rapid.T) {
					operations++
					if _, err := w.Run(ctx); err != nil { // in the villages of earlier sequences too
						rt.Fatal(err)
					}
					ranOut += m.run(w.today())
				},
				"": func(rt *rapid.T) {
					for _, p := range m.houses {
						if held := p.balance(); held != p.held() {
							rt.Fatalf("%s: %s are there, the model says %s", w.today(), held, p.held())
						}
					}
				},
			})
		})
		t.Logf("%d operations, %d lots ran out", operations, ranOut)
		if ranOut == 0 {
			t.Error("nothing ever ran out")
		}
		w.mustVerify()
	})
}
