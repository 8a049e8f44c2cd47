package database_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	"hufen/internal/database"
)

// Every server of the family says in its own way that a transaction is to be
// done again, that it cannot be done now, or that the request is wrong.
func TestErrors_Family(t *testing.T) {
	again := []uint16{1020, 1205, 1213, 3101, 3572, 8002, 8005, 8022, 8028, 9007}
	later := []uint16{1021, 1040, 1047, 1053, 1114, 1203, 1226, 1290, 1836, 1927, 9001, 9002, 9003, 9005}
	wrong := []uint16{1054, 1062, 1064, 1146, 1243, 1406, 1452, 1615, 3819, 4025}
	for _, number := range slices.Concat(again, later, wrong) {
		err := fmt.Errorf("post: %w", &mysql.MySQLError{Number: number})
		if got, want := database.IsRetryable(err), slices.Contains(again, number); got != want {
			t.Errorf("%d is to be tried again: %t", number, got)
		}
		if got, want := database.IsUnavailable(err), !slices.Contains(wrong, number); got != want {
			t.Errorf("%d is unavailable: %t", number, got)
		}
	}
	if database.IsUnavailable(errors.New("disk on fire")) {
		t.Error("anything is unavailable")
	}
}
