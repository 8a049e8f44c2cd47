package demo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/report"
	"hufen/internal/sheet"
)

const station = "碑庙转运站"

// ticket is a line of the transfer station's list.
type ticket struct {
	day      calendar.Day
	village  *village
	category collection.Category
	net      int64 // grams
	tare     int64
	vehicle  string
	number   string
}

// measure weighs for a year, month by month, and makes the baselines of it.
func (t *town) measure(ctx context.Context) error {
	for month := t.first.Month(); month < t.start.Month(); month = month.Next() {
		var list []ticket
		for day := month.First(); day <= month.Last(); day = day.Next() {
			for i, v := range t.villages {
				dice := t.dice("waste", int(day)*10+i)
				v.discard(day, dice, soldBefore, heap{})
				list = append(list, t.collect(v, day, dice)...)
			}
		}
		if err := t.handIn(ctx, month, list); err != nil {
			return err
		}
	}
	return t.makeBaselines(ctx)
}

// collect sends the lorries of a day and returns their tickets. A lorry that did
// not come takes the rest along the next day.
func (t *town) collect(v *village, day calendar.Day, dice *rand.Rand) []ticket {
	begun := day >= t.start
	if v.story == noBaseline && !begun {
		v.waste = heap{}
		return nil
	}
	weighed := v.lorryCame(day, dice)
	if v.story == gaps && begun && day%100 >= 8 && day%100 <= 15 {
		v.waste.residual, weighed = 0, false // another lorry took it, and nobody has its tickets
	}
	if t.scaleBroken(v, day) {
		t.buckets = append(t.buckets, counted{day, v.waste.residual})
		v.waste.residual = 0
	}
	var list []ticket
	load := func(category collection.Category, waiting *int64, tare int64, vehicle string, step int64) {
		net := *waiting / step * step
		if net == 0 {
			return
		}
		*waiting -= net
		t.tickets++
		list = append(list, ticket{day, v, category, net, tare + int64(dice.IntN(6))*weighbridgeStep, vehicle, t.number(day)})
	}
	if weighed {
		load(collection.Residual, &v.waste.residual, 3_150_000, "川S·试"+v.code[11:]+"07", weighbridgeStep)
		load(collection.Food, &v.waste.food, 1_860_000, "川S·试"+v.code[11:]+"22", 5_000)
	}
	if day.Weekday() == time.Saturday {
		load(collection.Recyclable, &v.waste.recyclable, 1_420_000, "川S·试031", 1_000)
	}
	if day == day.Month().Last() {
		load(collection.Hazardous, &v.waste.hazardous, 1_420_000, "川S·试031", 100)
	}
	return list
}

// mostMissed is how many days of a month the lorry stays away at most, so that
// four fifths of the days have tickets.
const mostMissed = 4

func (v *village) lorryCame(day calendar.Day, dice *rand.Rand) bool {
	if day == day.Month().First() {
		v.missed = 0
	}
	if v.missed == mostMissed || chance(dice, v.weighed) {
		return true
	}
	v.missed++
	return false
}

// number numbers the tickets of a day.
func (t *town) number(day calendar.Day) string {
	return fmt.Sprintf("%06d-%03d", int(day)%1000000, t.tickets%1000)
}

var categoryNames = map[collection.Category]string{
	collection.Food: "厨余垃圾", collection.Recyclable: "可回收物", collection.Hazardous: "有害垃圾", collection.Residual: "其他垃圾",
}

// handIn imports a month's list, in the first days of the next one.
func (t *town) handIn(ctx context.Context, month calendar.Month, list []ticket) error {
	t.clock.set(min(t.at(month.Next().First().AddDays(1), 9, 10), t.now))
	if len(list) == 0 {
		return nil
	}
	rows := [][]any{{"日期", "村", "类别", "毛重(kg)", "皮重(kg)", "净重(kg)", "车牌", "票号", "转运站"}}
	for _, w := range list {
		rows = append(rows, []any{w.day.String(), w.village.name, categoryNames[w.category],
			kilograms(w.net + w.tare), kilograms(w.tare), kilograms(w.net), w.vehicle, w.number, station})
	}
	var file bytes.Buffer
	if err := sheet.WriteCSV(&file, sheet.Rows(rows...)); err != nil {
		return err
	}
	return t.importFile(ctx, intake.WeighIns, fmt.Sprintf("碑庙镇过磅单 %s.csv", month), file.Bytes())
}

func kilograms(grams int64) string { return fmt.Sprintf("%d.%03d", grams/1000, grams%1000) }

// makeBaselines makes the baselines of the year before the programme. The town's
// official locks them, the district's signs them.
func (t *town) makeBaselines(ctx context.Context) error {
	for _, v := range t.villages {
		if v.story == noBaseline {
			continue
		}
		for month := t.first.Month(); month < t.start.Month(); month = month.Next() {
			if err := t.makeBaseline(ctx, v, report.NewBaseline{VillageID: v.id, Month: month}); err != nil {
				return fmt.Errorf("%s %s: %w", v.name, month, err)
			}
		}
	}
	return t.measureAgain(ctx, t.villages[1], t.start.Month().AddMonths(-2))
}

// measureAgain makes a later version of a baseline, after a ticket was found
// that had not been entered.
func (t *town) measureAgain(ctx context.Context, v *village, month calendar.Month) error {
	_, _, err := t.collection.RecordWeighIn(ctx, t.official, collection.NewWeighIn{
		ID: id.New(), Station: station, TicketNumber: "补-" + month.String(), VillageID: v.id, Category: collection.Residual, Day: month.Last(),
		Weights: collection.Weights{NetGrams: new(int64(max(1, v.people(month.Last())/3)) * weighbridgeStep / 10)}, Vehicle: "农用车",
	})
	if err != nil {
		return err
	}
	return t.makeBaseline(ctx, v, report.NewBaseline{VillageID: v.id, Month: month, Reason: "补录一张漏登的过磅单后重新核定"})
}

func (t *town) makeBaseline(ctx context.Context, v *village, in report.NewBaseline) error {
	t.clock.set(t.at(t.start.AddDays(2), 11, 0))
	in.ID, in.Method, in.Source = id.New(), "转运站地磅逐车称重", fmt.Sprintf("碑庙镇过磅单 %s.csv", in.Month)
	b, _, err := t.reports.CreateBaseline(ctx, t.official, in)
	if err != nil {
		return err
	}
	t.clock.set(t.at(t.start.AddDays(3), 16, 30))
	if _, err := t.reports.LockBaseline(ctx, t.official, b.ID); err != nil || v.story == unsigned {
		return err
	}
	t.clock.set(t.at(t.start.AddDays(5), 10, 15))
	_, err = t.reports.SignBaseline(ctx, t.districtOfficial, b.ID)
	return err
}
