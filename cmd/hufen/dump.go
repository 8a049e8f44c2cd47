package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"hufen/internal/database"
)

// dump writes a MySQL database to a new file with the server's own tool.
func dump(ctx context.Context, client database.Client, path string) error {
	if exists(path) {
		return fmt.Errorf("%s is there already", path)
	}
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(part)
	err = withClient(client, func(access []string) error {
		options := append(access, "--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", client.Name)
		return tool(ctx, []string{"mariadb-dump", "mysqldump"}, options, nil, out)
	})
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := isComplete(part); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// isComplete looks for the line that both tools write last.
func isComplete(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 200 {
		_, _ = f.Seek(-200, io.SeekEnd)
	}
	end, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if !strings.Contains(string(end), "-- Dump completed") {
		return fmt.Errorf("%s is not a complete dump", path)
	}
	return nil
}

// load runs a dump on a MySQL database.
func load(ctx context.Context, client database.Client, path string) error {
	if err := isComplete(path); err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return withClient(client, func(access []string) error {
		return tool(ctx, []string{"mariadb", "mysql"}, append(access, client.Name), bufio.NewReaderSize(in, 1<<20), io.Discard)
	})
}

// withClient calls do with the options that reach the server. The password is
// in a file that only the owner may read: a command line is seen by everybody.
func withClient(client database.Client, do func(access []string) error) error {
	f, err := os.CreateTemp("", "hufen-*.cnf")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	_, err = fmt.Fprintf(f, "[client]\nuser=\"%s\"\npassword=\"%s\"\ndefault-character-set=utf8mb4\n%s",
		quote.Replace(client.User), quote.Replace(client.Password), place(client))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return do([]string{"--defaults-file=" + f.Name()})
}

func place(client database.Client) string {
	if client.Network == "unix" {
		return "socket=\"" + client.Address + "\"\n"
	}
	host, port, err := net.SplitHostPort(client.Address)
	if err != nil {
		host, port = client.Address, "3306"
	}
	return "protocol=tcp\nhost=\"" + host + "\"\nport=" + port + "\n"
}

// tool runs the first of the programs that is installed.
func tool(ctx context.Context, names, options []string, in io.Reader, out io.Writer) error {
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		var said strings.Builder
		run := exec.CommandContext(ctx, path, options...)
		run.Stdin, run.Stdout, run.Stderr = in, out, &said
		if err := run.Run(); err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
		}
		return nil
	}
	return fmt.Errorf("%s is not installed", strings.Join(names, " or "))
}
