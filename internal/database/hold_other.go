//go:build !unix

package database

import (
	"errors"
	"os"
)

func lockFile(*os.File) error { return errors.ErrUnsupported }
