package closing

import (
	"bytes"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// The acts of a month, in their order; after a re-opening they begin anew. What
// begins is closed as soon as all is booked; a closing that breaks off in
// between is gone on with by closing again.
const (
	begin  = "begin"
	Close  = "close"
	Ask    = "ask"
	Reopen = "reopen"
)

var order = []string{begin, Close, Ask, Reopen}

// State is how a month stands.
type State string

// The states of a month.
const (
	Open   State = "open"
	Closed State = "closed"
	Asked  State = "asked" // closed, and somebody asked for it to be re-opened
)

// Act is what somebody did with a town's month.
type Act struct {
	ID          id.ID
	TownID      id.ID
	Seq         int // of the town's acts, from 1
	Month       calendar.Month
	Step        int // of the month's acts, from 1
	Act         string
	ActorID     id.ID
	ActorName   string
	AskerID     id.NullID // of a re-opening: who asked for it
	At          calendar.Micros
	UntilAt     calendar.Micros // the end of the month
	Reason      string
	FiguresHash ledger.Hash // of a beginning over its villages, of a closing over its figures
	Hash        ledger.Hash // over the town's act before and this one
}

// hashAfter chains an act to the town's act before.
func (a *Act) hashAfter(before ledger.Hash) ledger.Hash {
	return ledger.NewCanonical("hufen/closing-act/1").Bytes(before[:]).ID(a.ID).ID(a.TownID).Number(int64(a.Seq)).Number(int64(a.Month)).
		Number(int64(a.Step)).Text(a.Act).ID(a.ActorID).NullID(a.AskerID).Instant(a.At).Instant(a.UntilAt).Text(a.Reason).Bytes(a.FiguresHash[:]).Sum()
}

// request is what the act stands for in the ledger, so that it is sealed.
func (a *Act) request() ledger.Request {
	hash := ledger.NewCanonical("hufen/request/closing/1").ID(a.ID).ID(a.ActorID).ID(a.TownID).Number(int64(a.Month)).Text(a.Act).Text(a.Reason).Sum()
	return ledger.Request{ID: a.ID, Kind: "closing", Hash: hash, ActorID: a.ActorID}
}

// history are the acts of a town, in their order.
type history []Act

// of returns the acts of a month.
func (h history) of(month calendar.Month) history {
	var acts history
	for _, a := range h {
		if a.Month == month {
			acts = append(acts, a)
		}
	}
	return acts
}

// last is the newest act of a month, the zero one where there is none.
func (h history) last(month calendar.Month) Act {
	if acts := h.of(month); len(acts) > 0 {
		return acts[len(acts)-1]
	}
	return Act{}
}

// state is how a month stands.
func (h history) state(month calendar.Month) State {
	switch h.last(month).Act {
	case Close:
		return Closed
	case Ask:
		return Asked
	}
	return Open
}

// newest is the newest month anything was done with, 0 for none.
func (h history) newest() (newest calendar.Month) {
	for _, a := range h {
		newest = max(newest, a.Month)
	}
	return newest
}

// next is the only month that can be closed now; 0: any, as none was yet.
func (h history) next() calendar.Month {
	newest := h.newest()
	if newest == 0 || h.state(newest) == Open {
		return newest
	}
	return newest.Next()
}

// closing is the newest closing of a month.
func (h history) closing(month calendar.Month) (Act, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].Month == month && h[i].Act == Close {
			return h[i], true
		}
	}
	return Act{}, false
}

// has reports whether an act with the ID is among them.
func (h history) has(actID id.ID) bool {
	return slices.ContainsFunc(h, func(a Act) bool { return a.ID == actID })
}

// add numbers and chains an act.
func (h history) add(a Act) Act {
	var before ledger.Hash
	if n := len(h); n > 0 {
		before = h[n-1].Hash
	}
	a.Seq = len(h) + 1
	a.Step = len(h.of(a.Month)) + 1
	a.Hash = a.hashAfter(before)
	return a
}

// refusal says why an act cannot follow, or nil.
func (h history) refusal(act string, month calendar.Month, actorID id.ID) error {
	state := h.state(month)
	switch act {
	case Close:
		if state != Open {
			return fault.New(fault.Refused, "closing.already_closed", "month", month.String())
		}
		if next := h.next(); next != 0 && next != month {
			return fault.New(fault.Refused, "closing.not_next", "month", next.String()).At("/month")
		}
	case Ask:
		if state == Asked {
			return fault.New(fault.Refused, "closing.already_asked")
		}
		if state != Closed {
			return fault.New(fault.Refused, "closing.not_closed", "month", month.String())
		}
		if newest := h.newest(); newest != month {
			return fault.New(fault.Refused, "closing.not_newest", "month", newest.String())
		}
	case Reopen:
		if state != Asked {
			return fault.New(fault.Refused, "closing.not_asked")
		}
		if h.last(month).ActorID == actorID {
			return fault.New(fault.Refused, "closing.same_person")
		}
	}
	return nil
}

// figure is a number of a village as it was when a month was closed.
type figure struct {
	villageID id.ID
	name      string
	value     int64
}

func sortFigures(figures []figure) {
	slices.SortFunc(figures, func(a, b figure) int {
		if c := bytes.Compare(a.villageID[:], b.villageID[:]); c != 0 {
			return c
		}
		return bytes.Compare([]byte(a.name), []byte(b.name))
	})
}

// hashFigures is over figures in the order of their villages and names.
func hashFigures(figures []figure) ledger.Hash {
	c := ledger.NewCanonical("hufen/closing-figures/1")
	for _, f := range figures {
		c.ID(f.villageID).Text(f.name).Number(f.value)
	}
	return c.Sum()
}

// hashVillages is over the divisions a closing is about, in their order.
func hashVillages(divisions []id.ID) ledger.Hash {
	sorted := slices.Clone(divisions)
	slices.SortFunc(sorted, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	c := ledger.NewCanonical("hufen/closing-villages/1")
	for _, d := range sorted {
		c.ID(d)
	}
	return c.Sum()
}
