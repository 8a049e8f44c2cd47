// Package redemption owns the 兑换点: shops, their goods with dated prices and
// stock, and the redemptions by which households spend points there. Points are
// moved by the ledger, in the same transaction as the stock. What a shop is paid
// for them is left to settlement.
package redemption

import (
	"context"
	"fmt"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// The states of a redemption.
const (
	Posted   = "posted"
	Reversed = "reversed"
)

// The ways in which a household confirms that it is the one who buys.
const (
	ByPIN       = "pin"
	ByPhoto     = "photo"
	ByCadre     = "cadre"
	Unconfirmed = "none"
)

// Limits of one redemption, whatever the programme says.
const (
	mostItems    = 50
	mostQuantity = 1000
	mostGroup    = 200 // posted in one transaction
)

// Redemption is goods given to a household for points.
type Redemption struct {
	ID            id.ID
	Number        string // on the receipt, e.g. 20260714-7K3M9Q
	HouseholdID   id.ID
	CardID        id.ID
	VillageID     id.ID // of the household
	ShopID        id.ID
	ShopName      string
	CashierID     id.ID
	CashierName   string
	RecordedAt    calendar.Micros
	Day           calendar.Day // local day of RecordedAt
	Month         calendar.Month
	Points        points.Points
	PointValueFen int64 // per whole point, of that day
	Fen           int64 // what the town owes the shop
	ConfirmMethod string
	ConfirmID     id.NullID // the photo or the cadre's confirmation
	Items         []Item
	ContentHash   ledger.Hash

	Status        string
	BalanceBefore points.Points // right before and right after it, or its reversal, where HasBalance
	Balance       points.Points
	HasBalance    bool
	Place         ledger.Place // of the redemption, or its reversal, on the household's account, where HasBalance
	Replayed      bool         // the answer to a request seen before

	reversalID id.NullID
}

// Item is one kind of goods of a redemption, with the name and price it had.
type Item struct {
	GoodsID    id.ID
	Name       string
	Unit       string
	Quantity   int64
	UnitPoints points.Points
	Points     points.Points
}

// Line is so many of one kind of goods.
type Line struct {
	GoodsID  id.ID
	Quantity int64
}

// Input is a redemption as the shop asks for it. At most one of PIN, PhotoID and
// Confirmation is set.
type Input struct {
	ID           id.ID // made by the client, UUIDv7
	CardCode     string
	ShopID       id.ID
	Items        []Line
	PIN          string
	PhotoID      id.NullID     // taken by the actor, of the person who buys
	Confirmation string        // a cadre's code for this household
	Points       points.Points // the total the household agreed to; zero: whatever it is
}

// Service keeps shops and redeems.
type Service struct {
	db         *database.DB
	divisions  *division.Service
	households *household.Service
	zone       *time.Location
	now        func() calendar.Micros
	orders     *ledger.Writer[*order]
	reversals  *ledger.Writer[*reversal]
}

// New starts the posting path of redemptions. zone is where days begin.
func New(db *database.DB, divisions *division.Service, households *household.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, households: households, zone: zone, now: calendar.Now}
	s.orders = ledger.NewWriter(db, mostGroup, ledger.Desk[*order]{Post: s.post, Replay: s.replay})
	s.reversals = ledger.NewWriter(db, mostGroup, ledger.Desk[*reversal]{Post: s.reverse, Replay: s.replayReversals})
	return s
}

// RunAt sets the clock of the service, before its first use: a demo town has
// redeemed for months.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close posts what was accepted and stops.
func (s *Service) Close() {
	s.orders.Close()
	s.reversals.Close()
}

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// Redeem gives goods for points: it takes the points, the stock and the
// confirmation together or not at all. The same ID again returns the first
// outcome, with Replayed set.
//
// It returns an Invalid fault for input that cannot be right, "pin.wrong" or
// "confirmation.wrong", and stores nothing; NotFound "card.unknown" for a card
// the shop does not serve, "shop.unknown", "goods.unknown" or "photo.unknown";
// a Refused fault, for ever, where the card is dead, the shop is closed
// ("shop.closed"), the goods are not there ("goods.hidden",
// "redemption.out_of_stock"), nobody confirmed
// ("redemption.confirmation_missing"), a photo stands in for a PIN the household
// has ("redemption.pin_needed") or the balance is not enough
// ("ledger.insufficient_points" with missing_points); Conflict
// "request.id_reused" if the ID was used with other content; Unavailable if the
// outcome is not known, and then the same ID is to be sent again.
func (s *Service) Redeem(ctx context.Context, actor auth.Actor, in Input) (*Redemption, error) {
	o, err := newOrder(actor, in)
	if err != nil {
		return nil, err
	}
	if err := s.confirm(ctx, o); err != nil {
		return nil, err
	}
	if err := s.orders.Submit(ctx, o); err != nil {
		return nil, err
	}
	return o.redemption, o.err
}

// newOrder checks what can be checked without knowing anything. What it refuses
// was never asked for: it is not stored, and the ID stays free.
func newOrder(actor auth.Actor, in Input) (*order, error) {
	if in.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	o, err := newBasket(actor, in.CardCode, in.ShopID, in.Items)
	if err != nil {
		return nil, err
	}
	if in.confirmations() > 1 {
		return nil, fault.New(fault.Invalid, "redemption.one_confirmation")
	}
	o.in = in
	o.request = ledger.Request{ID: in.ID, Kind: "redemption", Hash: in.hash(actor.ID, o.codeHash), ActorID: actor.ID}
	return o, nil
}

// newBasket checks the card code and the lines.
func newBasket(actor auth.Actor, cardCode string, shopID id.ID, lines []Line) (*order, error) {
	code, err := household.ParseCode(cardCode)
	if err != nil {
		f, _ := fault.As(err)
		return nil, f.At("/card_code")
	}
	if len(lines) == 0 || len(lines) > mostItems {
		return nil, fault.New(fault.Invalid, "redemption.item_count", "maximum", mostItems).At("/items")
	}
	seen := make(map[id.ID]bool, len(lines))
	for i, line := range lines {
		at := func(field string) string { return fmt.Sprintf("/items/%d/%s", i, field) }
		if line.Quantity < 1 || line.Quantity > mostQuantity {
			return nil, fault.New(fault.Invalid, "redemption.quantity", "maximum", mostQuantity).At(at("quantity"))
		}
		if seen[line.GoodsID] {
			return nil, fault.New(fault.Invalid, "redemption.goods_twice").At(at("goods_id"))
		}
		seen[line.GoodsID] = true
	}
	return &order{actor: actor, in: Input{ShopID: shopID, Items: lines}, codeHash: code.Hash()}, nil
}

func (in *Input) confirmations() int {
	n := 0
	for _, given := range []bool{in.PIN != "", in.PhotoID.Valid, in.Confirmation != ""} {
		if given {
			n++
		}
	}
	return n
}

// hash is over everything that was asked for but the secrets by which it was
// confirmed: six digits would be read back from their hash.
func (in *Input) hash(actorID id.ID, codeHash [32]byte) ledger.Hash {
	c := ledger.NewCanonical("hufen/request/redemption/1").ID(in.ID).ID(actorID).Bytes(codeHash[:]).ID(in.ShopID).
		NullID(in.PhotoID).Number(int64(len(in.Items)))
	for _, line := range in.Items {
		c.ID(line.GoodsID).Number(line.Quantity)
	}
	if in.Points != 0 {
		c.Points(in.Points)
	}
	return c.Sum()
}

// contentHash is over every column of the redemption and its items.
func (r *Redemption) contentHash() ledger.Hash {
	c := ledger.NewCanonical("hufen/redemption/1").ID(r.ID).Text(r.Number).ID(r.HouseholdID).ID(r.CardID).ID(r.VillageID).
		ID(r.ShopID).ID(r.CashierID).Instant(r.RecordedAt).Number(int64(r.Day)).Number(int64(r.Month)).
		Points(r.Points).Number(r.PointValueFen).Number(r.Fen).Text(r.ConfirmMethod).NullID(r.ConfirmID).
		Number(int64(len(r.Items)))
	for i, item := range r.Items {
		c.Number(int64(i + 1)).ID(item.GoodsID).Text(item.Name).Text(item.Unit).Number(item.Quantity).
			Points(item.UnitPoints).Points(item.Points)
	}
	return c.Sum()
}

// leave fills in what the household was left with by the redemption, or by its
// reversal.
func (r *Redemption) leave(p ledger.Place, moved points.Points) {
	r.BalanceBefore, r.Balance, r.HasBalance, r.Place = p.Balance-moved, p.Balance, true, p
}

// fenOf is what points are worth, rounded half up to a fen.
func fenOf(p points.Points, pointValueFen int64) int64 { return (int64(p)*pointValueFen + 50) / 100 }
