package division

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
)

// How old a snapshot may be: from refreshAfter on one caller renews it while the
// others go on with it, from staleAfter on nobody uses it.
const (
	refreshAfter = time.Second
	staleAfter   = 2 * time.Second
)

// snapshot is the tree and the settings at one moment.
type snapshot struct {
	tree     *Tree
	settings settings
	stamp    stamp
	readAt   time.Time
	epoch    uint64
}

// stamp tells cheaply whether anything has changed. Settings are only ever
// added, and every change of a division gives it another updated_at.
type stamp struct{ divisions, latest, mix, settings int64 }

// snapshots holds the present snapshot.
type snapshots struct {
	load    func(ctx context.Context, last *snapshot) (*snapshot, error)
	current atomic.Pointer[snapshot]
	epoch   atomic.Uint64 // raised by forget
	loading sync.Mutex
}

func (s *snapshots) get(ctx context.Context) (*snapshot, error) {
	snap := s.current.Load()
	switch age := s.age(snap); {
	case age < refreshAfter:
		return snap, nil
	case age < staleAfter && !s.loading.TryLock():
		return snap, nil
	case age >= staleAfter:
		s.loading.Lock()
	}
	defer s.loading.Unlock()
	return s.renew(ctx)
}

// age returns how old a snapshot is; one from before the last forget is stale.
func (s *snapshots) age(snap *snapshot) time.Duration {
	if snap == nil || snap.epoch != s.epoch.Load() {
		return staleAfter
	}
	return time.Since(snap.readAt)
}

// renew reads the database, unless somebody else just did. The caller holds the
// lock.
func (s *snapshots) renew(ctx context.Context) (*snapshot, error) {
	last := s.current.Load()
	if s.age(last) < refreshAfter {
		return last, nil
	}
	// Taken before reading, so that a change during it makes the result stale.
	epoch, readAt := s.epoch.Load(), time.Now()
	snap, err := s.load(ctx, last)
	if err != nil {
		return nil, fmt.Errorf("read divisions: %w", err)
	}
	snap.epoch, snap.readAt = epoch, readAt
	s.current.Store(snap)
	return snap, nil
}

func (s *snapshots) forget() { s.epoch.Add(1) }

// load reads tree and settings, or keeps those of last where nothing changed.
func load(ctx context.Context, tx *gorm.DB, last *snapshot) (*snapshot, error) {
	now, err := readStamp(ctx, tx)
	if err != nil {
		return nil, err
	}
	if last != nil && last.stamp == now {
		return &snapshot{tree: last.tree, settings: last.settings, stamp: now}, nil
	}
	divisions, err := readDivisions(ctx, tx)
	if err != nil {
		return nil, err
	}
	values, err := readSettings(ctx, tx)
	if err != nil {
		return nil, err
	}
	return &snapshot{tree: newTree(divisions), settings: values, stamp: now}, nil
}

func readStamp(ctx context.Context, tx *gorm.DB) (stamp, error) {
	var s stamp
	rows, err := database.Query(ctx, tx, `
		SELECT COUNT(*), COALESCE(MAX(updated_at), 0), COALESCE(SUM(updated_at % 1000000007), 0),
		       (SELECT COUNT(*) FROM settings)
		FROM divisions`)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&s.divisions, &s.latest, &s.mix, &s.settings); err != nil {
			return s, err
		}
	}
	return s, rows.Err()
}
