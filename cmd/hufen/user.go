package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"hufen/internal/app"
	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/id"
)

var userCommand = command{
	name:     "user",
	argument: "add",
	summary:  "create a user, the first administrator for example",
	help: `
hufen user add --login chen --name 陈明 --role administrator
hufen user add --login li --name 李红 --role town_official --division 610204107

The password is read from the terminal, or from standard input where that is no
terminal; where nothing is typed one is made up and printed. Roles: cleaner,
cadre, town_official, district_official, finance, auditor, administrator. An
administrator without a division is one everywhere. Shopkeepers are created on
the page of their shop.`,
	run: user,
}

func user(ctx context.Context, flags *flag.FlagSet, args []string) error {
	login := flags.String("login", "", "what the person signs in with")
	name := flags.String("name", "", "the person's name")
	role := flags.String("role", string(auth.Administrator), "the first role")
	code := flags.String("division", "", "code of the division of the role, 2 to 12 digits")
	if len(args) > 0 && args[0] == "add" {
		args = args[1:]
	} else if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return usageError("want add, not " + args[0])
	}
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	if *login == "" || *name == "" {
		return usageError("--login and --name are needed")
	}
	if !slices.Contains(auth.Roles, auth.Role(*role)) {
		return usageError("there is no role " + *role)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(addUser(ctx, a, *login, *name, auth.Role(*role), *code), a.Close())
}

func addUser(ctx context.Context, a *app.App, login, name string, role auth.Role, code string) error {
	divisionID, err := divisionByCode(ctx, a.Divisions, code)
	if err != nil {
		return err
	}
	password, madeUp, err := askPassword()
	if err != nil {
		return err
	}
	_, _, err = a.Auth.CreateUser(ctx, auth.SystemActor("hufen user add"), auth.NewUser{
		ID: id.New(), Login: login, Name: name, Kind: auth.Person, Password: password,
		Role: auth.RoleInput{Role: role, DivisionID: divisionID},
	})
	if err != nil {
		return err
	}
	fmt.Printf("created %s as %s\n", login, role)
	if madeUp {
		fmt.Printf("password: %s\n", password)
	}
	return nil
}

// divisionByCode returns the division in force with a code, the zero id for no
// code.
func divisionByCode(ctx context.Context, divisions *division.Service, code string) (id.ID, error) {
	if code == "" {
		return id.ID{}, nil
	}
	tree, err := divisions.Tree(ctx)
	if err != nil {
		return id.ID{}, err
	}
	d, found := tree.ByCode(code)
	if !found {
		return id.ID{}, fmt.Errorf("there is no division with the code %s", code)
	}
	return d.ID, nil
}

// askPassword reads a password, or makes one up where none is typed.
func askPassword() (password string, madeUp bool, err error) {
	if isTerminal(os.Stdin) {
		fmt.Fprint(os.Stderr, "password (empty: make one up): ")
		echo("-echo")
		defer func() { echo("echo"); fmt.Fprintln(os.Stderr) }()
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return rand.Text()[:20], true, nil
	}
	return line, false, nil
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// echo switches the terminal's echo; where that fails the password is seen.
func echo(mode string) {
	stty := exec.Command("stty", mode)
	stty.Stdin = os.Stdin
	_ = stty.Run()
}
