package id

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"
)

// New returns a new UUID of version 7 (RFC 9562 §5.7). Identifiers made by one
// process are strictly increasing: the 12 bits after the milliseconds hold its
// fraction (§6.2, method 3), raised by one where two calls fall together.
func New() ID {
	stamp := next(time.Now())
	var id ID
	// Version and variant overwrite their bits below; 62 random bits remain.
	rand.Read(id[8:])
	binary.BigEndian.PutUint64(id[:8], stamp>>12<<16|0x7000|stamp&0xfff)
	id[8] = id[8]&0x3f | 0x80
	return id
}

var clock struct {
	sync.Mutex
	last uint64 // milliseconds since 1970 in the upper 52 bits, fraction in the lower 12
}

// next turns an instant into a stamp above every earlier one. A clock set back
// stays where it was until time catches up.
func next(now time.Time) uint64 {
	nanos := uint64(now.UnixNano())
	const milli = uint64(time.Millisecond)
	stamp := nanos/milli<<12 | nanos%milli*4096/milli

	clock.Lock()
	defer clock.Unlock()
	clock.last = max(stamp, clock.last+1)
	return clock.last
}
