package collection

import (
	"hufen/internal/fault"
)

// Method says how the weight of a ticket came about.
type Method string

// The methods.
const (
	Scale   Method = "scale"   // a weighbridge: one day, gross and tare or net
	Buckets Method = "buckets" // buckets counted and a density assumed: an estimate
	Report  Method = "report"  // a sum somebody reported for a period of days
)

// Limits of one ticket in grams.
const (
	maxScaleGrams  = 100_000_000       // 100 t: above any lorry
	maxReportGrams = 1_000_000_000_000 // 1,000,000 t: a city's year
)

// bucketLitres is the volume of the standard 240-litre bucket.
const bucketLitres = 240

// maxBuckets is the most buckets of one ticket, in hundredths.
const maxBuckets = 10_000_00

// Weights is what is written on a ticket, in grams; nil is not written.
type Weights struct {
	GrossGrams *int64
	TareGrams  *int64
	NetGrams   *int64
}

// Settle returns the weights with the third one worked out from any two, net =
// gross − tare. A net weight alone is enough. It returns an Invalid fault:
// "weigh_in.weight_missing", "weigh_in.weight_negative", "weigh_in.too_heavy",
// "weigh_in.net_mismatch" when the three contradict each other, or
// "weigh_in.net_not_positive"; a reported period may have a net weight of zero.
func (w Weights) Settle(method Method) (Weights, error) {
	if f := w.outOfRange(method); f != nil {
		return w, f
	}
	switch {
	case w.GrossGrams != nil && w.TareGrams != nil:
		if f := w.contradiction(); f != nil {
			return w, f
		}
		w.NetGrams = new(*w.GrossGrams - *w.TareGrams)
	case w.NetGrams == nil:
		return w, fault.New(fault.Invalid, "weigh_in.weight_missing").At("/net_grams")
	case w.GrossGrams != nil:
		w.TareGrams = new(*w.GrossGrams - *w.NetGrams)
	case w.TareGrams != nil:
		w.GrossGrams = new(*w.TareGrams + *w.NetGrams)
	}
	return w, w.settled(method)
}

// settled checks what came out.
func (w Weights) settled(method Method) error {
	if *w.NetGrams < 0 || *w.NetGrams == 0 && method != Report {
		return fault.New(fault.Invalid, "weigh_in.net_not_positive").At("/net_grams")
	}
	if w.TareGrams != nil && *w.TareGrams < 0 {
		return fault.New(fault.Invalid, "weigh_in.net_above_gross",
			"net_grams", *w.NetGrams, "gross_grams", *w.GrossGrams).At("/net_grams")
	}
	if f := w.outOfRange(method); f != nil {
		return f
	}
	return nil
}

func (w Weights) contradiction() *fault.Fault {
	net := *w.GrossGrams - *w.TareGrams
	if w.NetGrams == nil || *w.NetGrams == net {
		return nil
	}
	return fault.New(fault.Invalid, "weigh_in.net_mismatch", "gross_grams", *w.GrossGrams,
		"tare_grams", *w.TareGrams, "net_grams", *w.NetGrams, "difference_grams", net).At("/net_grams")
}

func (w Weights) outOfRange(method Method) *fault.Fault {
	limit := int64(maxScaleGrams)
	if method == Report {
		limit = maxReportGrams
	}
	for _, weight := range []struct {
		grams   *int64
		pointer string
	}{{w.GrossGrams, "/gross_grams"}, {w.TareGrams, "/tare_grams"}, {w.NetGrams, "/net_grams"}} {
		switch {
		case weight.grams == nil:
		case *weight.grams < 0:
			return fault.New(fault.Invalid, "weigh_in.weight_negative").At(weight.pointer)
		case *weight.grams > limit:
			return fault.New(fault.Invalid, "weigh_in.too_heavy", "limit_tonnes", limit/1_000_000).At(weight.pointer)
		}
	}
	return nil
}

// EstimateGrams returns the weight of buckets, given in hundredths of a bucket,
// at a density in kg/m³: buckets × 0.24 m³ × density (product.md §3).
func EstimateGrams(hundredths, density int64) (int64, error) {
	if hundredths <= 0 || hundredths > maxBuckets {
		return 0, fault.New(fault.Invalid, "weigh_in.buckets_out_of_range", "limit", int64(maxBuckets/100)).At("/buckets")
	}
	grams := (hundredths*bucketLitres*density + 50) / 100 // litres × kg/m³ = grams
	if grams > maxScaleGrams {
		return 0, fault.New(fault.Invalid, "weigh_in.too_heavy", "limit_tonnes", int64(maxScaleGrams/1_000_000)).At("/buckets")
	}
	return grams, nil
}
