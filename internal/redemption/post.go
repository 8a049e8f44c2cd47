package redemption

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

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

// order is a redemption on its way through the posting path.
type order struct {
	actor    auth.Actor
	in       Input
	codeHash [32]byte
	request  ledger.Request
	proof    proof

	shop       Shop
	card       household.CardState
	redemption *Redemption
	err        error
}

// Request says what is asked for.
func (o *order) Request() ledger.Request { return o.request }

// Fail says that the request was refused.
func (o *order) Fail(err error) { o.redemption, o.err = nil, err }

func (o *order) account() ledger.Account {
	return ledger.HouseholdAccount(o.card.HouseholdID, o.card.VillageID)
}

// post decides a group of redemptions in one transaction: find shops and cards,
// lock the households, then the goods, decide each in turn, write everything.
func (s *Service) post(ctx context.Context, tx *gorm.DB, orders []*order) error {
	now := s.now()
	day := calendar.DayOf(now, s.zone)
	if err := s.find(ctx, tx, day, orders); err != nil {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, now, accountsOf(orders))
	if err != nil {
		return err
	}
	day = calendar.DayOf(batch.At(), s.zone)
	shelf, err := lockGoods(ctx, tx, day, goodsOf(orders))
	if err != nil {
		return err
	}
	proofs, err := lockProofs(ctx, tx, orders)
	if err != nil {
		return err
	}
	numbers, err := findNumbers(ctx, tx, day, orders)
	if err != nil {
		return err
	}
	var done []*order
	for _, o := range orders {
		if o.err == nil {
			o.err = s.decide(ctx, tx, batch, shelf, proofs, numbers, o)
		}
		if o.err == nil {
			done = append(done, o)
			continue
		}
		refusal, ok := fault.As(o.err)
		if !ok {
			return o.err
		}
		o.redemption = nil
		batch.Reject(o.request, refusal)
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := insertRedemptions(ctx, tx, done); err != nil {
		return err
	}
	if err := shelf.write(ctx, tx); err != nil {
		return err
	}
	return proofs.write(ctx, tx)
}

// find finds the shop and the household of each order, or refuses it. What it
// said before is forgotten.
func (s *Service) find(ctx context.Context, tx *gorm.DB, day calendar.Day, orders []*order) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	shops, err := shopsByID(ctx, tx, shopIDs(orders))
	if err != nil {
		return err
	}
	hashes := make([][32]byte, len(orders))
	for i, o := range orders {
		hashes[i] = o.codeHash
	}
	cards, err := household.CardsByHash(ctx, tx, hashes)
	if err != nil {
		return err
	}
	for _, o := range orders {
		card, known := cards[o.codeHash]
		o.shop, o.card, o.redemption = shops[o.in.ShopID], card, nil
		o.err = nil
		if refusal := o.refusal(tree, day, known); refusal != nil {
			o.err = refusal
		}
	}
	return nil
}

// refusal returns why the shop cannot serve the card, or nil.
func (o *order) refusal(tree *division.Tree, day calendar.Day, known bool) *fault.Fault {
	if o.shop.ID.IsZero() || !o.actor.HasShop(o.shop.ID) {
		return unknownShop().At("/shop_id")
	}
	if !o.shop.OpenOn(day) {
		return fault.New(fault.Refused, "shop.closed").At("/shop_id")
	}
	if !known || !o.shop.serves(tree, o.card.VillageID) {
		return fault.New(fault.NotFound, "card.unknown").At("/card_code")
	}
	if refusal, dead := fault.As(o.card.Usable()); dead {
		return refusal.At("/card_code")
	}
	return nil
}

func shopIDs(orders []*order) []id.ID {
	var ids []id.ID
	for _, o := range orders {
		if !slices.Contains(ids, o.in.ShopID) {
			ids = append(ids, o.in.ShopID)
		}
	}
	return ids
}

func accountsOf(orders []*order) []ledger.Account {
	accounts := make([]ledger.Account, 0, len(orders)+8)
	shops := make(map[id.ID]bool)
	for _, o := range orders {
		if o.err != nil {
			continue
		}
		accounts = append(accounts, o.account())
		if !shops[o.shop.ID] {
			shops[o.shop.ID] = true
			accounts = append(accounts, ledger.ShopAccount(o.shop.ID))
		}
	}
	return accounts
}

func goodsOf(orders []*order) []id.ID {
	seen := make(map[id.ID]bool)
	for _, o := range orders {
		if o.err != nil {
			continue
		}
		for _, line := range o.in.Items {
			seen[line.GoodsID] = true
		}
	}
	return sortedIDs(seen)
}

// decide turns an order into a redemption and puts it into the batch, or
// returns why not.
func (s *Service) decide(ctx context.Context, tx *gorm.DB, batch *ledger.Batch, shelf *shelf, proofs *proofs, numbers numbers, o *order) error {
	r, err := s.priced(ctx, batch.At(), shelf, o)
	if err != nil {
		return err
	}
	if agreed := o.in.Points; agreed != 0 && agreed != r.Points {
		return fault.New(fault.Refused, "redemption.price_changed", "agreed_points", int64(agreed), "now_points", int64(r.Points)).At("/points")
	}
	needed, err := s.confirmNeeded(ctx, o.shop, r)
	if err != nil {
		return err
	}
	if err := enough(batch, o.account(), r.Points); err != nil {
		return err
	}
	if err := proofs.check(ctx, tx, o, r, needed); err != nil {
		return err
	}
	if r.Number, err = numbers.give(ctx, tx, r.ID); err != nil {
		return err
	}
	r.ContentHash = r.contentHash()
	entry := &ledger.Entry{
		ID: r.ID, Kind: ledger.Redemption, EffectiveAt: r.RecordedAt, VillageID: r.VillageID, ActorID: r.CashierID,
		SourceHash: r.ContentHash, Lines: ledger.Spend(r.HouseholdID, r.VillageID, r.ShopID, r.Points),
	}
	if err := batch.Post(o.request, entry); err != nil {
		return err
	}
	r.Status = Posted
	r.leave(entry.Place(), -r.Points)
	shelf.take(r)
	o.redemption = r
	return nil
}

// enough refuses to spend more than is there, before a confirmation is used up
// for it.
func enough(batch *ledger.Batch, account ledger.Account, amount points.Points) error {
	if missing := amount - batch.Balance(account); missing > 0 {
		return fault.New(fault.Refused, "ledger.insufficient_points", "missing_points", int64(missing))
	}
	return nil
}

// priced puts the goods of an order together at the prices of the day.
func (s *Service) priced(ctx context.Context, now calendar.Micros, shelf *shelf, o *order) (*Redemption, error) {
	day := calendar.DayOf(now, s.zone)
	value, err := s.divisions.Setting(ctx, division.PointValueFen, o.shop.DivisionID, day)
	if err != nil {
		return nil, err
	}
	r := &Redemption{
		ID: o.in.ID, HouseholdID: o.card.HouseholdID, CardID: o.card.CardID, VillageID: o.card.VillageID,
		ShopID: o.shop.ID, ShopName: o.shop.Name, CashierID: o.actor.ID, CashierName: o.actor.Name,
		RecordedAt: now, Day: day, Month: day.Month(), PointValueFen: value, Items: make([]Item, len(o.in.Items)),
	}
	for i, line := range o.in.Items {
		item, refusal := shelf.item(o.shop.ID, line)
		if refusal != nil {
			return nil, refusal.At(fmt.Sprintf("/items/%d%s", i, refusal.Pointer))
		}
		r.Items[i] = item
		r.Points += item.Points
	}
	r.Fen = fenOf(r.Points, value)
	return r, nil
}

// confirmNeeded reports whether the household has to confirm: from the points
// on that the programme sets.
func (s *Service) confirmNeeded(ctx context.Context, shop Shop, r *Redemption) (bool, error) {
	from, err := s.divisions.Setting(ctx, division.ConfirmFromPoints, shop.DivisionID, r.Day)
	return int64(r.Points) >= from, err
}

// replay fills in redemptions that were posted before.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, orders []*order) error {
	ids := make([]id.ID, len(orders))
	for i, o := range orders {
		ids[i] = o.request.ID
	}
	found, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, o := range orders {
		r, ok := found[o.request.ID]
		if !ok {
			return fmt.Errorf("replay redemption %s: not found", o.request.ID)
		}
		again := *r
		again.Status, again.Replayed = Posted, true // as it was answered first
		o.redemption, o.err = &again, nil
	}
	return addBalances(ctx, tx, redemptionsOf(orders))
}

func redemptionsOf(orders []*order) []*Redemption {
	list := make([]*Redemption, len(orders))
	for i, o := range orders {
		list[i] = o.redemption
	}
	return list
}

// insertRedemptions writes what was posted. A number that somebody else took in
// this very moment is an error; done again the transaction finds it taken.
func insertRedemptions(ctx context.Context, tx *gorm.DB, done []*order) error {
	list := redemptionsOf(done)
	rows := make([][]any, len(list))
	var items, moves [][]any
	for i, r := range list {
		rows[i] = r.row()
		for k, item := range r.Items {
			items = append(items, []any{r.ID[:], k + 1, item.GoodsID[:], item.Name, item.Unit, item.Quantity,
				int64(item.UnitPoints), int64(item.Points)})
			moves = append(moves, moveRow(r.ID, item.GoodsID, -item.Quantity, moveRedemption, r.CashierID, r.RecordedAt))
		}
	}
	err := database.InsertRows(ctx, tx, "redemptions", redemptionColumns, rows)
	if database.IsDuplicate(err) && len(list) == 1 {
		return fault.New(fault.Unavailable, "server.unavailable").Because(err)
	}
	if err != nil {
		return fmt.Errorf("write redemptions: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "redemption_items", itemColumns, items); err != nil {
		return fmt.Errorf("write redemption items: %w", err)
	}
	return insertMoves(ctx, tx, moves)
}
