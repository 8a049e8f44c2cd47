package database

import (
	"context"
	"fmt"
)

// Durability says whether the database keeps what it acknowledged when the
// power fails.
type Durability struct {
	Dialect  Dialect  `json:"dialect"`
	Version  string   `json:"version"`
	Problems []string `json:"problems,omitempty"` // settings that lose acknowledged writes
}

// OK reports whether nothing acknowledged can be lost.
func (d Durability) OK() bool { return len(d.Problems) == 0 }

func (d *Durability) require(ok bool, setting string, is, want any) {
	if !ok {
		d.Problems = append(d.Problems, fmt.Sprintf("%s is %v, want %v", setting, is, want))
	}
}

// Durability asks the database for its settings, on a writing connection.
func (db *DB) Durability(ctx context.Context) (Durability, error) {
	pool, err := db.Write.DB()
	if err != nil {
		return Durability{}, err
	}
	d, err := db.engine.durability(ctx, pool)
	if err != nil {
		return Durability{}, fmt.Errorf("read durability settings: %w", err)
	}
	return d, nil
}

// hasWALResetBug reports whether that SQLite can corrupt a database in WAL mode
// (fixed in 3.51.3, and in 3.50.7 and 3.44.6 for those lines). A version that
// cannot be read counts as one.
func hasWALResetBug(version string) bool {
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil || major != 3 {
		return true
	}
	switch minor {
	case 44:
		return patch < 6
	case 50:
		return patch < 7
	case 51:
		return patch < 3
	}
	return minor < 51
}
