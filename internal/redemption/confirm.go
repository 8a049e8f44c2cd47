package redemption

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

// proof is how an order was confirmed.
type proof struct {
	method string
	id     id.NullID // the photo or the cadre's confirmation
}

// confirm checks the PIN or the cadre's code before the posting path: that takes
// a tenth of a second and counts wrong ones, and nobody else shall wait for it.
// Where shop and card do not fit, and where the redemption is a repeated one,
// nothing is checked; the posting path says what is to be said.
func (s *Service) confirm(ctx context.Context, o *order) error {
	o.proof = proof{method: Unconfirmed}
	if o.in.PhotoID.Valid {
		o.proof = proof{ByPhoto, o.in.PhotoID}
	}
	if o.in.PIN == "" && o.in.Confirmation == "" {
		return nil
	}
	done, err := load(ctx, s.db.Read, []id.ID{o.in.ID})
	if err != nil || len(done) > 0 {
		return err
	}
	if err := s.find(ctx, s.db.Read, s.today(), []*order{o}); err != nil || o.err != nil {
		return err
	}
	if o.in.PIN != "" {
		o.proof.method = ByPIN
		return s.households.CheckPIN(ctx, o.card.HouseholdID, o.in.PIN)
	}
	confirmationID, err := s.households.CheckConfirmation(ctx, o.card.HouseholdID, o.in.Confirmation, o.in.ID)
	o.proof = proof{ByCadre, id.Some(confirmationID)}
	return err
}

// proofs are the photos by which a group was confirmed, locked so that none is
// shown twice.
type proofs struct {
	takenBy map[id.ID]id.ID // photo → who took it
	used    map[id.ID]bool  // photos that belong to something
	pinned  map[id.ID]bool  // households that have a PIN, of those with a photo
	uses    [][]any
}

func lockProofs(ctx context.Context, tx *gorm.DB, orders []*order) (*proofs, error) {
	p := &proofs{takenBy: make(map[id.ID]id.ID), used: make(map[id.ID]bool)}
	wanted, shown := make(map[id.ID]bool), make(map[id.ID]bool)
	for _, o := range orders {
		if o.err == nil && o.proof.method == ByPhoto {
			wanted[o.proof.id.ID], shown[o.card.HouseholdID] = true, true
		}
	}
	if len(wanted) == 0 {
		return p, nil
	}
	args := database.IDs(sortedIDs(wanted))
	in := " IN (" + database.Placeholders(len(args)) + ")"
	err := eachIDPair(ctx, tx, "SELECT id, actor_id FROM photos WHERE id"+in+" ORDER BY id"+database.ForUpdate(tx), args,
		func(photoID, actorID id.ID) { p.takenBy[photoID] = actorID })
	if err != nil {
		return nil, fmt.Errorf("lock photos: %w", err)
	}
	err = eachIDPair(ctx, tx, "SELECT photo_id, used_by FROM photo_uses WHERE photo_id"+in, args,
		func(photoID, _ id.ID) { p.used[photoID] = true })
	if err != nil {
		return nil, fmt.Errorf("find photo uses: %w", err)
	}
	p.pinned, err = household.HavingPIN(ctx, tx, sortedIDs(shown))
	return p, err
}

// check says how the redemption was confirmed, or refuses it: nobody confirmed
// though it is needed, the photo is somebody else's or was shown before, the
// cadre's code was used meanwhile. Where the household has a PIN a photo alone
// does not do: anybody who holds the card can be photographed. A PIN that was
// forgotten has the cadre's code, and the cadre sets a new one.
func (p *proofs) check(ctx context.Context, tx *gorm.DB, o *order, r *Redemption, needed bool) error {
	r.ConfirmMethod, r.ConfirmID = o.proof.method, o.proof.id
	switch photoID := o.proof.id.ID; o.proof.method {
	case ByPhoto:
		if p.takenBy[photoID] != o.actor.ID {
			return fault.New(fault.NotFound, "photo.unknown").At("/photo_id")
		}
		if p.used[photoID] {
			return fault.New(fault.Refused, "redemption.photo_used").At("/photo_id")
		}
		if needed && p.pinned[o.card.HouseholdID] {
			return fault.New(fault.Refused, "redemption.pin_needed").At("/photo_id")
		}
		p.used[photoID] = true
		p.uses = append(p.uses, []any{photoID[:], r.ID[:], r.VillageID[:]})
	case ByCadre:
		return household.UseConfirmation(ctx, tx, o.proof.id.ID, r.ID)
	case Unconfirmed:
		if needed {
			return fault.New(fault.Refused, "redemption.confirmation_missing")
		}
	}
	return nil
}

// write notes which photo belongs to which redemption.
func (p *proofs) write(ctx context.Context, tx *gorm.DB) error {
	if err := database.InsertRows(ctx, tx, "photo_uses", []string{"photo_id", "used_by", "village_id"}, p.uses); err != nil {
		return fmt.Errorf("write photo uses: %w", err)
	}
	return nil
}
