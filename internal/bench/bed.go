package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hufen/internal/database"
)

// serverVariable names the environment variable with the address of a MariaDB
// or MySQL server, without a database; scripts/mariadb.sh sets it.
const serverVariable = "HUFEN_TEST_MYSQL"

var errNoServer = errors.New(serverVariable + " is not set: scripts/mariadb.sh --durable -- hufen bench")

// kind is a kind of database to measure.
type kind struct {
	name  string
	place func(ctx context.Context, folder string) (place, error)
}

var kinds = []kind{{"SQLite", onSQLite}, {"MariaDB", onMariaDB}}

// place is where the service and the floor program write: two databases on the
// same disk, with the same durability.
type place struct {
	service, floor string // addresses
	serverID       int    // process of the database server, 0 where there is none
	drop           func() error
}

// bed is a place with a data folder for the service.
type bed struct {
	place
	name   string
	folder string // DATA_DIR of the service, with its keys
}

func newBed(ctx context.Context, k kind) (*bed, error) {
	folder, err := os.MkdirTemp("", "hufen-bench-")
	if err != nil {
		return nil, err
	}
	p, err := k.place(ctx, folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &bed{place: p, name: k.name, folder: folder}, nil
}

// remove deletes everything the bed made.
func (b *bed) remove(out io.Writer) {
	if err := errors.Join(b.drop(), os.RemoveAll(b.folder)); err != nil {
		fmt.Fprintf(out, "not removed: %v\n", err)
	}
}

func onSQLite(_ context.Context, folder string) (place, error) {
	return place{
		service: filepath.Join(folder, "hufen.db"),
		floor:   filepath.Join(folder, "floor.db"),
		drop:    func() error { return nil },
	}, nil
}

// onMariaDB creates two databases on the server.
func onMariaDB(ctx context.Context, _ string) (place, error) {
	server := os.Getenv(serverVariable)
	if server == "" {
		return place{}, errNoServer
	}
	admin, err := database.Open(ctx, server)
	if err != nil {
		return place{}, err
	}
	name := "hufen_bench_" + strings.ToLower(rand.Text())
	names := []string{name, name + "_floor"}
	for _, n := range names {
		if err := admin.Write.Exec("CREATE DATABASE " + n + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin").Error; err != nil {
			return place{}, errors.Join(err, admin.Close())
		}
	}
	drop := func() error {
		var errs []error
		for _, n := range names {
			errs = append(errs, admin.Write.Exec("DROP DATABASE "+n).Error)
		}
		return errors.Join(append(errs, admin.Close())...)
	}
	base := strings.TrimSuffix(server, "/") + "/"
	return place{service: base + names[0], floor: base + names[1], serverID: serverProcess(admin), drop: drop}, nil
}

// serverProcess returns the process of a database server on this machine, 0
// where it is elsewhere or does not say.
func serverProcess(admin *database.DB) int {
	var path string
	if err := admin.Read.Raw("SELECT @@pid_file").Row().Scan(&path); err != nil {
		return 0
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	process, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return process
}
