package adjustment

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// object is what a reversal takes back, as it is in a transaction. One of its
// three is set if there is such a thing.
type object struct {
	dropOff    *dropoff.DropOff
	redemption *redemption.Redemption
	adjustment *Adjustment

	householdID, villageID id.ID
	entryID                id.ID         // that moved the points
	points                 points.Points // what the household gets back; below zero: gives
}

func (s *Service) findObject(ctx context.Context, tx *gorm.DB, kind string, objectID id.ID) (o object, err error) {
	switch kind {
	case DropOff:
		d, err := s.dropOffs.Find(ctx, tx, objectID)
		if d == nil || err != nil {
			return o, err
		}
		return object{dropOff: d, householdID: d.HouseholdID, villageID: d.VillageID, entryID: d.AwardID(), points: -d.Credited}, nil
	case Redemption:
		r, err := s.redemptions.Find(ctx, tx, objectID)
		if r == nil || err != nil {
			return o, err
		}
		return object{redemption: r, householdID: r.HouseholdID, villageID: r.VillageID, entryID: r.ID, points: r.Points}, nil
	case Manual:
		a, err := loadOne(ctx, tx, objectID)
		if a == nil || a.Kind != Manual || err != nil {
			return o, err
		}
		entryID, _ := a.EntryID()
		return object{adjustment: a, householdID: a.HouseholdID, villageID: a.VillageID, entryID: entryID, points: -a.Points}, nil
	}
	return o, fmt.Errorf("no kind of thing to take back: %q", kind)
}

func (o *object) known() bool { return !o.householdID.IsZero() }

func (o *object) accounts() []ledger.Account {
	if !o.known() {
		return nil
	}
	return []ledger.Account{ledger.HouseholdAccount(o.householdID, o.villageID)}
}

// townOf is the town on whose account an adjustment was posted, else the
// household's.
func (o *object) townOf(tree *division.Tree) id.ID {
	if o.adjustment != nil {
		return o.adjustment.TownID
	}
	return townOf(tree, o.villageID)
}

// reversible says why there is nothing to take back, or nil.
func (o *object) reversible() error {
	again := fault.New(fault.Conflict, "adjustment.already_reversed")
	nothing := fault.New(fault.Refused, "adjustment.nothing_to_reverse")
	switch {
	case o.dropOff != nil:
		if o.dropOff.Status == dropoff.Reversed {
			return again
		}
		if o.dropOff.Status != dropoff.Credited {
			return nothing
		}
	case o.redemption != nil:
		if o.redemption.Status == redemption.Reversed {
			return again
		}
	case o.adjustment != nil:
		if o.adjustment.State() == Reversed {
			return again
		}
		if o.adjustment.State() != Posted {
			return nothing
		}
	}
	return nil
}

// effectiveAt is the day a reversal counts for: a drop-off is taken out of its
// own day, everything else is undone when it is undone.
func (o *object) effectiveAt(now calendar.Micros) calendar.Micros {
	if o.dropOff != nil {
		return o.dropOff.HappenedAt
	}
	return now
}

// lines take the object back from a household that has balance left. What is
// not there any more becomes a clawback.
func (o *object) lines(balance points.Points) []ledger.Line {
	switch {
	case o.dropOff != nil:
		return ledger.TakeBack(o.householdID, o.villageID, o.dropOff.Credited, balance)
	case o.redemption != nil:
		return ledger.GiveBack(o.householdID, o.villageID, o.redemption.ShopID, o.redemption.Points)
	case o.adjustment.Points > 0:
		return ledger.TakeBackAdjustment(o.householdID, o.villageID, o.adjustment.TownID, o.adjustment.Points, balance)
	}
	return ledger.Adjust(o.householdID, o.villageID, o.adjustment.TownID, -o.adjustment.Points)
}

// undo takes the object out of what it counted for beside the ledger.
func (s *Service) undo(ctx context.Context, tx *gorm.DB, o object, act Act) error {
	switch {
	case o.dropOff != nil:
		return s.dropOffs.Uncount(ctx, tx, o.dropOff)
	case o.redemption != nil:
		return s.redemptions.PutBack(ctx, tx, o.redemption, act.ID, act.ActorID, act.At)
	}
	return nil
}
