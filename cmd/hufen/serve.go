package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"hufen/internal/app"
	"hufen/internal/config"
	"hufen/internal/database"
)

var serveCommand = command{
	name:    "serve",
	summary: "run the service",
	help: `
Brings the schema up to date, serves until SIGTERM or SIGINT, then finishes what
it accepted and stops. Any number of instances may run on one MySQL database;
a SQLite database belongs to one, and a second one on it says so and ends.`,
	run: serve,
}

func serve(ctx context.Context, flags *flag.FlagSet, args []string) error {
	withDemo := flags.Bool("demo", false, "load the demo town if the database is empty, and say how to log in to it")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	defer holdHeapFloor()()
	release, err := database.Hold(c.DatabaseURL)
	if err != nil {
		return err
	}
	defer release()
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	greeting := ""
	if *withDemo {
		greeting, err = ensureDemo(ctx, a)
	}
	if err == nil {
		err = listen(ctx, a, greeting)
	}
	return errors.Join(err, a.Close())
}

// openMigrated opens the house and brings its schema up to date.
func openMigrated(ctx context.Context, c config.Config) (*app.App, error) {
	a, err := app.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := a.Migrate(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// listen says where the service is, then answers requests until ctx ends and the
// last accepted one is answered.
func listen(ctx context.Context, a *app.App, greeting string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	handler, err := a.Handler()
	if err != nil {
		return err
	}
	certificates, err := certificates(a.Config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", a.Config.Address())
	if err != nil {
		return err
	}
	warn(ctx, a)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       5 * time.Minute,  // a photo over 2G
		WriteTimeout:      30 * time.Minute, // a district's export over the same
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, Certificates: certificates},
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	fmt.Printf("Hufen is at %s (listening on %s)\n%s", a.Config.PublicURL, listener.Addr(), greeting)
	var background sync.WaitGroup
	background.Go(func() { a.Work(ctx) })
	err = serveUntil(ctx, server, listener, a.Config)
	cancel()
	background.Wait()
	return err
}

// certificates reads the configured one, before anybody is told where to go.
func certificates(c config.Config) ([]tls.Certificate, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("TLS_CERT and TLS_KEY: %w", err)
	}
	return []tls.Certificate{certificate}, nil
}

// warn says aloud what /readyz says when asked.
func warn(ctx context.Context, a *app.App) {
	durability, err := a.DB.Durability(ctx)
	if err != nil {
		slog.WarnContext(ctx, "durability settings cannot be read", "error", err)
	}
	for _, problem := range durability.Problems {
		slog.WarnContext(ctx, "acknowledged records can be lost when the power fails", "setting", problem)
	}
}

// serveUntil serves until ctx ends, then waits for running requests, at most as
// long as configured.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, c config.Config) error {
	failed := make(chan error, 1)
	go func() {
		if c.TLSCert != "" {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	grace, cancel := context.WithTimeout(context.Background(), c.ShutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("requests still running after %s: %w", c.ShutdownGrace, err), server.Close())
	}
	return nil
}
