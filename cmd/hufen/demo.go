package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"hufen/internal/app"
	"hufen/internal/demo"
)

var demoCommand = command{
	name:    "demo",
	summary: "load a town to look at into an empty database",
	help: `
A real town with made-up villages and people: 1,200 households, fifteen months of
weighbridge tickets, three of drop-offs and redemptions. Everybody's password is
public: nothing real belongs into the same database. hufen serve --demo does it
by itself.`,
	run: runDemo,
}

func runDemo(ctx context.Context, flags *flag.FlagSet, args []string) error {
	households := flags.Int("households", 0, "about so many, at least 144; 0 for 1,200")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	logins, err := demo.Load(ctx, demoServices(a), demo.Options{Households: *households, Progress: doing})
	if err == nil {
		fmt.Print(describeLogins(a, logins))
	}
	return errors.Join(err, a.Close())
}

func demoServices(a *app.App) demo.Services {
	return demo.Services{DB: a.DB, Keys: a.Keys, Zone: a.Config.Zone, Divisions: a.Divisions, Auth: a.Auth, Households: a.Households, Sealer: a.Sealer()}
}

func doing(what string) { fmt.Fprintln(os.Stderr, "demo:", what) }

// ensureDemo loads the demo if the database is empty, and returns how to log in
// to it, nothing where the database holds something else.
func ensureDemo(ctx context.Context, a *app.App) (string, error) {
	services := demoServices(a)
	state, err := demo.StateOf(ctx, services)
	if err != nil {
		return "", err
	}
	var logins demo.Logins
	switch state {
	case demo.Empty:
		logins, err = demo.Load(ctx, services, demo.Options{Progress: doing})
	case demo.Loaded:
		logins, err = demo.LoginsOf(ctx, services)
	case demo.Partial:
		err = errors.New("the demo is being loaded by somebody else, or its loading was interrupted: wait, or remove the database and start again")
	default:
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return describeLogins(a, logins), nil
}

// describeLogins writes a line for each role: role, log-in, password, who it is;
// and the card of a household with its PIN.
func describeLogins(a *app.App, logins demo.Logins) string {
	var b strings.Builder
	b.WriteString("The demo town; everybody knows these passwords, so keep real data out of it:\n")
	for _, u := range logins.Users {
		fmt.Fprintf(&b, "  %-18s %-9s %s  %s\n", u.Role, u.Login, u.Password, strings.TrimSpace(u.Name+" "+u.Place))
	}
	fmt.Fprintf(&b, "  a household's card: %s/c/%s  PIN %s  %s\n", a.Config.PublicURL, logins.Card, demo.PIN, logins.Door)
	return b.String()
}
