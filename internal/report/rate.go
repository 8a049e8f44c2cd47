package report

import (
	"math/big"
	"strings"
)

// State says whether a figure could be computed.
type State string

// The states.
const (
	OK            State = "ok"
	Incomplete    State = "incomplete"     // the data has gaps: any number would be a claim
	NotComputable State = "not_computable" // something the formula needs is not there
)

// Sentence is a code and its arguments; the edge makes words of them.
type Sentence struct {
	Code string
	Args map[string]any
}

func sentence(code string, kv ...any) Sentence {
	args := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		args[kv[i].(string)] = kv[i+1]
	}
	return Sentence{code, args}
}

// Rate is a share, or the reason why there is none.
type Rate struct {
	State  State
	Reason Sentence // unless State is OK

	share *big.Rat
}

func missing(state State, reason Sentence) Rate { return Rate{State: state, Reason: reason} }

// share returns a ÷ b, exactly.
func share(a, b int64) Rate { return Rate{State: OK, share: big.NewRat(a, b)} }

// reduction returns 1 − (dt÷pt) ÷ (db÷pb), exactly. All but dt are above zero.
func reduction(dt, pt, db, pb int64) Rate {
	now := new(big.Int).Mul(big.NewInt(dt), big.NewInt(pb))
	base := new(big.Int).Mul(big.NewInt(db), big.NewInt(pt))
	ratio := new(big.Rat).SetFrac(now, base)
	return Rate{State: OK, share: ratio.Sub(big.NewRat(1, 1), ratio)}
}

// Exact returns the share as a fraction, or nil where there is none. The caller
// must not change it.
func (r Rate) Exact() *big.Rat { return r.share }

// Value returns the share as the nearest float64: 0.302 is 30.2 %.
func (r Rate) Value() float64 {
	if r.share == nil {
		return 0
	}
	value, _ := r.share.Float64()
	return value
}

// Text writes the share in percent with one decimal, rounded half up (away from
// zero): "30.2%", "-4.5%". It is empty where there is no number.
func (r Rate) Text() string {
	if r.share == nil {
		return ""
	}
	tenths := tenthsOf(r.share)
	digits := new(big.Int).Abs(tenths).String()
	if len(digits) < 2 {
		digits = strings.Repeat("0", 2-len(digits)) + digits
	}
	sign := ""
	if tenths.Sign() < 0 {
		sign = "-"
	}
	return sign + digits[:len(digits)-1] + "." + digits[len(digits)-1:] + "%"
}

// tenthsOf returns a share in tenths of a percent, rounded half away from zero:
// (2·1000·num + den) ÷ (2·den), cut.
func tenthsOf(share *big.Rat) *big.Int {
	doubled := new(big.Int).Mul(share.Num(), big.NewInt(2000))
	half := new(big.Int).Set(share.Denom())
	if doubled.Sign() < 0 {
		half.Neg(half)
	}
	doubled.Add(doubled, half)
	return doubled.Quo(doubled, new(big.Int).Lsh(share.Denom(), 1))
}

// reaches reports whether the exact share is at least so many permille.
func (r Rate) reaches(permille int64) bool {
	return r.State == OK && r.share.Cmp(big.NewRat(permille, 1000)) >= 0
}
