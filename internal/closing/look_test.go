package closing

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
)

// A page of a month took seconds: to find the few lines that are in no seal,
// SQLite began with all lines there are.
func TestTail_BeginsWithFewRows(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		if db.Dialect != database.SQLite {
			t.Skip("the other plans by statistics")
		}
		for _, from := range []string{notBooked, notSealed} {
			err := database.Scan(t.Context(), db.Read, `EXPLAIN QUERY PLAN SELECT `+lineColumns+` FROM `+from, []any{17, 1 << 60}, func(rows *sql.Rows) error {
				var n, parent, unused int
				var step string
				err := rows.Scan(&n, &parent, &unused, &step)
				if strings.HasPrefix(step, "SCAN") {
					t.Errorf("%s: %s", from, step)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Those who ask at the same time share one look, which goes on when the first of
// them gives up; a page takes what was found a moment ago, who closes does not, and
// nothing is kept of a look that failed.
func TestLooks_Share(t *testing.T) {
	var l looks
	var looked atomic.Int32
	at := lookAt{id.New(), 202607}
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	look := func(ctx context.Context) ([]Blocker, error) {
		looked.Add(1)
		begun <- struct{}{}
		<-goOn
		return []Blocker{{Kind: Differs, Count: 1}}, ctx.Err()
	}
	impatient, giveUp := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := l.share(impatient, at, 0, look); !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
	})
	<-begun
	for range 20 {
		all.Go(func() {
			found, err := l.share(t.Context(), at, time.Minute, look) // who is late gets what was kept
			if err != nil || len(found) != 1 {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
	giveUp()
	close(goOn)
	all.Wait()
	if n := looked.Load(); n != 1 {
		t.Errorf("looked %d times", n)
	}
	none := func(context.Context) ([]Blocker, error) { looked.Add(1); return nil, nil }
	if found, err := l.share(t.Context(), at, time.Minute, none); err != nil || len(found) != 1 || looked.Load() != 1 {
		t.Errorf("a page sees %v, %v", found, err)
	}
	if found, err := l.share(t.Context(), at, 0, none); err != nil || found != nil || looked.Load() != 2 {
		t.Errorf("who closes sees %v, %v", found, err)
	}
	broken := errors.New("broken")
	if _, err := l.share(t.Context(), at, 0, func(context.Context) ([]Blocker, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if found, err := l.share(t.Context(), at, time.Minute, none); err != nil || found != nil {
		t.Errorf("after a failure a page sees %v, %v", found, err)
	}
}
