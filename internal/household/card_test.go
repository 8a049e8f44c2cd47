package household_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

// code returns the code of a household's live card, from a print sheet.
func (town *town) code(t *testing.T, householdID id.ID) household.Code {
	t.Helper()
	cards, err := town.service.EnsureCards(ctx, system, household.Selection{HouseholdIDs: []id.ID{householdID}})
	if err != nil || len(cards) != 1 {
		t.Fatal(cards, err)
	}
	return cards[0].Code
}

func TestService_Cards(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		first, second := id.New(), id.New()
		today := town.today().String()

		card, replayed, err := town.service.Issue(ctx, town.cadre, household.NewCard{ID: first, HouseholdID: h.ID, Consent: true, PIN: "2580"})
		if err != nil || replayed || card.Version != 1 || !card.Live() {
			t.Fatal(card, replayed, err)
		}
		oldCode := town.code(t, h.ID)
		cleaner := actor(auth.Cleaner, town.village)

		t.Run("Replay", func(t *testing.T) {
			same := household.NewCard{ID: first, HouseholdID: h.ID, Consent: true, PIN: "2580"}
			again, replayed, err := town.service.Issue(ctx, town.cadre, same)
			if err != nil || !replayed || again != card {
				t.Error(again, replayed, err)
			}
			if _, _, err := town.service.Issue(ctx, actor(auth.Cadre, town.village), same); !fault.Is(err, "request.id_reused") {
				t.Errorf("somebody else may try PINs: %v", err)
			}
		})
		t.Run("LookUp", func(t *testing.T) {
			got, err := town.service.LookUp(ctx, cleaner, oldCode)
			if err != nil || got.CardID != first || got.Household.MaskedName != "张*芳" || !got.Household.HasPIN || got.Household.ConsentAt == 0 {
				t.Errorf("%+v, %v", got, err)
			}
		})
		t.Run("ErrOtherDistrict", func(t *testing.T) {
			for _, who := range []auth.Actor{town.outsider, actor(auth.Auditor, town.village)} {
				if _, err := town.service.LookUp(ctx, who, oldCode); !fault.Is(err, "card.unknown") {
					t.Error(err)
				}
			}
			if _, _, err := town.service.Replace(ctx, town.outsider, first, id.New(), "lost"); !fault.Is(err, "card.unknown") {
				t.Error(err)
			}
			if _, err := town.service.Revoke(ctx, town.outsider, first, "lost"); !fault.Is(err, "card.unknown") {
				t.Error(err)
			}
		})
		t.Run("ErrAlreadyIssued", func(t *testing.T) {
			if _, _, err := town.service.Issue(ctx, town.cadre, household.NewCard{ID: id.New(), HouseholdID: h.ID}); !fault.Is(err, "card.already_issued") {
				t.Error(err)
			}
			other := town.register(t, town.house("13"))
			if _, _, err := town.service.Issue(ctx, town.cadre, household.NewCard{ID: first, HouseholdID: other.ID}); !fault.Is(err, "request.id_reused") {
				t.Error(err)
			}
		})
		t.Run("Replace", func(t *testing.T) {
			card, replayed, err := town.service.Replace(ctx, town.cadre, first, second, "掉了")
			if err != nil || replayed || card.ID != second || card.Version != 2 {
				t.Fatal(card, replayed, err)
			}
			again, replayed, err := town.service.Replace(ctx, town.cadre, first, second, "掉了")
			if err != nil || !replayed || again != card {
				t.Error(again, replayed, err)
			}
			if _, _, err := town.service.Replace(ctx, town.cadre, first, id.New(), "掉了"); !fault.Is(err, "card.already_replaced") {
				t.Error(err)
			}
			_, err = town.service.LookUp(ctx, cleaner, oldCode)
			if f, _ := fault.As(err); !fault.Is(err, "card.replaced") || f.Args["day"] != today {
				t.Errorf("%v %v", err, f.Args)
			}
			newCode := town.code(t, h.ID)
			if got, err := town.service.LookUp(ctx, cleaner, newCode); err != nil || got.CardID != second {
				t.Error(got, err)
			}
			h, err := town.service.Get(ctx, town.cadre, h.ID)
			if err != nil || len(h.Cards) != 2 || h.Card.ID != second || h.Cards[1].Reason != "掉了" || !h.Cards[1].Replaced() {
				t.Errorf("%+v, %v", h.Cards, err)
			}
		})
		t.Run("Revoke", func(t *testing.T) {
			code := town.code(t, h.ID)
			for range 2 {
				card, err := town.service.Revoke(ctx, town.cadre, second, "误发")
				if err != nil || card.Live() {
					t.Fatal(card, err)
				}
			}
			if _, err := town.service.LookUp(ctx, cleaner, code); !fault.Is(err, "card.revoked") {
				t.Error(err)
			}
			if n := town.audited(t, "card.revoke", second); n != 1 {
				t.Errorf("%d lines in the audit log", n)
			}
			third := id.New()
			if card, _, err := town.service.Replace(ctx, town.cadre, second, third, "补卡"); err != nil || card.Version != 3 {
				t.Error(card, err)
			}
			if _, err := town.service.LookUp(ctx, cleaner, code); !fault.Is(err, "card.replaced") {
				t.Error(err)
			}
		})
		t.Run("ErrClosed", func(t *testing.T) {
			code := town.code(t, h.ID)
			if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{Closed: ptr(true)}); err != nil {
				t.Fatal(err)
			}
			if _, err := town.service.LookUp(ctx, cleaner, code); !fault.Is(err, "household.closed") {
				t.Error(err)
			}
		})
	})
}

func TestCardsByHash(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		code := town.code(t, h.ID)
		err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			cards, err := household.CardsByHash(ctx, tx, [][32]byte{code.Hash(), {1}, code.Hash()})
			if err != nil {
				return err
			}
			card := cards[code.Hash()]
			if len(cards) != 1 || card.HouseholdID != h.ID || card.VillageID != town.village || card.DivisionID != town.group ||
				card.MemberCount != 4 || card.Usable() != nil {
				t.Errorf("%+v", cards)
			}
			none, err := household.CardsByHash(ctx, tx, nil)
			if len(none) != 0 {
				t.Errorf("%+v", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestService_Issue_race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				var err error
				if i%2 == 0 {
					_, _, err = town.service.Issue(ctx, system, household.NewCard{ID: id.New(), HouseholdID: h.ID})
				} else {
					_, err = town.service.EnsureCards(ctx, system, household.Selection{DivisionID: town.village})
				}
				if err != nil && !fault.Is(err, "card.already_issued") {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if h, err := town.service.Get(ctx, system, h.ID); err != nil || len(h.Cards) != 1 {
			t.Errorf("%d cards, %v", len(h.Cards), err)
		}
	})
}

func TestService_PIN(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		if err := town.service.CheckPIN(ctx, h.ID, "2580"); !fault.Is(err, "pin.not_set") {
			t.Error(err)
		}
		for pin, want := range map[string]string{
			"123": "pin.malformed", "1234567": "pin.malformed", "12a4": "pin.malformed", "１２５８": "pin.malformed", "": "pin.malformed",
			"0000": "pin.trivial", "1234": "pin.trivial", "4321": "pin.trivial", "7890": "pin.trivial", "1212": "pin.trivial", "123123": "pin.trivial", "666666": "pin.trivial",
		} {
			if err := town.service.SetPIN(ctx, town.cadre, h.ID, pin); !fault.Is(err, want) {
				t.Errorf("%s: %v, want %s", pin, err, want)
			}
		}
		if err := town.service.SetPIN(ctx, town.outsider, h.ID, "2580"); !fault.Is(err, "household.unknown") {
			t.Error(err)
		}
		for _, pin := range []string{"2580", "739164"} {
			if err := town.service.SetPIN(ctx, town.cadre, h.ID, pin); err != nil {
				t.Fatal(err)
			}
			if err := town.service.CheckPIN(ctx, h.ID, pin); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := town.service.CheckPIN(ctx, h.ID, "2580"); !fault.Is(err, "pin.wrong") {
				t.Fatal(err)
			}
		}
		if err := town.service.CheckPIN(ctx, h.ID, "739164"); !fault.Is(err, "throttle.wait") {
			t.Errorf("the right PIN after too many wrong ones: %v", err)
		}
		if err := town.service.SetPIN(ctx, town.cadre, h.ID, "739165"); err != nil {
			t.Fatal(err)
		}
		if err := town.service.CheckPIN(ctx, h.ID, "739165"); err != nil {
			t.Errorf("after the cadre set a new one: %v", err)
		}
		var twins sync.WaitGroup
		for range 8 {
			twins.Go(func() {
				if err := town.service.CheckPIN(ctx, h.ID, "739165"); err != nil {
					t.Errorf("right ones at the same moment: %v", err)
				}
			})
		}
		twins.Wait()
	})
}

func TestService_SignIn(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h, bare := town.register(t, town.house("12")), town.register(t, town.house("13"))
		code, bareCode := town.code(t, h.ID), town.code(t, bare.ID)
		if err := town.service.SetPIN(ctx, town.cadre, h.ID, "2580"); err != nil {
			t.Fatal(err)
		}
		card, err := town.service.SignIn(ctx, code, "2580", "10.0.0.1")
		if err != nil || card.HouseholdID != h.ID {
			t.Fatal(card, err)
		}
		unknown := keysOf(t, "0000000000000000000000000000000000000000000000000000000000000009").Code(id.New(), 1)
		for name, try := range map[string]struct {
			code household.Code
			pin  string
		}{"wrong PIN": {code, "2581"}, "no PIN": {bareCode, "2580"}, "unknown card": {unknown, "2580"}} {
			if _, err := town.service.SignIn(ctx, try.code, try.pin, "10.0.0.2"); !fault.Is(err, "household.wrong_sign_in") {
				t.Errorf("%s: %v", name, err)
			}
		}
		old, err := town.service.Get(ctx, town.cadre, h.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := town.service.Replace(ctx, town.cadre, old.Card.ID, id.New(), "lost"); err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.SignIn(ctx, code, "2580", "10.0.0.3"); !fault.Is(err, "household.wrong_sign_in") {
			t.Errorf("replaced card: %v", err)
		}
		for range 2 {
			if _, err := town.service.SignIn(ctx, unknown, "1", "10.0.0.4"); !fault.Is(err, "household.wrong_sign_in") {
				t.Error(err)
			}
		}
		if _, err = town.service.SignIn(ctx, unknown, "1", "10.0.0.4"); !fault.Is(err, "throttle.wait") {
			t.Errorf("an unknown card waits as a live one does: %v", err)
		}
	})
}

func TestService_Confirm(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h, other := town.register(t, town.house("12")), town.register(t, town.house("13"))
		if _, err := town.service.Confirm(ctx, system, h.ID); !fault.Is(err, "household.unknown") {
			t.Errorf("only a cadre stands in for a household: %v", err)
		}
		c, err := town.service.Confirm(ctx, town.cadre, h.ID)
		if err != nil || len(c.Code) != 6 || c.ExpiresAt.Sub(calendar.Now()).Minutes() > 10 {
			t.Fatal(c, err)
		}
		redemption := id.New()
		use := func(confirmation, redemption id.ID) error {
			return db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				return household.UseConfirmation(ctx, tx, confirmation, redemption)
			})
		}
		if _, err := town.service.CheckConfirmation(ctx, other.ID, c.Code, redemption); !fault.Is(err, "confirmation.wrong") {
			t.Errorf("another household's: %v", err)
		}
		confirmation, err := town.service.CheckConfirmation(ctx, h.ID, c.Code, redemption)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the redemption's own replay may use it again
			if err := use(confirmation, redemption); err != nil {
				t.Fatal(err)
			}
			if _, err := town.service.CheckConfirmation(ctx, h.ID, c.Code, redemption); err != nil {
				t.Fatal(err)
			}
		}
		if err := use(confirmation, id.New()); !fault.Is(err, "confirmation.used") {
			t.Error(err)
		}
		if _, err := town.service.CheckConfirmation(ctx, h.ID, c.Code, id.New()); !fault.Is(err, "confirmation.used") {
			t.Error(err)
		}
		t.Run("expired", func(t *testing.T) {
			c, err := town.service.Confirm(ctx, town.cadre, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Write.Exec("UPDATE confirmations SET expires_at = ?", calendar.Now()-1).Error; err != nil {
				t.Fatal(err)
			}
			if _, err := town.service.CheckConfirmation(ctx, h.ID, c.Code, id.New()); !fault.Is(err, "confirmation.expired") {
				t.Error(err)
			}
		})
		t.Run("throttled", func(t *testing.T) {
			for try := range 3 {
				// One of the three went above, for a code of another household.
				if _, err := town.service.CheckConfirmation(ctx, other.ID, "abc", id.New()); err == nil {
					t.Errorf("try %d: abc is a code", try)
				}
			}
			if _, err = town.service.CheckConfirmation(ctx, other.ID, "abc", id.New()); !fault.Is(err, "throttle.wait") {
				t.Error(err)
			}
		})
	})
}

// A new PIN, a dead card and a closed household sign everybody out.
func TestService_signsOut(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		// Each with an empty memory: a session is remembered for two seconds.
		sessions := func() *auth.Service {
			return auth.New(db, town.divisions, auth.Config{LoginAttempts: 5, AddressAttempts: 5, LoginWindow: time.Minute, SessionIdle: time.Hour})
		}
		h := town.register(t, town.house("12"))
		town.code(t, h.ID)
		stored, err := town.service.Get(ctx, system, h.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, act := range map[string]func() error{
			"PIN": func() error { return town.service.SetPIN(ctx, town.cadre, h.ID, "2580") },
			"card": func() error {
				_, _, err := town.service.Replace(ctx, town.cadre, stored.Card.ID, id.New(), "lost")
				return err
			},
			"name": func() error {
				_, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{HeadName: ptr("李大明")})
				return err
			},
		} {
			token, _, err := sessions().OpenHousehold(ctx, h.ID, "WeChat", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if err := act(); err != nil {
				t.Fatal(name, err)
			}
			if _, err := sessions().Session(ctx, token); (err == nil) != (name == "name") {
				t.Errorf("%s: %v", name, err)
			}
		}
		token, _, err := sessions().OpenHousehold(ctx, h.ID, "WeChat", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{Closed: ptr(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := sessions().Session(ctx, token); err == nil {
			t.Error("signed in though closed")
		}
	})
}
