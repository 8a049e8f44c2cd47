package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"hufen/internal/config"
)

// help prints the list of commands, or the page of one.
func help(args []string) int {
	if len(args) == 0 {
		fmt.Println("Hufen 户分: the ledger behind a 垃圾兑换积分 programme.")
		fmt.Println("\nCommands:")
		for _, c := range commands() {
			fmt.Printf("  %-9s %s\n", c.name, c.summary)
		}
		fmt.Println("\nhufen help <command> shows its options, hufen help serve the settings in the environment.")
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.execute(context.Background(), []string{"-h"})
		}
	}
	fmt.Fprintf(os.Stderr, "hufen: there is no command %q\n", args[0])
	return exitUsage
}

func (c command) printHelp(flags *flag.FlagSet) {
	out := os.Stdout
	flags.SetOutput(out)
	fmt.Fprintf(out, "hufen %s%s: %s\n", c.name, strings.TrimRight(" [options] "+c.argument, " "), c.summary)
	if c.help != "" {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(c.help))
	}
	options := 0
	flags.VisitAll(func(*flag.Flag) { options++ })
	if options > 0 {
		fmt.Fprintln(out, "\nOptions:")
		flags.PrintDefaults()
	}
	if c.name == "serve" {
		fmt.Fprintf(out, "\nEnvironment (name, default, meaning), for every command:\n\n%s", config.Help())
	}
}
