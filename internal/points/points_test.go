package points_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"hufen/internal/points"
)

func TestPoints_String(t *testing.T) {
	for p, want := range map[points.Points]string{
		0: "0", 1: "0.01", 5: "0.05", 100: "1", 320: "3.20", 6200: "62", -5: "-0.05", -320: "-3.20", -100: "-1",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := p.String(); got != want {
			t.Errorf("Points(%d) is written %q, want %q", int64(p), got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]points.Points{
		"0": 0, "-0": 0, "62": 6200, "3.2": 320, "3.20": 320, "0.05": 5, "-0.05": -5, "007": 700,
		"92233720368547758.07": math.MaxInt64, "-92233720368547758.08": math.MinInt64,
	} {
		if got, err := points.Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "-", ".", ".5", "5.", "3.205", "+3", "--3", " 3", "3 ", "1e3", "0x1", "1_000", "1,5", "三", "\uff13", "NaN",
		"3.-2", "3.2.1", "92233720368547758.08", "-92233720368547758.09", "1000000000000000000000",
	} {
		if got, err := points.Parse(s); err != points.ErrSyntax {
			t.Errorf("Parse(%q) = %d, %v; want ErrSyntax", s, got, err)
		}
	}
}

func TestParse_ReadsWhatStringWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := points.Points(rapid.Int64().Draw(t, "hundredths"))
		if got, err := points.Parse(p.String()); err != nil || got != p {
			t.Fatalf("Parse(%q) = %d, %v; want %d", p.String(), got, err, p)
		}
	})
}
