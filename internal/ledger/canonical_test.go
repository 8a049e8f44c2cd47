package ledger

import (
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// The canonical bytes are a promise to whoever keeps a hash: these vectors never
// change. A new form gets a new tag.
func TestCanonical_Golden(t *testing.T) {
	household, village := id.MustParse("0198c0de-0000-7000-8000-000000000001"), id.MustParse("0198c0de-0000-7000-8000-000000000002")
	e := &Entry{
		ID: id.MustParse("0198c0de-0000-7000-8000-000000000003"), Kind: DropOff, EffectiveAt: 1_784_000_000_000_000,
		RecordedAt: 1_784_000_001_000_000, VillageID: village, ActorID: id.MustParse("0198c0de-0000-7000-8000-000000000004"),
		Reason: "记错了", SourceHash: Hash{1, 2, 3}, Lines: Award(household, village, 720),
	}
	e.Lines[0].Seq, e.Lines[0].BalanceAfter = 1, 720
	content, line := e.contentHash(), lineHash(Hash{}, e.ID, 1, &e.Lines[0])
	account := HouseholdAccount(household, village).ID
	for name, test := range map[string]struct {
		got  []byte
		want string
	}{
		"Account": {account[:], "650be7eb2211863da1404242345f5f3a"},
		"Entry":   {content[:], "7b0ca4fdeae754c0a26dc94c1a00413694f82272ab8a3c2405b6ba07f20999d8"},
		"Line":    {line[:], "1eb31babe69109659aa6293f8e08d2f97d1a167ca55d5a55021a585cd8e7eb06"},
	} {
		if got := hex.EncodeToString(test.got); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// Two different sequences of fields never have the same bytes.
func TestCanonical_Distinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.String()).Draw(t, "a")
		b := rapid.SliceOf(rapid.String()).Draw(t, "b")
		same := len(a) == len(b)
		ca, cb := NewCanonical("x"), NewCanonical("x")
		for i := range a {
			ca.Text(a[i])
			same = same && i < len(b) && a[i] == b[i]
		}
		for i := range b {
			cb.Text(b[i])
		}
		if (ca.Sum() == cb.Sum()) != same {
			t.Errorf("%q and %q", a, b)
		}
	})
}

// A refusal that is said again says the same.
func TestRefusal_RoundTrip(t *testing.T) {
	for _, f := range []*fault.Fault{
		fault.New(fault.Refused, "ledger.insufficient_points", "missing_points", int64(6200)),
		fault.New(fault.NotFound, "card.unknown").At("/card_code"),
		fault.New(fault.Refused, "redemption.out_of_stock", "name", "洗衣粉 & 1=2", "left", int64(0)).At("/items/3"),
	} {
		got := decodeRefusal(f.Code, encodeRefusal(f))
		if got.Kind != f.Kind || got.Code != f.Code || got.Pointer != f.Pointer || len(got.Args) != len(f.Args) {
			t.Errorf("got %+v, want %+v", got, f)
		}
		for name, value := range f.Args {
			if got.Args[name] != value {
				t.Errorf("%s: got %v, want %v", name, got.Args[name], value)
			}
		}
	}
}

// What is taken back comes from the balance first; the rest is a clawback, and
// all lines balance.
func TestTakeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := points.Points(rapid.Int64Range(1, 1e9).Draw(t, "amount"))
		balance := points.Points(rapid.Int64Range(0, 1e9).Draw(t, "balance"))
		lines := TakeBack(id.New(), id.New(), amount, balance)
		if !balanced(lines) {
			t.Fatalf("%+v", lines)
		}
		for _, l := range lines {
			if l.Account.Kind == kindHousehold && balance+l.Points < 0 {
				t.Errorf("a household goes to %s", balance+l.Points)
			}
		}
	})
}
