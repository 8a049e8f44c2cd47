package bench

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"time"

	"hufen/internal/id"
)

// turns deals out households so that no two requests on their way meet at the
// same one, and neighbours in time are seldom of one village.
type turns struct{ n atomic.Uint64 }

// stride has no factor in common with any number of households that is a
// multiple of a village's 200 below itself.
const stride = 7919

func (t *turns) next(d *district) *home {
	return &d.households[(t.n.Add(1)*stride)%uint64(len(d.households))]
}

// round deals out as many households of one village as a cleaner's phone sends
// together.
func (t *turns) round(d *district) []home {
	n := int(t.n.Add(1))
	villages := len(d.households) / householdsPerVillage
	rounds := householdsPerVillage / batchLength
	from := n%villages*householdsPerVillage + n/villages%rounds*batchLength
	return d.households[from : from+batchLength]
}

const batchLength = 100

const (
	dropOffsPath   = "/api/v1/drop-offs"
	batchPath      = "/api/v1/drop-offs:batch"
	redemptionPath = "/api/v1/redemptions"
	householdPath  = "/api/v1/household"
)

// oneDropOff is a visit with one class, as most are.
func (t *turns) oneDropOff(d *district) func(*request) {
	return func(r *request) {
		h := t.next(d)
		r.method, r.path, r.cookie = http.MethodPost, dropOffsPath, d.villages[h.village].cleaner
		r.body = dropOff(r.body[:0], d, h, `{"item":"food","grade":"good","grams":1200}`)
	}
}

// batch is a cleaner's round, sent at once.
func (t *turns) batch(d *district, items string) func(*request) {
	return func(r *request) {
		round := t.round(d)
		r.method, r.path, r.cookie = http.MethodPost, batchPath, d.villages[round[0].village].cleaner
		r.body = append(r.body[:0], `{"drop_offs":[`...)
		for i := range round {
			if i > 0 {
				r.body = append(r.body, ',')
			}
			r.body = dropOff(r.body, d, &round[i], items)
		}
		r.body = append(r.body, "]}"...)
	}
}

func dropOff(to []byte, d *district, h *home, items string) []byte {
	to = append(to, `{"id":"`...)
	to = append(to, id.New().String()...)
	to = append(to, `","card_code":"`...)
	to = append(to, h.code...)
	to = append(to, `","point_id":"`...)
	to = append(to, d.villages[h.village].point.String()...)
	to = append(to, `","happened_at":"`...)
	to = time.Now().UTC().AppendFormat(to, time.RFC3339)
	to = append(to, `","items":[`...)
	to = append(to, items...)
	return append(to, "]}"...)
}

// oneRedemption takes one article from one of the town's shops.
func (t *turns) oneRedemption(d *district) func(*request) {
	return func(r *request) {
		n := t.n.Load()
		h := t.next(d)
		redeemAt(r, h, &d.shops[h.village/villagesPerTown*shopsPerTown+int(n%shopsPerTown)], n/shopsPerTown)
	}
}

// atOneShop is a market day: everybody of a town at the same shop, for the same
// article.
func (t *turns) atOneShop(d *district) func(*request) {
	return func(r *request) {
		h := t.next(d)
		for h.village >= villagesPerTown {
			h = t.next(d)
		}
		redeemAt(r, h, &d.shops[0], 0)
	}
}

func redeemAt(r *request, h *home, s *shop, n uint64) {
	r.method, r.path, r.cookie = http.MethodPost, redemptionPath, s.keeper
	r.body = append(r.body[:0], `{"id":"`...)
	r.body = append(r.body, id.New().String()...)
	r.body = append(r.body, `","card_code":"`...)
	r.body = append(r.body, h.code...)
	r.body = append(r.body, `","shop_id":"`...)
	r.body = append(r.body, s.id.String()...)
	r.body = append(r.body, `","items":[{"goods_id":"`...)
	r.body = append(r.body, s.goods[n%goodsPerShop].String()...)
	r.body = append(r.body, `","quantity":1}]}`...)
}

// ofOneHousehold are drop-offs of one household, as fast as they come.
func (t *turns) ofOneHousehold(d *district) func(*request) {
	return func(r *request) {
		h := &d.households[0]
		r.method, r.path, r.cookie = http.MethodPost, dropOffsPath, d.villages[h.village].cleaner
		r.body = dropOff(r.body[:0], d, h, `{"item":"battery","pieces":1}`)
	}
}

// ownBalance is a household looking at its own page.
func (t *turns) ownBalance(d *district) func(*request) {
	return func(r *request) { r.method, r.path, r.cookie = http.MethodGet, householdPath, t.next(d).token }
}

// health asks for the least the service can answer, without the database.
func health(r *request) { r.method, r.path = http.MethodGet, "/healthz" }

// succeeded counts an answer as one.
func succeeded(a answer) int {
	if a.status/100 == 2 {
		return 1
	}
	return 0
}

var recorded = []byte(`"status":201`)

// allRecorded counts a batch, if every outcome in it is a success.
func allRecorded(a answer) int {
	if a.status == http.StatusOK && bytes.Count(a.body, recorded) == batchLength {
		return batchLength
	}
	return 0
}
