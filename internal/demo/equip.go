package demo

import (
	"context"
	"fmt"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// equip gives the town what its programme needs, in the days before it begins.
func (t *town) equip(ctx context.Context) error {
	t.clock.set(t.at(t.start.AddDays(-10), 10, 0))
	for _, do := range []func(context.Context) error{t.setRules, t.openPoints, t.openShops, t.issueCards} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setRules sets what a point is worth, from how many points on a redemption has
// to be confirmed, the target, and the tariff.
func (t *town) setRules(ctx context.Context) error {
	nextYear := calendar.Month(t.today.Month().Year()*100 + 101).AddMonths(12).First()
	for _, v := range []division.NewValue{
		{Name: division.PointValueFen, Value: 1, ValidFrom: t.start},
		{Name: division.ConfirmFromPoints, Value: int64(confirmFrom), ValidFrom: t.start},
		{Name: division.ConfirmFromPoints, Value: 0, ValidFrom: t.today},
		{Name: division.ReductionTarget, Value: 300, ValidFrom: t.start},
		{Name: division.ReductionTarget, Value: 350, ValidFrom: nextYear},
	} {
		v.ID, v.DivisionID = id.New(), t.id
		if _, _, err := t.divisions.ChangeSetting(ctx, t.official, v); err != nil {
			return err
		}
	}
	return t.addTariff(ctx, t.start, "试点积分标准", 10_00)
}

// addTariff sets the points standard. Its numbers are those of three published
// programmes: 50 points a kilogram of kitchen waste, 10/8/6/0 points for the
// day's grade, and bags, bottles and boxes by the piece.
func (t *town) addTariff(ctx context.Context, from calendar.Day, note string, battery points.Points) error {
	perKg := func(item, category, zh, en string, p points.Points) dropoff.Rule {
		return dropoff.Rule{Item: item, Category: category, NameZh: zh, NameEn: en, Basis: dropoff.PerKg, Points: p, PerCount: 1}
	}
	perCount := func(item, category, zh, en string, p points.Points, count int64) dropoff.Rule {
		return dropoff.Rule{Item: item, Category: category, NameZh: zh, NameEn: en, Basis: dropoff.PerCount, Points: p, PerCount: count}
	}
	_, _, err := t.dropOffs.AddTariff(ctx, t.official, dropoff.NewTariff{
		ID: id.New(), DivisionID: t.id, ValidFrom: from, Note: note,
		Rules: []dropoff.Rule{
			perKg("food", "food", "厨余垃圾", "Kitchen waste", 50_00),
			perKg("recyclable.paper", "recyclable", "废纸", "Paper", 60_00),
			perKg("recyclable.plastic", "recyclable", "塑料", "Plastic", 80_00),
			perKg("recyclable.metal", "recyclable", "金属", "Metal", 100_00),
			perKg("recyclable.glass", "recyclable", "玻璃", "Glass", 10_00),
			perKg("recyclable.textile", "recyclable", "旧衣物", "Textiles", 30_00),
			perCount("bottle", "recyclable", "饮料瓶", "Bottles", 50_00, 10),
			perCount("bag", "recyclable", "塑料袋", "Plastic bags", 20_00, 50),
			perCount("cigarette_box", "recyclable", "烟盒", "Cigarette boxes", 30_00, 30),
			{Item: "residual", Category: "residual", NameZh: "其他垃圾", NameEn: "Residual waste", Basis: dropoff.PerGrade, PerCount: 1,
				Grades: dropoff.Grades{Excellent: 10_00, Good: 8_00, Fair: 6_00}},
			perCount("battery", "hazardous", "废电池", "Batteries", battery, 1),
			perCount("lamp", "hazardous", "废灯管", "Lamps", 20_00, 1),
		},
		Caps: []dropoff.Cap{
			{Period: "day", Category: dropoff.AllCategories, Points: 150_00},
			{Period: "day", Category: "food", Points: 100_00},
			{Period: "month", Category: dropoff.AllCategories, Points: 2500_00},
		},
	})
	return err
}

// openPoints opens the collection points of the villages and hires who works
// there.
func (t *town) openPoints(ctx context.Context) error {
	for i, v := range t.villages {
		for _, name := range []string{"村委会", "晒坝", "小学旁"}[:2+i%2] {
			p, _, err := t.collection.CreatePoint(ctx, v.cadre, collection.Point{ID: id.New(), VillageID: v.id, Name: v.name + name + "收集点"})
			if err != nil {
				return err
			}
			v.points = append(v.points, p.ID)
		}
		var err error
		v.phone = id.New()
		v.cleaner, err = t.hire(ctx, numbered("cleaner", i), cleanerNames[i],
			auth.RoleInput{Role: auth.Cleaner, DivisionID: v.id, PointIDs: v.points})
		if err != nil {
			return err
		}
	}
	return nil
}

// shop is a 兑换点 with what is on its shelves.
type shop struct {
	id     id.ID
	name   string
	keeper auth.Actor
	shelf  []*goods
}

type goods struct {
	id     id.ID
	points points.Points
	stock  int64
}

// offer is what shops begin with.
type offer struct {
	name, unit string
	points     points.Points
}

var offers = []offer{
	{"肥皂", "块", 300_00}, {"食盐 400 g", "袋", 250_00}, {"垃圾袋 30 只", "卷", 200_00}, {"牙膏", "支", 450_00},
	{"洗洁精 1 kg", "瓶", 800_00}, {"酱油 800 ml", "瓶", 700_00}, {"毛巾", "条", 600_00}, {"洗衣粉 1.5 kg", "袋", 1100_00},
	{"卫生纸 10 卷", "提", 1200_00}, {"大米 2.5 kg", "袋", 1500_00}, {"菜籽油 1.8 l", "桶", 2800_00}, {"鸡蛋 10 个", "盒", 800_00},
}

// deliveryTo is how many of each kind a delivery fills the shelf up to.
const deliveryTo = 150

// openShops opens three shops: in the first village, in the third, and in the
// town for the others.
func (t *town) openShops(ctx context.Context) error {
	for i, place := range []struct {
		where    id.ID
		name     string
		villages []*village
	}{
		{t.villages[0].id, "青松村积分超市", t.villages[:2]},
		{t.villages[2].id, "柳溪村便民店", t.villages[2:4]},
		{t.id, "碑庙镇积分超市", t.villages[4:]},
	} {
		s, err := t.openShop(ctx, i, place.where, place.name)
		if err != nil {
			return err
		}
		for _, v := range place.villages {
			v.shop = s
		}
		t.shops = append(t.shops, s)
	}
	return nil
}

func (t *town) openShop(ctx context.Context, i int, where id.ID, name string) (*shop, error) {
	made, _, err := t.redemptions.CreateShop(ctx, t.official, redemption.NewShop{ID: id.New(), DivisionID: where, Name: name})
	if err != nil {
		return nil, err
	}
	s := &shop{id: made.ID, name: name}
	if s.keeper, err = t.hire(ctx, numbered("shop", i), keeperNames[i], auth.RoleInput{Role: auth.Shopkeeper, ShopID: s.id}); err != nil {
		return nil, err
	}
	for k, o := range offers {
		if (k+i)%6 == 5 {
			continue // no shop has everything
		}
		g, _, err := t.redemptions.AddGoods(ctx, t.official, redemption.NewGoods{
			ID: id.New(), ShopID: s.id, Name: o.name, Unit: o.unit, Points: o.points, Stock: deliveryTo,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.name, err)
		}
		s.shelf = append(s.shelf, &goods{g.ID, g.Points, g.Stock})
	}
	return s, nil
}
