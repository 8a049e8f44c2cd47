package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

// A hundred guesses at once are a hundred attempts: five are tried.
func TestService_SignIn_Throttle(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		h.user(t, "chen", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near})
		other := auth.New(dbtest.Again(t, db), h.divisions, config)
		var wrong, wait atomic.Int64
		var group sync.WaitGroup
		for i := range 40 {
			s := []*auth.Service{h.s, other}[i%2]
			group.Go(func() {
				_, _, err := s.SignIn(context.Background(), auth.SignIn{Login: "chen", Password: fmt.Sprint("guess", i), Address: fmt.Sprint(i)})
				if err != nil && strings.Contains(err.Error(), "session.wrong_login") {
					wrong.Add(1)
				} else if err != nil && strings.Contains(err.Error(), "throttle.wait") {
					wait.Add(1)
				} else {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		check(t, "tried", wrong.Load(), int64(5))
		check(t, "told to wait", wait.Load(), int64(35))
		right := auth.SignIn{Login: "chen", Password: password, Address: "a"}
		_, _, err := h.s.SignIn(t.Context(), right)
		checkFault(t, "the right one, too late", err, "throttle.wait")
		pass(t, db)
		for range 10 { // what turns out well does not count, not even at the same moment
			group.Go(func() {
				if _, _, err := h.s.SignIn(context.Background(), right); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}

// pass lets the time of waiting pass.
func pass(t *testing.T, db *database.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		_, err := database.Exec(ctx, tx, "UPDATE throttles SET blocked_until = blocked_until - 900000001, window_at = window_at - 900000001")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestThrottle(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		throttle := auth.NewThrottle(db)
		own := auth.Subject{Kind: "pin", Key: "household", Limit: 3, Window: 15 * time.Minute}
		shared := auth.Subject{Kind: "address", Key: "192.0.2.1", Limit: 5, Window: 15 * time.Minute, Shared: true}
		allow := func(code string, subjects ...auth.Subject) {
			t.Helper()
			checkFault(t, "allow", throttle.Allow(t.Context(), subjects...), code)
		}
		clear := func(subjects ...auth.Subject) {
			t.Helper()
			if err := throttle.Clear(t.Context(), subjects...); err != nil {
				t.Fatal(err)
			}
		}
		allow("", own, shared)
		allow("", own, shared)
		clear(own, shared) // own 0, shared 1
		allow("", own, shared)
		allow("", own, shared)
		allow("", own, shared)              // own 3, shared 4
		allow("throttle.wait", own, shared) // takes none of shared
		other := own
		other.Key = "other"
		allow("", other, shared) // shared 5
		allow("throttle.wait", shared)
		clear(shared)
		allow("", shared)
		allow("throttle.wait", shared)
		pass(t, db)
		allow("", own, shared)
		if removed, err := throttle.Sweep(t.Context()); err != nil || removed != 0 {
			t.Errorf("swept %d, %v", removed, err)
		}
		for range 100 {
			pass(t, db)
		}
		if removed, err := throttle.Sweep(t.Context()); err != nil || removed != 3 {
			t.Errorf("swept %d, %v", removed, err)
		}
	})
}
