// Package calendar holds Hufen's three measures of time: an instant (Micros),
// a local date (Day) and a local month (Month). Rows carry the local day and
// month as whole numbers, so that no query has to compute them.
package calendar

import (
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // the zone of a village must not depend on the server's files
)

// DefaultZone is the name of the zone days are counted in unless configured.
const DefaultZone = "Asia/Shanghai"

// Shanghai is the default zone.
var Shanghai = mustLoad(DefaultZone)

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// Micros is an instant: microseconds since 1970 in UTC.
type Micros int64

// Now returns the present instant.
func Now() Micros { return MicrosOf(time.Now()) + shift }

// shiftVariable names the environment variable that moves the clock. It is set
// by the linker for the program that internal/prove breaks, to see what wrong
// clocks do, and for no other.
var shiftVariable string

var shift = readShift(shiftVariable)

func readShift(variable string) Micros {
	if variable == "" {
		return 0
	}
	d, _ := time.ParseDuration(os.Getenv(variable)) // unset: no shift
	return Micros(d.Microseconds())
}

// MicrosOf returns the instant of t, cut to the microsecond.
func MicrosOf(t time.Time) Micros { return Micros(t.UnixMicro()) }

// Time returns the instant in UTC.
func (m Micros) Time() time.Time { return time.UnixMicro(int64(m)).UTC() }

// Add returns the instant d later, cut to the microsecond.
func (m Micros) Add(d time.Duration) Micros { return m + Micros(d.Microseconds()) }

// Sub returns the time from other to m.
func (m Micros) Sub(other Micros) time.Duration { return time.Duration(m-other) * time.Microsecond }

// String writes the instant as RFC 3339 in UTC, e.g. 2026-07-14T01:02:03.000004Z.
func (m Micros) String() string { return m.Time().Format(time.RFC3339Nano) }

// MarshalText writes the instant as RFC 3339 in UTC. A year outside 0–9999 is
// an error.
func (m Micros) MarshalText() ([]byte, error) { return m.Time().MarshalText() }

// UnmarshalText reads RFC 3339 text in any offset, cut to the microsecond.
func (m *Micros) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("calendar: not an RFC 3339 time: %w", err)
	}
	*m = MicrosOf(t)
	return nil
}
