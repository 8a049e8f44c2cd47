package app

import (
	"context"
	"time"

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
