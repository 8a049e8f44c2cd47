package fault

// Kind says what a caller can do about a fault. It decides the HTTP status.
type Kind uint8

// The kinds, each with its HTTP status.
const (
	Internal     Kind = iota // 500 our mistake
	Malformed                // 400 not the agreed form
	Unauthorized             // 401 log in first
	Forbidden                // 403 not with this role or in this division
	NotFound                 // 404 does not exist for this actor
	Conflict                 // 409 another content or state stands in the way
	TooLarge                 // 413 send less
	Invalid                  // 422 a field breaks a rule
	Refused                  // 422 well formed, but the trade says no
	Limited                  // 429 slow down
	Unavailable              // 503 ask again with the same id
)

var kinds = [...]struct {
	name   string
	status int
}{
	Internal:     {"internal", 500},
	Malformed:    {"malformed", 400},
	Unauthorized: {"unauthorized", 401},
	Forbidden:    {"forbidden", 403},
	NotFound:     {"not_found", 404},
	Conflict:     {"conflict", 409},
	TooLarge:     {"too_large", 413},
	Invalid:      {"invalid", 422},
	Refused:      {"refused", 422},
	Limited:      {"limited", 429},
	Unavailable:  {"unavailable", 503},
}

// Status returns the HTTP status of the kind.
func (k Kind) Status() int { return kinds[k].status }

// String returns the kind's name, e.g. "not_found".
func (k Kind) String() string { return kinds[k].name }
