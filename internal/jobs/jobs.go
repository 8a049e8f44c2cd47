// Package jobs runs what nobody asks for, at its time, on one of the instances.
// Who writes the row of a job and its period first does the work; if it dies,
// another one takes over. A job may so run twice, and has to bear it.
package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
)

// Job is done once in each period.
type Job struct {
	Name  string        // at most 32 letters
	Every time.Duration // length of a period; periods are counted in UTC
	Limit time.Duration // longest run; after it, or this long after a failure, it is taken up again
	Run   func(ctx context.Context) error
}

// Runner does the jobs of an instance.
type Runner struct {
	db    *database.DB
	owner string
	jobs  []Job
	now   func() calendar.Micros
}

// New returns a runner. It does nothing before Work.
func New(db *database.DB, jobs ...Job) *Runner {
	host, _ := os.Hostname()
	owner := fmt.Sprintf("%.40s %s", host, rand.Text()[:8])
	return &Runner{db: db, owner: owner, jobs: jobs, now: calendar.Now}
}

// lookEvery bounds how long a job waits for its period, or for a dead owner.
const lookEvery = time.Minute

// Work does the jobs until ctx ends, and returns when the last has stopped.
func (r *Runner) Work(ctx context.Context) {
	var running sync.WaitGroup
	for _, job := range r.jobs {
		running.Go(func() { r.repeat(ctx, job) })
	}
	running.Wait()
}

func (r *Runner) repeat(ctx context.Context, job Job) {
	ticker := time.NewTicker(min(job.Every, lookEvery))
	defer ticker.Stop()
	for {
		if _, err := r.turn(ctx, job); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "job failed", "job", job.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// turn does the job if its period has not been claimed, and reports whether it
// did.
func (r *Runner) turn(ctx context.Context, job Job) (done bool, err error) {
	now := r.now()
	period := now - now%calendar.Micros(job.Every.Microseconds())
	claimed, err := r.claim(ctx, job, period)
	if err != nil || !claimed {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, job.Limit)
	defer cancel()
	failure := job.Run(limited)
	return true, errors.Join(failure, r.finish(ctx, job, period, failure))
}

// claim takes a period of a job, and reports whether it was to be had: new, or
// begun long ago and not finished.
func (r *Runner) claim(ctx context.Context, job Job, period calendar.Micros) (bool, error) {
	now := r.now()
	stale := now.Add(-job.Limit)
	claimedAt, finished, err := r.look(ctx, job.Name, period)
	if err != nil || finished || claimedAt > stale {
		return false, err
	}
	claimed := false
	err = r.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		err := database.InsertRows(ctx, tx, "job_runs", []string{"job", "period", "owner", "claimed_at"},
			[][]any{{job.Name, int64(period), r.owner, int64(now)}})
		if claimed = err == nil; !database.IsDuplicate(err) {
			return err
		}
		result, err := database.Exec(ctx, tx, `
			UPDATE job_runs SET owner = ?, claimed_at = ?
			WHERE job = ? AND period = ? AND finished_at = 0 AND claimed_at <= ?`,
			r.owner, int64(now), job.Name, int64(period), int64(stale))
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		claimed = rows == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claim job %s: %w", job.Name, err)
	}
	return claimed, nil
}

// look reads when a period was claimed, 0 if it was not, and whether it is
// finished.
func (r *Runner) look(ctx context.Context, job string, period calendar.Micros) (claimedAt calendar.Micros, finished bool, err error) {
	var finishedAt calendar.Micros
	err = r.db.Read.WithContext(ctx).Raw(`SELECT claimed_at, finished_at FROM job_runs WHERE job = ? AND period = ?`, job, int64(period)).
		Row().Scan(&claimedAt, &finishedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look for job %s: %w", job, err)
	}
	return claimedAt, finishedAt != 0, nil
}

// keepRuns is how long it stays known what ran.
const keepRuns = 7 * 24 * time.Hour

// longestError is what fits into the error of a run.
const longestError = 500

// finish writes how the run ended, even when ctx has, and removes the runs of
// long ago.
func (r *Runner) finish(ctx context.Context, job Job, period calendar.Micros, failure error) error {
	finishedAt, text := r.now(), ""
	if failure != nil {
		finishedAt, text = 0, failure.Error()
		text = strings.ToValidUTF8(text[:min(len(text), longestError)], "")
	}
	err := r.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *gorm.DB) error {
		_, err := database.Exec(ctx, tx, `UPDATE job_runs SET finished_at = ?, error = ? WHERE job = ? AND period = ? AND owner = ?`,
			int64(finishedAt), text, job.Name, int64(period), r.owner)
		if err != nil {
			return err
		}
		_, err = database.Exec(ctx, tx, `DELETE FROM job_runs WHERE job = ? AND period < ?`, job.Name, int64(period.Add(-keepRuns)))
		return err
	})
	if err != nil {
		return fmt.Errorf("finish job %s: %w", job.Name, err)
	}
	return nil
}
