package api

import (
	"encoding/json"
	"regexp"

	"github.com/labstack/echo/v4"

	"hufen/internal/api/contract"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// batchOperation takes many requests, each of which has an outcome of its own:
// one bad record on a phone must not keep the others from being sent.
const batchOperation = "createDropOffs"

// mostInBatch is how many requests the contract allows in one.
const mostInBatch = 500

var partPointer = regexp.MustCompile(`^/drop_offs/\d+(/|$)`)

// onlyParts reports whether the single requests of a batch break the contract,
// and nothing around them.
func onlyParts(o *contract.Operation, err error) bool {
	f, ok := fault.As(err)
	if !ok || o.ID != batchOperation || f.Code != "request.invalid" || len(f.Details) == 0 {
		return false
	}
	for _, detail := range f.Details {
		if !partPointer.MatchString(detail.Pointer) {
			return false
		}
	}
	return true
}

// dropOffBatch is a batch as it was read: those of the requests that the contract
// allows, and the faults of the others.
type dropOffBatch struct {
	ids    []id.ID
	faults []error // by place; nil for an input
	inputs []dropoff.Input
}

func (b *dropOffBatch) add(id id.ID, err error, req *NewDropOff) {
	b.ids, b.faults = append(b.ids, id), append(b.faults, err)
	if err == nil {
		b.inputs = append(b.inputs, dropOffInput(req))
	}
}

// outcomes puts what became of the inputs in their places.
func (b *dropOffBatch) outcomes(became []dropoff.Outcome) []dropoff.Outcome {
	all := make([]dropoff.Outcome, len(b.ids))
	for i, err := range b.faults {
		if err != nil {
			all[i].Err = err
			continue
		}
		all[i], became = became[0], became[1:]
	}
	return all
}

// readBatch reads the body of a batch.
func (s *Server) readBatch(c echo.Context) (*dropOffBatch, error) {
	if broken := exchangeOf(c).broken; broken != nil {
		return s.readBrokenBatch(c, broken)
	}
	var req DropOffBatch
	if err := bind(c, &req); err != nil {
		return nil, err
	}
	b := &dropOffBatch{}
	for i := range req.DropOffs {
		b.add(req.DropOffs[i].Id, nil, &req.DropOffs[i])
	}
	return b, nil
}

// readBrokenBatch judges the requests one by one. Where one cannot even be named
// in the answer, all are refused.
func (s *Server) readBrokenBatch(c echo.Context, broken error) (*dropOffBatch, error) {
	var req struct {
		DropOffs []json.RawMessage `json:"drop_offs"`
	}
	if err := bind(c, &req); err != nil {
		return nil, err
	}
	if len(req.DropOffs) > mostInBatch {
		return nil, broken
	}
	b := &dropOffBatch{}
	for _, part := range req.DropOffs {
		var named struct {
			ID id.ID `json:"id"`
		}
		if err := json.Unmarshal(part, &named); err != nil || named.ID.IsZero() {
			return nil, broken
		}
		var one NewDropOff
		err := s.oneDropOff.CheckBody(echo.MIMEApplicationJSON, part)
		if err == nil {
			err = json.Unmarshal(part, &one)
		}
		b.add(named.ID, err, &one)
	}
	return b, nil
}
