package app

import (
	"context"
	"log/slog"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/jobs"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// Sealer returns what makes seals, with the keys of the data folder.
func (a *App) Sealer() *ledger.Sealer {
	return ledger.NewSealer(a.DB, ledger.NewKeyring(a.Config.DataDir), proof.Facts)
}

// runner does the jobs that every instance offers to do.
func (a *App) runner() *jobs.Runner {
	sealer := a.Sealer()
	return jobs.New(a.DB,
		jobs.Job{Name: "seal", Every: time.Minute, Limit: 10 * time.Minute, Run: func(ctx context.Context) error {
			_, err := sealer.Seal(ctx)
			return err
		}},
		jobs.Job{Name: "seal_late", Every: 24 * time.Hour, Limit: time.Hour, Run: func(ctx context.Context) error {
			_, err := sealer.SealAll(ctx)
			return err
		}},
		jobs.Job{Name: "verify", Every: time.Hour, Limit: 6 * time.Hour, Run: a.verifyAtNight},
		jobs.Job{Name: "book", Every: time.Minute, Limit: time.Hour, Run: func(ctx context.Context) error {
			_, err := a.Closings.Book(ctx)
			return err
		}},
		jobs.Job{Name: "expiry", Every: time.Hour, Limit: 30 * time.Minute, Run: func(ctx context.Context) error {
			_, err := a.Expiries.Run(ctx)
			return err
		}},
		jobs.Job{Name: "objection_periods", Every: 10 * time.Minute, Limit: 30 * time.Minute, Run: func(ctx context.Context) error {
			_, err := a.DropOffs.CreditPosted(ctx)
			return err
		}},
	)
}

// verifyAtNight recomputes everything once a night, and says aloud when it is
// not in order.
func (a *App) verifyAtNight(ctx context.Context) error {
	r, err := proof.Nightly(ctx, a.DB, calendar.Now(), a.Config.Zone)
	if err != nil || r == nil {
		return err
	}
	took := time.Duration(r.EndedAt-r.BeganAt) * time.Microsecond
	if r.OK() {
		slog.InfoContext(ctx, "verified", "entries", r.Entries, "since_seal", r.SinceHeight, "seal", r.Height, "took", took)
		return nil
	}
	first := r.Findings[0]
	slog.ErrorContext(ctx, "VERIFY FOUND THE LEDGER NOT IN ORDER", "findings", r.Found, "check", first.Check, "row", first.ID, "text", first.Text,
		"run", r.ID.String(), "took", took)
	return nil
}
