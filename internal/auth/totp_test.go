package auth_test

import (
	"context"
	"encoding/xml"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

func TestService_TOTP(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		actor := h.actor(t, "chen", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near})
		checkFault(t, "not begun", h.s.ConfirmTOTP(t.Context(), actor, "000000"), "totp.not_begun")
		secret, err := h.s.BeginTOTP(t.Context(), actor)
		if err != nil {
			t.Fatal(err)
		}
		for decoder := xml.NewDecoder(strings.NewReader(secret.QR)); ; {
			if _, err := decoder.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal("the picture:", err)
			}
		}
		var stored string
		if err := db.Read.Table("users").Where("id = ?", actor.ID).Pluck("totp_secret", &stored).Error; err != nil || stored == "" || strings.Contains(stored, secret.Secret) {
			t.Errorf("stored %q, %v", stored, err)
		}
		// The step after this one is let pass too, so the test is free to use it.
		code := func(steps int) string {
			t.Helper()
			code, err := totp.GenerateCode(secret.Secret, time.Now().Add(time.Duration(steps)*30*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		sign := func(code string) error {
			_, _, err := h.s.SignIn(t.Context(), auth.SignIn{Login: "chen", Password: password, Code: code})
			return err
		}
		checkFault(t, "not confirmed yet", sign(""), "")
		checkFault(t, "wrong", h.s.ConfirmTOTP(t.Context(), actor, code(-10)), "totp.wrong_code")
		first := code(-1)
		checkFault(t, "confirm", h.s.ConfirmTOTP(t.Context(), actor, first), "")
		_, err = h.s.BeginTOTP(t.Context(), actor)
		checkFault(t, "on already", err, "totp.already_on")
		checkFault(t, "no code", sign(""), "session.code_needed")
		checkFault(t, "used code", sign(first), "session.wrong_code")
		checkFault(t, "wrong code", sign(code(-10)), "session.wrong_code")

		// Ten devices with one code at once: one gets in.
		present := code(0)
		var in atomic.Int64
		var group sync.WaitGroup
		roomy := config
		roomy.LoginAttempts = 100
		s := auth.New(db, h.divisions, roomy)
		for range 10 {
			group.Go(func() {
				_, _, err := s.SignIn(context.Background(), auth.SignIn{Login: "chen", Password: password, Code: present})
				if err == nil {
					in.Add(1)
				}
			})
		}
		group.Wait()
		check(t, "signed in with one code", in.Load(), int64(1))

		replaced := config
		replaced.Secret = [32]byte{9}
		if _, _, err := auth.New(db, h.divisions, replaced).SignIn(t.Context(), auth.SignIn{Login: "chen", Password: password, Code: code(1), Address: "b"}); err == nil || strings.Contains(err.Error(), "wrong_code") {
			t.Errorf("with another key file: %v", err)
		}
		pass(t, db)
		checkFault(t, "remove", h.s.RemoveTOTP(t.Context(), actor, code(1)), "")
		checkFault(t, "off", sign(""), "")
		check(t, "audit", h.audited(t, actor.ID)[2:], []string{"totp.confirm", "totp.remove"})
	})
}
