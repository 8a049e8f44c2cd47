package demo

import (
	"context"
	"slices"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
	"hufen/internal/report"
)

// finish adds what a town also has after some months: corrected tickets, prices
// and a tariff to come, a card that was lost, a machine with a key.
func (t *town) finish(ctx context.Context) error {
	t.clock.set(t.now)
	for _, do := range []func(context.Context) error{
		t.correctTickets, t.countBuckets, t.confirmForSome, t.changeShelves, t.announceTariff, t.draftBaseline, t.loseCard, t.adjustPoints, t.connectScale,
	} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return t.mark(ctx, finished)
}

// correctTickets corrects the weight of one ticket of the month before last, and
// voids one that was handed in twice.
func (t *town) correctTickets(ctx context.Context) error {
	v, month := t.villages[1], t.today.Month().AddMonths(-2)
	list, _, err := t.collection.WeighIns(ctx, t.official, collection.Filter{DivisionID: v.id, From: month.First(), To: month.Last(), Limit: 100})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(w collection.WeighIn) bool { return w.Category == collection.Residual && w.TareGrams != nil })
	if i < 0 {
		return nil
	}
	w := list[i]
	_, _, err = t.collection.CorrectWeighIn(ctx, t.official, w.ID, collection.Correction{
		ID: id.New(), Reason: "皮重抄错，按原始磅单更正", Weights: collection.Weights{TareGrams: new(*w.TareGrams + weighbridgeStep)},
	})
	if err != nil {
		return err
	}
	twice, _, err := t.collection.RecordWeighIn(ctx, v.cadre, collection.NewWeighIn{
		ID: id.New(), Station: station, TicketNumber: w.TicketNumber + "-2", VillageID: v.id, Category: w.Category, Day: w.From,
		Weights: collection.Weights{NetGrams: new(w.NetGrams)}, Vehicle: w.Vehicle,
	})
	if err != nil {
		return err
	}
	_, _, err = t.collection.CorrectWeighIn(ctx, t.official, twice.ID, collection.Correction{
		ID: id.New(), Reason: "同一车登记了两次，此单作废", Void: new(true),
	})
	return err
}

// counted is what was taken away in buckets while the weighbridge was broken.
type counted struct {
	day   calendar.Day
	grams int64
}

// scaleBroken reports whether a village's residual waste of the day was counted
// in buckets: two days of last month in the third village.
func (t *town) scaleBroken(v *village, day calendar.Day) bool {
	broke := t.today.Month().AddMonths(-1).First().AddDays(10)
	return v == t.villages[2] && (day == broke || day == broke.Next())
}

// countBuckets hands the counts in. A full bucket is 240 l of 263 kg/m³.
func (t *town) countBuckets(ctx context.Context) error {
	for _, c := range t.buckets {
		v := t.villages[2]
		_, _, err := t.collection.RecordWeighIn(ctx, v.cadre, collection.NewWeighIn{
			ID: id.New(), Station: v.name + "（桶计）", TicketNumber: c.day.String(), VillageID: v.id, Category: collection.Residual, Day: c.day,
			Buckets: max(25, (c.grams/631+12)/25*25), // in hundredths, to the quarter
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// confirmForSome lets two households without PIN redeem by their cadre's word.
func (t *town) confirmForSome(ctx context.Context) error {
	v := t.villages[0]
	left := 2
	for _, h := range v.homes {
		g := v.shop.shelf[0]
		if left == 0 || h.hasPIN || !h.lives(t.today) || h.balance < g.points || g.stock < 1 {
			continue
		}
		left--
		c, err := t.households.Confirm(ctx, v.cadre, h.id)
		if err != nil {
			return err
		}
		r, err := t.redemptions.Redeem(ctx, v.shop.keeper, redemption.Input{
			ID: id.New(), CardCode: h.card.String(), ShopID: v.shop.id, Items: []redemption.Line{{GoodsID: g.id, Quantity: 1}}, Confirmation: c.Code,
		})
		if err != nil {
			return err
		}
		h.balance, g.stock = r.Balance, g.stock-1
	}
	return nil
}

// changeShelves leaves one kind of goods with nothing, hides one, and gives one
// a new price from next month on.
func (t *town) changeShelves(ctx context.Context) error {
	s := t.shops[0]
	sold, hidden, dearer := s.shelf[len(s.shelf)-1], s.shelf[len(s.shelf)-2], s.shelf[0]
	if sold.stock > 0 {
		move := redemption.StockMove{ID: id.New(), GoodsID: sold.id, Delta: -sold.stock, Reason: redemption.Count}
		if _, _, err := t.redemptions.MoveStock(ctx, s.keeper, move); err != nil {
			return err
		}
	}
	if _, err := t.redemptions.ChangeGoods(ctx, t.official, hidden.id, redemption.GoodsChange{Active: new(false)}); err != nil {
		return err
	}
	_, err := t.redemptions.ChangeGoods(ctx, t.official, dearer.id, redemption.GoodsChange{
		Points: new(dearer.points + points.Points(50_00)), From: new(t.nextMonth()),
	})
	return err
}

func (t *town) nextMonth() calendar.Day { return t.today.Month().Next().First() }

// announceTariff sets the version that comes next.
func (t *town) announceTariff(ctx context.Context) error {
	return t.addTariff(ctx, t.nextMonth(), "废电池提高到 15 分", 15_00)
}

// draftBaseline proposes a first baseline for the village that has none, from a
// paper book. It is nobody's word yet.
func (t *town) draftBaseline(ctx context.Context) error {
	v, month := t.villages[3], t.start.Month().AddMonths(-1)
	personDays := int64(month.Days() * v.people(t.today))
	_, _, err := t.reports.CreateBaseline(ctx, t.official, report.NewBaseline{
		ID: id.New(), VillageID: v.id, Month: month, DisposalGrams: personDays * 430, PersonDays: personDays,
		Method: "清运车次估算，未过磅", Source: v.name + "清运台账（纸质）",
	})
	return err
}

// loseCard revokes a card whose household has not asked for a new one yet.
func (t *town) loseCard(ctx context.Context) error {
	for _, h := range t.villages[0].homes {
		if h.group == "2组" && h.lives(t.today) {
			_, err := t.households.Revoke(ctx, h.village.cadre, h.cardID, "户主报失，还没来领新卡")
			return err
		}
	}
	return nil
}

// adjustPoints puts some points right by hand: within what one person may do, by
// two persons, and one that still waits.
func (t *town) adjustPoints(ctx context.Context) error {
	v := t.villages[0]
	homes := slices.DeleteFunc(slices.Clone(v.homes), func(h *home) bool { return !h.lives(t.today) })
	slices.Reverse(homes)
	for i, one := range []struct {
		by, approver auth.Actor
		points       points.Points
		reason       string
	}{
		{v.cadre, auth.Actor{}, 2000, "上周雨天停收，漏记两次厨余"},
		{v.cadre, auth.Actor{}, -800, "同一桶登记了两次，扣回一次"},
		{v.cadre, t.official, 12000, "帮村里清运河道，奖励一次"},
		{t.official, t.districtOfficial, 20000, "镇里评的分类示范户"},
		{v.cadre, auth.Actor{}, 9000, "开村民会时积分机没带，补记三次"},
	} {
		made, err := t.adjustments.Create(ctx, one.by, adjustment.NewAdjustment{ID: id.New(), HouseholdID: homes[i].id, Points: one.points, Reason: one.reason})
		if fault.Is(err, "ledger.insufficient_points") {
			continue
		}
		if err == nil && !one.approver.ID.IsZero() {
			_, err = t.adjustments.Approve(ctx, one.approver, id.New(), made.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// connectScale gives the transfer station's scale a user and a key. The key is
// not kept: who needs one makes another.
func (t *town) connectScale(ctx context.Context) error {
	user, _, err := t.Auth.CreateUser(ctx, system, auth.NewUser{
		ID: id.New(), Login: "scale", Name: "碑庙转运站地磅", Kind: auth.Machine, Role: auth.RoleInput{Role: auth.TownOfficial, DivisionID: t.id},
	})
	if err != nil {
		return err
	}
	_, _, err = t.Auth.CreateAPIKey(ctx, system, auth.NewAPIKey{ID: id.New(), UserID: user.ID, Name: "过磅单直传"})
	return err
}
