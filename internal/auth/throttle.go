package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
)

// Throttle counts attempts in the database, so that every instance of the
// service counts the same ones, and makes a subject wait when there were too
// many.
//
// An attempt counts from the moment it is allowed, before the secret is
// checked: a hundred guesses at once are a hundred attempts, not one. What
// turns out well is taken back by Clear.
type Throttle struct {
	db    *database.DB
	now   func() calendar.Micros
	turns turns
}

// NewThrottle returns the throttle of a database.
func NewThrottle(db *database.DB) *Throttle { return &Throttle{db: db, now: calendar.Now} }

// Subject is what attempts are counted for.
type Subject struct {
	// Kind and Key say what it is, e.g. "login" and "chen"; only their hash is
	// stored.
	Kind, Key string
	// Limit is how many attempts may fail within Window; after that the subject
	// waits for as long as Window.
	Limit  int
	Window time.Duration
	// Shared is set for what many people have in common, such as an address: a
	// success takes back its own attempt and not those of others.
	Shared bool
}

type throttle struct {
	Subject      []byte `gorm:"primaryKey"`
	Failures     int
	WindowAt     calendar.Micros
	BlockedUntil calendar.Micros
}

func (s Subject) hash() []byte {
	sum := sha256.Sum256([]byte(s.Kind + "\x00" + s.Key))
	return sum[:]
}

// Turn waits until no other attempt of a subject is under way in this instance:
// right answers that come at the same moment would else count as guesses until
// they have turned out well. done has to be called. Its only error is that ctx
// ended meanwhile.
func (t *Throttle) Turn(ctx context.Context, s Subject) (done func(), err error) {
	return t.turns.take(ctx, string(s.hash()))
}

// Allow takes an attempt of each subject, or of none: when any of them has to
// wait it returns a Limited fault "throttle.wait" with the "minutes" and
// "seconds" left.
func (t *Throttle) Allow(ctx context.Context, subjects ...Subject) error {
	now := t.now()
	err := t.change(ctx, subjects, func(s Subject, row *throttle) error {
		if row.BlockedUntil > now {
			return wait(row.BlockedUntil.Sub(now))
		}
		if now.Sub(row.WindowAt) >= s.Window || row.BlockedUntil != 0 {
			row.Failures, row.WindowAt, row.BlockedUntil = 0, now, 0
		}
		row.Failures++
		if row.Failures >= s.Limit {
			row.BlockedUntil = now.Add(s.Window)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	return nil
}

func wait(left time.Duration) *fault.Fault {
	seconds := int((left + time.Second - 1) / time.Second)
	return fault.New(fault.Limited, "throttle.wait", "seconds", seconds, "minutes", (seconds+59)/60)
}

// Clear takes an attempt back after it turned out well: all attempts of a
// subject, but only the one of a shared subject.
func (t *Throttle) Clear(ctx context.Context, subjects ...Subject) error {
	err := t.change(ctx, subjects, func(s Subject, row *throttle) error {
		if !s.Shared {
			row.Failures, row.BlockedUntil = 0, 0
			return nil
		}
		row.Failures = max(0, row.Failures-1)
		if row.Failures < s.Limit {
			row.BlockedUntil = 0
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("clear throttle: %w", err)
	}
	return nil
}

// change locks the rows of all subjects, in one order, and stores what edit
// makes of them. An error from edit changes nothing.
func (t *Throttle) change(ctx context.Context, subjects []Subject, edit func(Subject, *throttle) error) error {
	subjects = slices.Clone(subjects)
	slices.SortFunc(subjects, func(a, b Subject) int { return bytes.Compare(a.hash(), b.hash()) })
	return t.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		for _, s := range subjects {
			row, err := lockThrottle(tx, s.hash(), t.now())
			if err != nil {
				return err
			}
			if err := edit(s, &row); err != nil {
				return err
			}
			if err := tx.Model(&row).Select("failures", "window_at", "blocked_until").Updates(row).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// lockThrottle returns the row of a subject, new where there was none, and keeps
// others from it. The insert changes nothing in a row that is there, but locks
// it, unlike one that fails on the duplicate.
func lockThrottle(tx *gorm.DB, subject []byte, now calendar.Micros) (throttle, error) {
	keep := clause.OnConflict{
		Columns:   []clause.Column{{Name: "subject"}},
		DoUpdates: clause.Assignments(map[string]any{"window_at": gorm.Expr("throttles.window_at")}),
	}
	row := throttle{Subject: subject, WindowAt: now}
	if err := tx.Clauses(keep).Create(&row).Error; err != nil {
		return row, err
	}
	row = throttle{}
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("subject = ?", subject).Take(&row).Error
	return row, err
}

// Sweep removes subjects that nobody tried for a day and that need not wait, and
// returns how many.
func (t *Throttle) Sweep(ctx context.Context) (int64, error) {
	var removed int64
	err := t.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		now := t.now()
		result := tx.Where("window_at < ? AND blocked_until < ?", now.Add(-24*time.Hour), now).Delete(&throttle{})
		removed = result.RowsAffected
		return result.Error
	})
	if err != nil {
		return 0, fmt.Errorf("sweep throttles: %w", err)
	}
	return removed, nil
}
