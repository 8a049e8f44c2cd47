// Package app puts the house together: it opens the database and the keys,
// builds every service and the HTTP interface over them, and takes them down
// again in the right order. The command line, the demo and the benchmark start
// from here.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"hufen/internal/adjustment"
	"hufen/internal/api"
	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/config"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
	"hufen/internal/trace"
)

// App is a house with all its services.
type App struct {
	Config  config.Config
	DB      *database.DB
	Keys    *household.Keys
	Metrics *api.Metrics

	Divisions   *division.Service
	Auth        *auth.Service
	Households  *household.Service
	Collection  *collection.Service
	DropOffs    *dropoff.Service
	Redemptions *redemption.Service
	Settlements *settlement.Service
	Successions *succession.Service
	Traces      *trace.Service
	Adjustments *adjustment.Service
	Expiries    *expiry.Service
	Reports     *report.Service
	Budgets     *budget.Service
	Closings    *closing.Service
	Intake      *intake.Service
}

// Open opens the database and builds the services. It does not migrate. Close
// has to be called.
func Open(ctx context.Context, c config.Config) (*App, error) {
	if err := os.MkdirAll(c.DataDir, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	keys, err := household.OpenKeys(c.DataDir)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	return build(c, db, keys), nil
}

func build(c config.Config, db *database.DB, keys *household.Keys) *App {
	a := &App{Config: c, DB: db, Keys: keys, Metrics: api.NewMetrics(db)}
	db.OnGroup = a.Metrics.ObserveGroup
	a.Divisions = division.New(db, c.Zone)
	a.Auth = auth.New(db, a.Divisions, auth.Config{
		Secret:          keys.Derive("one-time codes"),
		LoginAttempts:   c.LoginAttempts,
		AddressAttempts: c.LoginAddressLimit,
		LoginWindow:     c.LoginWindow,
		SessionIdle:     c.SessionIdle,
	})
	a.Households = household.New(db, a.Divisions, keys, household.Config{
		Zone:            c.Zone,
		PINAttempts:     c.PINAttempts,
		AddressAttempts: c.LoginAddressLimit,
		PINWindow:       c.PINWindow,
	})
	a.Collection = collection.New(db, a.Divisions, c.Zone)
	a.DropOffs = dropoff.New(db, a.Divisions, c.Zone)
	a.Redemptions = redemption.New(db, a.Divisions, a.Households, c.Zone)
	a.Settlements = settlement.New(db, a.Divisions, c.Zone)
	a.Successions = succession.New(db, a.Divisions, a.Households, c.Zone)
	a.Households.GuardClosing(a.Successions.MayClose)
	a.Traces = trace.New(db, a.Divisions, c.Zone)
	a.Adjustments = adjustment.New(db, a.Divisions, a.DropOffs, a.Redemptions, c.Zone)
	a.Expiries = expiry.New(db, a.Divisions, a.Households, c.Zone)
	a.Reports = report.New(db, a.Divisions, c.Zone)
	a.Budgets = budget.New(db, a.Divisions, c.Zone)
	a.DropOffs.WatchBudget(a.Budgets.Full, func(ctx context.Context) (dropoff.Room, error) {
		room, err := a.Budgets.Room(ctx)
		return room.Take, err
	})
	a.Closings = closing.New(db, a.Divisions, c.Zone, closing.Sources{
		Figures: a.Reports.MonthFigures,
		Seal: func(ctx context.Context, from, until calendar.Micros) error {
			_, err := a.Sealer().SealBetween(ctx, from, until)
			return err
		},
		Check: func(ctx context.Context, villages []id.ID, month calendar.Month) (int, error) {
			return report.CheckVillages(ctx, db, villages, month)
		},
	})
	a.Intake = intake.New(intake.Services{
		DB: db, Auth: a.Auth, Divisions: a.Divisions, Households: a.Households, Collection: a.Collection,
	})
	return a
}

// Migrate brings the schema up to date.
func (a *App) Migrate(ctx context.Context) error { return database.Migrate(ctx, a.DB) }

// Handler returns the HTTP interface.
func (a *App) Handler() (http.Handler, error) {
	server := &api.Server{
		Config: a.Config, DB: a.DB, Metrics: a.Metrics,
		Divisions: a.Divisions, Auth: a.Auth, Households: a.Households, Collection: a.Collection,
		DropOffs: a.DropOffs, Redemptions: a.Redemptions, Settlements: a.Settlements, Successions: a.Successions, Traces: a.Traces, Adjustments: a.Adjustments, Expiries: a.Expiries, Reports: a.Reports, Intake: a.Intake,
		Budgets: a.Budgets, Closings: a.Closings,
	}
	return server.Handler()
}

// tidyEvery is how often what is over is removed.
const tidyEvery = time.Hour

// Work does what nobody asks for, until ctx ends: it goes on with imports that
// were interrupted, seals what was recorded, and removes what is long over.
func (a *App) Work(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.Intake.Watch(ctx) })
	all.Go(func() { a.runner().Work(ctx) })
	all.Go(func() { a.tidy(ctx) })
	all.Wait()
}

// tidy removes sessions and counters of failed attempts now and then.
func (a *App) tidy(ctx context.Context) {
	throttle := auth.NewThrottle(a.DB)
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		_, sessionErr := a.Auth.SweepSessions(ctx)
		_, throttleErr := throttle.Sweep(ctx)
		if err := errors.Join(sessionErr, throttleErr); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "tidying failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Close posts what was accepted, then closes the database. No request may be
// running any more.
func (a *App) Close() error {
	a.Intake.Close()
	a.Adjustments.Close()
	a.DropOffs.Close()
	a.Redemptions.Close()
	a.Settlements.Close()
	a.Successions.Close()
	a.Expiries.Close()
	return a.DB.Close()
}
