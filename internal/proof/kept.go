package proof

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/report"
)

// verifyKept recomputes what was kept of the reports when a month was closed, as
// it was known then: drop-offs, residual waste, person-days and rates.
//
// Every version of a ticket is kept with when it was recorded, and every signed
// baseline, so weights and reductions recompute exactly. A member count that
// another one replaced is not kept: a household of which a count was recorded
// since can have had any number of people from that count's day on, and all that
// can be said is between which bounds the sum was.
//
// Who closed and who recorded may have clocks that disagree. A figure that no
// clock within closing.Apart of the closing explains is found; one that only such
// a clock explains is a note.
func verifyKept(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	kept, err := closing.ReadKept(ctx, tx)
	if err != nil || len(kept) == 0 {
		return err
	}
	then := newAsThen(kept)
	if err := collection.EachResidualPart(ctx, tx, then.addTicket); err != nil {
		return err
	}
	if err := household.EachCounted(ctx, tx, then.addHousehold); err != nil {
		return err
	}
	bases, err := report.SignedBases(ctx, tx)
	if err != nil {
		return err
	}
	for _, k := range then.kept {
		k.VerifyCounted(r)
		k.verifySums(r)
		k.verifyReduction(r, bases[k.VillageID][int(k.Month.OfYear())])
		k.verifyParticipation(r)
	}
	return nil
}

// span is where a figure has to lie.
type span struct{ least, most int64 }

func (s span) String() string {
	if s.least == s.most {
		return fmt.Sprint(s.least)
	}
	return fmt.Sprintf("%d to %d", s.least, s.most)
}

func (s *span) add(least, most int64) { s.least, s.most = s.least+least, s.most+most }

func (s span) holds(value int64) bool { return value >= s.least && value <= s.most }

// spans are where a figure has to lie if all clocks agree, and if they do not.
type spans struct{ agreed, apart span }

// keptThen is a closing's village with what was known of it then.
type keptThen struct {
	*closing.Kept
	grams, personDays, households spans
}

// asThen are all closings, by village.
type asThen struct {
	kept     []*keptThen
	villages map[id.ID][]*keptThen
}

func newAsThen(kept []closing.Kept) *asThen {
	then := &asThen{villages: map[id.ID][]*keptThen{}}
	for i := range kept {
		k := &keptThen{Kept: &kept[i]}
		then.kept = append(then.kept, k)
		then.villages[k.VillageID] = append(then.villages[k.VillageID], k)
	}
	return then
}

func (then *asThen) addTicket(p collection.ResidualPart) {
	for _, k := range then.villages[p.VillageID] {
		if k.Month != p.Month {
			continue
		}
		add := func(s *span, apart time.Duration) {
			before, after := k.At.Add(-apart), k.At.Add(apart)
			if p.RecordedAt > after || p.ReplacedAt != 0 && p.ReplacedAt <= before {
				return
			}
			s.most += p.Grams
			if p.RecordedAt <= before && (p.ReplacedAt == 0 || p.ReplacedAt > after) {
				s.least += p.Grams
			}
		}
		add(&k.grams.agreed, 0)
		add(&k.grams.apart, closing.Apart)
	}
}

func (then *asThen) addHousehold(h *household.Counted) {
	for _, k := range then.villages[h.VillageID] {
		add := func(days, homes *span, apart time.Duration) {
			if h.OpenedAt > k.At.Add(apart) {
				return
			}
			known, since := knownBy(h, k.At.Add(-apart))
			d, n := countMonth(known, since, k.Month)
			days.add(d.least, d.most)
			homes.add(n.least, n.most)
		}
		add(&k.personDays.agreed, &k.households.agreed, 0)
		add(&k.personDays.apart, &k.households.apart, closing.Apart)
	}
}

// never is after all days.
const never calendar.Day = 9999_12_31

// knownBy returns the counts recorded by an instant, and the day from which on
// others may have stood there: the earliest of those recorded since.
func knownBy(h *household.Counted, at calendar.Micros) (known []household.RecordedCount, since calendar.Day) {
	for i, c := range h.Counts { // in the order of their days
		if c.RecordedAt > at {
			return h.Counts[:i], c.From
		}
	}
	return h.Counts, never
}

// countMonth returns the person-days of a household in a month, and whether it
// has people at its end. Days of one month are counted as numbers.
func countMonth(counts []household.RecordedCount, since calendar.Day, month calendar.Month) (personDays, homes span) {
	first, end := month.First(), month.Last()+1
	for i, c := range counts {
		until := min(since, end)
		if i+1 < len(counts) {
			until = min(until, counts[i+1].From)
		}
		if from := max(c.From, first); from < until {
			n := int64(c.Count) * int64(until-from)
			personDays.add(n, n)
			if until == end {
				homes.add(min(int64(c.Count), 1), min(int64(c.Count), 1))
			}
		}
	}
	if since < end {
		personDays.most += household.MostMembers * int64(end-max(since, first))
		homes.most++
	}
	return personDays, homes
}

// verifySums holds grams and person-days against what was known.
func (k *keptThen) verifySums(r *ledger.Report) {
	for _, name := range []string{"disposal_grams", "person_days"} {
		s := k.grams
		if name == "person_days" {
			s = k.personDays
		}
		was, ok := k.Figures[name]
		switch {
		case !ok || s.agreed.holds(was):
		case s.apart.holds(was):
			r.Note("closing %s: %s of %s says %d, by the clocks %s was known; what was recorded within a week of it can be why", k.ActID, name, k.VillageID, was, s.agreed)
		default:
			r.Find("closing_reported", k.ActID, "%s of %s in %s says %d, what was recorded by then adds up to %s", name, k.VillageID, k.Month, was, s.agreed)
		}
	}
}

// verifyReduction holds the rate against a baseline that can have been in force.
func (k *keptThen) verifyReduction(r *ledger.Report, bases []report.SignedBase) {
	was, ok := k.Figures["reduction_tenths"]
	grams, personDays := k.Figures["disposal_grams"], k.Figures["person_days"]
	if !ok {
		return // tickets may have had gaps, or the people were not known
	}
	for _, b := range bases {
		if b.SignedAt > k.At.Add(closing.Apart) {
			continue
		}
		if personDays > 0 && b.Grams > 0 && b.PersonDays > 0 && report.ReductionTenths(grams, personDays, b) == was {
			return
		}
		if b.SignedAt <= k.At.Add(-closing.Apart) {
			break // those before it were not in force any more
		}
	}
	r.Find("closing_reported", k.ActID, "reduction_tenths of %s in %s says %d, which no baseline signed by then gives", k.VillageID, k.Month, was)
}

// verifyParticipation holds the share of the households that came against who can
// have come, and who can have lived there.
func (k *keptThen) verifyParticipation(r *ledger.Report) {
	was, ok := k.Figures["participation_tenths"]
	if !ok {
		return
	}
	fewest, most := k.Visitors()
	s := k.households.apart
	if s.most <= 0 || was < report.ShareTenths(max(fewest, 0), s.most) || was > report.ShareTenths(max(most, 0), max(s.least, 1)) || was > 1000 {
		r.Find("closing_reported", k.ActID, "participation_tenths of %s in %s says %d, of %s households %d to %d came", k.VillageID, k.Month, was, s, fewest, most)
	}
}
