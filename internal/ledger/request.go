package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Request is a write somebody asked for: the id the client made, what kind of
// write, and the hash of what was asked. Requests are kept for ever.
type Request struct {
	ID      id.ID
	Kind    string
	Hash    Hash
	ActorID id.ID
}

// The outcomes of a request.
const (
	posted   = "posted"
	rejected = "rejected"
	pending  = "pending"
)

// stored is what became of a request earlier.
type stored struct {
	hash    Hash
	refusal *fault.Fault // nil unless it was rejected
}

// errSeenBefore says that a request of the group is already in the book.
var errSeenBefore = errors.New("ledger: request seen before")

var requestColumns = []string{"id", "kind", "request_hash", "outcome", "error_code", "error_detail", "actor_id", "recorded_at"}

func requestRow(r Request, outcome string, refusal *fault.Fault, at calendar.Micros) []any {
	code, detail := "", ""
	if refusal != nil {
		code, detail = refusal.Code, encodeRefusal(refusal)
	}
	return []any{r.ID[:], r.Kind, r.Hash[:], outcome, code, detail, r.ActorID[:], int64(at)}
}

// storedRequests reads what became of requests. It locks what it reads, so that
// the answer is the newest on every engine.
func storedRequests(ctx context.Context, tx *gorm.DB, ids []id.ID) (map[id.ID]stored, error) {
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i][:]
	}
	rows, err := database.Query(ctx, tx, `
		SELECT id, request_hash, outcome, error_code, error_detail
		FROM requests WHERE id IN (`+database.Placeholders(len(ids))+`) ORDER BY id`+database.ForUpdate(tx), args...)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	defer rows.Close()
	found := make(map[id.ID]stored, len(ids))
	for rows.Next() {
		var requestID id.ID
		var hash []byte
		var outcome, code, detail string
		if err := rows.Scan(&requestID, &hash, &outcome, &code, &detail); err != nil {
			return nil, fmt.Errorf("read requests: %w", err)
		}
		s := stored{hash: Hash(hash)}
		if outcome == rejected {
			s.refusal = decodeRefusal(code, detail)
		}
		found[requestID] = s
	}
	return found, rows.Err()
}

// encodeRefusal writes what a refusal said, so that it can be said again: its
// kind, pointer and arguments. Arguments are numbers or texts.
func encodeRefusal(f *fault.Fault) string {
	v := url.Values{"kind": {strconv.Itoa(int(f.Kind))}}
	if f.Pointer != "" {
		v.Set("at", f.Pointer)
	}
	for name, value := range f.Args {
		switch value.(type) {
		case string, fmt.Stringer:
			v.Set("s."+name, fmt.Sprint(value))
		default:
			v.Set("n."+name, fmt.Sprint(value))
		}
	}
	return v.Encode()
}

func decodeRefusal(code, detail string) *fault.Fault {
	v, err := url.ParseQuery(detail)
	if err != nil {
		v = url.Values{}
	}
	kind, err := strconv.Atoi(v.Get("kind"))
	if err != nil {
		kind = int(fault.Refused)
	}
	var args []any
	for name := range v {
		if text, ok := strings.CutPrefix(name, "s."); ok {
			args = append(args, text, v.Get(name))
		}
		if number, ok := strings.CutPrefix(name, "n."); ok {
			n, _ := strconv.ParseInt(v.Get(name), 10, 64)
			args = append(args, number, n)
		}
	}
	return fault.New(fault.Kind(kind), code, args...).At(v.Get("at"))
}
