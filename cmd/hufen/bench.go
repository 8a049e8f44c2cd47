package main

import (
	"context"
	"flag"
	"os"

	"hufen/internal/bench"
)

var benchCommand = command{
	name:    "bench",
	summary: "measure throughput on databases of its own, beside a floor program",
	help: `
Starts this program on a SQLite database in a temporary folder, and on a fresh
database of the MariaDB server that HUFEN_TEST_MYSQL names (scripts/mariadb.sh
sets it), loads made-up households and sends drop-offs, redemptions and
questions about balances. Other parts are chosen with -what. Touches no other
database.`,
	run: runBench,
}

func runBench(ctx context.Context, flags *flag.FlagSet, args []string) error {
	options := bench.DefaultOptions()
	options.Flags(flags)
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	return bench.Run(ctx, options, os.Stdout)
}
