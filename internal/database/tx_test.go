package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
)

// notes creates a table to write into.
func notes(t *testing.T, db *database.DB) {
	t.Helper()
	run(t, db, `CREATE TABLE notes (
		id INT NOT NULL PRIMARY KEY, text VARCHAR(200) NOT NULL DEFAULT '', count INT NOT NULL DEFAULT 0, CHECK (count >= 0))`)
}

func run(t *testing.T, db *database.DB, query string, args ...any) {
	t.Helper()
	if err := db.Write.Exec(query, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// ids returns the ids of the notes in order.
func ids(t *testing.T, db *database.DB) []int {
	t.Helper()
	found := []int{}
	if err := db.Read.Raw("SELECT id FROM notes ORDER BY id").Scan(&found).Error; err != nil {
		t.Fatal(err)
	}
	return found
}

func wantIDs(t *testing.T, db *database.DB, want ...int) {
	t.Helper()
	if got := ids(t, db); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("notes are %v, want %v", got, want)
	}
}

func insert(ctx context.Context, tx *gorm.DB, id int) error {
	_, err := database.Exec(ctx, tx, "INSERT INTO notes (id) VALUES (?)", id)
	return err
}

func TestDB_InTx(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)

		t.Run("Commits", func(t *testing.T) {
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				return errors.Join(insert(ctx, tx, 1), tx.Exec("INSERT INTO notes (id) VALUES (?)", 2).Error)
			})
			if err != nil {
				t.Fatal(err)
			}
			wantIDs(t, db, 1, 2)
		})
		t.Run("RollsBackOnError", func(t *testing.T) {
			refusal := fault.New(fault.Refused, "test.refused")
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				return errors.Join(insert(ctx, tx, 3), refusal)
			})
			if !errors.Is(err, refusal) {
				t.Errorf("got %v, want the closure's error", err)
			}
			wantIDs(t, db, 1, 2)
		})
		t.Run("RollsBackOnPanic", func(t *testing.T) {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				_ = db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
					_ = insert(ctx, tx, 3)
					panic("test")
				})
			}()
			wantIDs(t, db, 1, 2)
		})
		t.Run("RefusesToNest", func(t *testing.T) {
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				if err := db.InTx(ctx, func(context.Context, *gorm.DB) error { return nil }); err == nil {
					t.Error("InTx in InTx was not refused")
				}
				if err := tx.Transaction(func(*gorm.DB) error { return nil }); err == nil {
					t.Error("GORM's Transaction in InTx was not refused")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		t.Run("RefusesStatementsBesideIt", func(t *testing.T) {
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				beside := db.Write.WithContext(ctx)
				if err := beside.Exec("INSERT INTO notes (id) VALUES (9)").Error; err == nil {
					t.Error("a statement beside the transaction was not refused")
				}
				if err := beside.Raw("SELECT 1").Scan(new(int)).Error; err == nil {
					t.Error("a query beside the transaction was not refused")
				}
				if err := beside.Transaction(func(*gorm.DB) error { return nil }); err == nil {
					t.Error("a transaction beside the transaction was not refused")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		t.Run("CommitsAfterTheCallerLeft", func(t *testing.T) {
			ctx, leave := context.WithCancel(ctx)
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				err := insert(ctx, tx, 3)
				leave()
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			wantIDs(t, db, 1, 2, 3)
		})
		t.Run("StopsForACallerWhoLeft", func(t *testing.T) {
			ctx, leave := context.WithCancel(ctx)
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				leave()
				return insert(ctx, tx, 4)
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
			wantIDs(t, db, 1, 2, 3)
		})
		t.Run("ADuplicateLeavesTheRestUsable", func(t *testing.T) {
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				if err := insert(ctx, tx, 1); !database.IsDuplicate(err) {
					t.Errorf("got %v, want a duplicate", err)
				}
				return insert(ctx, tx, 4)
			})
			if err != nil {
				t.Fatal(err)
			}
			wantIDs(t, db, 1, 2, 3, 4)
		})
		t.Run("ASwallowedErrorIsNotCommitted", func(t *testing.T) {
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				if _, err := database.Exec(ctx, tx, "INSERT INTO nowhere (id) VALUES (1)"); err == nil {
					t.Error("a table that does not exist took a row")
				}
				return insert(ctx, tx, 5)
			})
			if err == nil {
				t.Error("committed after an error")
			}
			wantIDs(t, db, 1, 2, 3, 4)
		})
	})
}

func TestDB_InTx_Retries(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)
		faulty, faults := dbtest.Faulty(t, db)
		next := 0
		// write inserts two notes and counts how often the closure ran.
		write := func() (runs int, err error) {
			first := next + 1
			next += 2
			err = faulty.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				runs++
				return errors.Join(insert(ctx, tx, first), insert(ctx, tx, first+1))
			})
			return runs, err
		}
		wantRuns := func(t *testing.T, want int) {
			t.Helper()
			runs, err := write()
			if err != nil || runs != want {
				t.Errorf("%d runs, %v; want %d runs", runs, err, want)
			}
			if got := len(ids(t, db)); got != next {
				t.Errorf("%d notes, want %d", got, next)
			}
		}
		for _, err := range append(dbtest.Retryable(db.Dialect), dbtest.ErrConnectionLost) {
			for n := 1; n <= 2; n++ {
				t.Run(fmt.Sprintf("Statement%d: %v", n, err), func(t *testing.T) {
					faults.FailAt(n, err)
					wantRuns(t, 2)
				})
			}
		}
		for _, err := range dbtest.Retryable(db.Dialect) {
			t.Run(fmt.Sprintf("Commit: %v", err), func(t *testing.T) {
				faults.FailCommit(err)
				wantRuns(t, 2)
			})
		}
		t.Run("NotWhenTheReplyIsLost", func(t *testing.T) {
			faults.LoseReply()
			runs, err := write()
			if runs != 1 || !errors.Is(err, database.ErrOutcomeUnknown) || !fault.Is(err, "server.unavailable") {
				t.Errorf("%d runs, %v; want one run and an unknown outcome", runs, err)
			}
			if got := len(ids(t, db)); got != next {
				t.Errorf("%d notes, want %d: it was committed", got, next)
			}
		})
		t.Run("NotWhenTheCommitIsLost", func(t *testing.T) {
			faults.LoseCommit()
			runs, err := write()
			if runs != 1 || !errors.Is(err, database.ErrOutcomeUnknown) {
				t.Errorf("%d runs, %v; want one run and an unknown outcome", runs, err)
			}
			next -= 2
			if got := len(ids(t, db)); got != next {
				t.Errorf("%d notes, want %d: it was not committed", got, next)
			}
			wantRuns(t, 1)
		})
		t.Run("GivesUp", func(t *testing.T) {
			runs := 0
			busy := dbtest.Retryable(db.Dialect)[0]
			err := db.InTx(ctx, func(context.Context, *gorm.DB) error {
				runs++
				return fmt.Errorf("post: %w", busy)
			})
			if !fault.Is(err, "server.unavailable") || errors.Is(err, database.ErrOutcomeUnknown) || runs != 6 {
				t.Errorf("%d runs, %v; want 6 runs and a known outcome", runs, err)
			}
		})
		t.Run("EvenIfTheClosureSwallowsIt", func(t *testing.T) {
			faults.FailAt(1, dbtest.Retryable(db.Dialect)[0])
			runs := 0
			err := faulty.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				runs++
				_ = insert(ctx, tx, 1000)
				return nil
			})
			if err != nil || runs != 2 {
				t.Errorf("%d runs, %v; want 2 runs", runs, err)
			}
		})
	})
}

// Forty transactions at once read a counter and write it back: none is lost,
// also where all share one connection.
func TestDB_InTx_Race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)
		run(t, db, "INSERT INTO notes (id) VALUES (1)")
		increment := func(db *database.DB) error {
			return db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
				var count int
				rows, err := database.Query(ctx, tx, "SELECT count FROM notes WHERE id = ?"+database.ForUpdate(tx), 1)
				if err != nil {
					return err
				}
				for rows.Next() {
					err = errors.Join(err, rows.Scan(&count))
				}
				if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
					return err
				}
				_, err = database.Exec(ctx, tx, "UPDATE notes SET count = ? WHERE id = ?", count+1, 1)
				return err
			})
		}
		instances := []*database.DB{db, dbtest.Again(t, db)}
		if db.Dialect == database.MySQL {
			instances = append(instances, dbtest.Open(t, dbtest.URL(db)+"?pool=1"))
		}
		var group sync.WaitGroup
		const each = 20
		for _, instance := range instances {
			for range each {
				group.Go(func() {
					if err := increment(instance); err != nil {
						t.Error(err)
					}
				})
			}
		}
		group.Wait()
		var count int
		db.Read.Raw("SELECT count FROM notes WHERE id = 1").Scan(&count)
		if want := each * len(instances); count != want {
			t.Errorf("counted %d, want %d", count, want)
		}
	})
}

func TestDB_Read(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)
		if err := db.Read.Exec("INSERT INTO notes (id) VALUES (1)").Error; err == nil {
			t.Error("Read wrote")
		}
		// A reader neither waits for a transaction nor sees it.
		err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			if err := insert(ctx, tx, 1); err != nil {
				return err
			}
			wantIDs(t, db)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, db, 1)
	})
}

func TestDB_Snapshot(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)
		err := db.Snapshot(context.Background(), func(_ context.Context, tx *gorm.DB) error {
			for range 2 {
				var count int
				if err := tx.Raw("SELECT COUNT(*) FROM notes").Scan(&count).Error; err != nil {
					return err
				}
				if count != 0 {
					t.Errorf("%d notes, want none: written later", count)
				}
				run(t, db, "INSERT INTO notes (id) SELECT COALESCE(MAX(id), 0) + 1 FROM notes")
			}
			if err := tx.Exec("INSERT INTO notes (id) VALUES (9)").Error; err == nil {
				t.Error("a snapshot wrote")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, db, 1, 2)
	})
}

// A network that breaks at COMMIT, in front of a real server.
func TestDB_InTx_Network(t *testing.T) {
	db := dbtest.OpenMariaDB(t)
	notes(t, db)
	proxy := dbtest.NewProxy(t, db)
	through := dbtest.Open(t, proxy.URL())
	write := func(id int) error {
		return through.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			return insert(ctx, tx, id)
		})
	}
	if err := write(1); err != nil {
		t.Fatal(err)
	}
	proxy.CutBeforeCommit()
	if err := write(2); !errors.Is(err, database.ErrOutcomeUnknown) {
		t.Errorf("cut before COMMIT: %v", err)
	}
	proxy.CutAfterCommit()
	if err := write(3); !errors.Is(err, database.ErrOutcomeUnknown) {
		t.Errorf("cut after COMMIT: %v", err)
	}
	proxy.Cut()
	if err := write(4); err != nil {
		t.Errorf("idle connections cut: %v", err)
	}
	proxy.Delay(20 * time.Millisecond)
	if err := write(5); err != nil {
		t.Errorf("slow network: %v", err)
	}
	wantIDs(t, db, 1, 3, 4, 5)
}
