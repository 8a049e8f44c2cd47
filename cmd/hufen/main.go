// Command hufen is the whole service in one binary: the server, its migrations,
// and what an operator needs around them. It wires the packages below internal
// and holds no rule of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"hufen/internal/config"
	"hufen/internal/fault"
	"hufen/internal/i18n"
)

// command is one word after hufen.
type command struct {
	name     string
	argument string // what follows the options
	summary  string
	help     string // the rest of hufen help <name>
	run      func(ctx context.Context, flags *flag.FlagSet, args []string) error
}

// commands in the order in which an operator meets them.
func commands() []command {
	return []command{
		serveCommand, migrateCommand, demoCommand, importCommand, cardsCommand, userCommand, verifyCommand, sealCommand, exportCommand, backupCommand, restoreCommand, benchCommand, versionCommand,
	}
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { <-ctx.Done(); stop() }() // a second signal ends the program at once
	if len(args) == 0 || isHelp(args[0]) {
		return help(args[min(1, len(args)):])
	}
	if args[0] == "--version" || args[0] == "-version" {
		args[0] = versionCommand.name
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.execute(ctx, args[1:])
		}
	}
	fmt.Fprintf(os.Stderr, "hufen: there is no command %q, see hufen help\n", args[0])
	return exitUsage
}

func isHelp(word string) bool {
	return word == "help" || word == "-h" || word == "-help" || word == "--help"
}

func (c command) execute(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	err := c.run(ctx, flags, args)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		c.printHelp(flags)
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "hufen %s: %s; see hufen help %s\n", c.name, usage, c.name)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "hufen %s: %s\n", c.name, describe(err))
	return exitFailed
}

// usageError says that the command line was wrong.
type usageError string

func (e usageError) Error() string { return string(e) }

// parse reads options and arguments in any order and checks how many arguments
// there are.
func parse(flags *flag.FlagSet, args []string, least, most int) ([]string, error) {
	flags.SetOutput(io.Discard)
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, wrongOption(err)
		}
		if args = flags.Args(); len(args) == 0 {
			break
		}
		rest, args = append(rest, args[0]), args[1:]
	}
	if len(rest) < least || len(rest) > most {
		return nil, usageError("wrong number of arguments")
	}
	return rest, nil
}

func wrongOption(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return usageError(err.Error())
}

// describe writes an error for the operator: the sentence of a fault, with what
// caused it.
func describe(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return err.Error()
	}
	lines := []string{i18n.Sentence(i18n.English, f.Code, f.Args)}
	for _, d := range f.Details {
		lines = append(lines, "  "+d.Pointer+" "+i18n.Sentence(i18n.English, d.Code, d.Args))
	}
	if f.Cause != nil {
		lines = append(lines, "  "+f.Cause.Error())
	}
	return strings.Join(lines, "\n")
}

// settings reads the environment and sets the log up.
func settings() (config.Config, error) {
	c, err := config.Load()
	if err != nil {
		return c, err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel})))
	return c, nil
}

var versionCommand = command{
	name:    "version",
	summary: "say which hufen this is",
	run: func(_ context.Context, flags *flag.FlagSet, args []string) error {
		if _, err := parse(flags, args, 0, 0); err != nil {
			return err
		}
		fmt.Println(version())
		return nil
	},
}

// version returns the module's version and the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "hufen"
	}
	text := "hufen " + info.Main.Version + " " + info.GoVersion
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.time" {
			text += " " + s.Value
		}
	}
	return text
}
