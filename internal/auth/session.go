package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// seenEvery bounds how often a session's last use is written.
const seenEvery = 5 * time.Minute

// Session is a device on which somebody is signed in.
type Session struct {
	ID        id.ID
	Actor     Actor
	Device    string
	CreatedAt calendar.Micros
	SeenAt    calendar.Micros // of the last use, to within five minutes
	ExpiresAt calendar.Micros // moves on with every use
	Login     string          // of a user
	TOTP      bool            // the user signs in with one-time codes
}

// SignIn is what a person types to sign in, and where.
type SignIn struct {
	Login, Password string
	Code            string // one-time code; empty when none was typed
	Device          string // what the browser calls itself
	Address         string // the client's
}

// SignIn opens a session and returns the token for its cookie. Faults are
// Unauthorized "session.wrong_login" (no such login, wrong password, disabled:
// one answer, in the same time), "session.code_needed" and "session.wrong_code",
// and Limited "throttle.wait".
func (s *Service) SignIn(ctx context.Context, in SignIn) (token string, session Session, err error) {
	in.Login = strings.ToLower(strings.TrimSpace(in.Login))
	account, address := s.subjects(in)
	done, err := s.throttle.Turn(ctx, account)
	if err != nil {
		return "", session, err
	}
	defer done()
	if err := s.throttle.Allow(ctx, account, address); err != nil {
		return "", session, err
	}
	u, err := s.checkPassword(ctx, in)
	if err != nil {
		return "", session, err
	}
	if u.TotpConfirmed != 0 {
		if err := s.checkCode(ctx, u, in.Code); fault.Is(err, "session.code_needed") {
			// The password was right, so this was no failed attempt.
			return "", session, firstError(s.throttle.Clear(ctx, account, address), err)
		} else if err != nil {
			return "", session, err
		}
	}
	if err := s.throttle.Clear(ctx, account, address); err != nil {
		return "", session, err
	}
	return s.open(ctx, sessionRow{UserID: id.Some(u.ID), Device: in.Device}, s.config.SessionIdle)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) subjects(in SignIn) (account, address Subject) {
	window := s.config.LoginWindow
	return Subject{Kind: "login", Key: in.Login, Limit: s.config.LoginAttempts, Window: window},
		Subject{Kind: "address", Key: in.Address, Limit: s.config.AddressAttempts, Window: window, Shared: true}
}

// checkPassword returns the user whose login and password were typed.
func (s *Service) checkPassword(ctx context.Context, in SignIn) (userRow, error) {
	u, found, err := readUserBy(ctx, s.db.Read, "login", in.Login)
	if err != nil {
		return u, fmt.Errorf("sign in: %w", err)
	}
	hash := u.PasswordHash
	if !found || u.DisabledAt != nil || u.Kind != Person {
		hash = ""
	}
	right, err := CheckSecret(ctx, hash, in.Password)
	if err != nil {
		return u, fmt.Errorf("sign in: %w", err)
	}
	if !right {
		return u, fault.New(fault.Unauthorized, "session.wrong_login")
	}
	return u, nil
}

// OpenHousehold opens a session for a household whose PIN was checked, lasting
// idle without use, and returns the token for its cookie.
func (s *Service) OpenHousehold(ctx context.Context, householdID id.ID, device string, idle time.Duration) (token string, session Session, err error) {
	return s.open(ctx, sessionRow{HouseholdID: id.Some(householdID), Device: device}, idle)
}

func (s *Service) open(ctx context.Context, row sessionRow, idle time.Duration) (string, Session, error) {
	token := newToken()
	hash := tokenHash(token)
	now := calendar.Now()
	row.ID, row.TokenHash, row.Device = id.New(), hash[:], cut(row.Device, 200)
	row.CreatedAt, row.SeenAt, row.ExpiresAt = now, now, now.Add(idle)
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return tx.Create(&row).Error })
	if err != nil {
		return "", Session{}, fmt.Errorf("open session: %w", err)
	}
	session, err := s.sessions.get(ctx, hash)
	return token, session, err
}

// newToken returns 32 random bytes as 43 characters.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func tokenHash(token string) hash { return sha256.Sum256([]byte(token)) }

// Session returns the live session of a cookie's token, from memory where it was
// read in the last two seconds, and moves its end on. It returns an
// Unauthorized fault "session.over" for every other token.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return Session{}, over()
	}
	session, err := s.sessions.get(ctx, tokenHash(token))
	if err == nil && session.ExpiresAt <= calendar.Now() {
		err = over()
	}
	return session, err
}

func over() *fault.Fault { return fault.New(fault.Unauthorized, "session.over") }

// readSession reads the session of a token with all rights of its user.
func (s *Service) readSession(ctx context.Context, token hash) (Session, error) {
	row, found, err := s.sessionRows.Get(ctx, token)
	now := calendar.Now()
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	if !found || row.RevokedAt != nil || row.ExpiresAt <= now {
		return Session{}, over()
	}
	session := Session{ID: row.ID, Device: row.Device, CreatedAt: row.CreatedAt, SeenAt: row.SeenAt, ExpiresAt: row.ExpiresAt}
	if row.HouseholdID.Valid {
		session.Actor = Actor{ID: row.HouseholdID.ID, Kind: Household, HouseholdID: row.HouseholdID.ID}
	} else if err := s.readUserOf(ctx, row, &session); err != nil {
		return Session{}, err
	}
	if now.Sub(row.SeenAt) >= seenEvery {
		s.touch(ctx, row, now, &session)
	}
	return session, nil
}

func (s *Service) readUserOf(ctx context.Context, row sessionRow, session *Session) error {
	u, found, err := readUserBy(ctx, s.db.Read, "id", row.UserID.ID)
	if err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	if !found || u.DisabledAt != nil {
		return over()
	}
	session.Login, session.TOTP = u.Login, u.TotpConfirmed != 0
	session.Actor, err = s.actorOf(ctx, u)
	return err
}

// touch writes that the session is in use and moves its end on. Where that fails
// the next look-up tries again; a request does not fail for it.
func (s *Service) touch(ctx context.Context, row sessionRow, now calendar.Micros, session *Session) {
	expires := now + (row.ExpiresAt - row.SeenAt)
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		return tx.Model(&sessionRow{}).Where("id = ? AND revoked_at IS NULL AND seen_at < ?", row.ID, now).
			Select("seen_at", "expires_at").Updates(sessionRow{SeenAt: now, ExpiresAt: expires}).Error
	})
	if err == nil {
		session.SeenAt, session.ExpiresAt = now, expires
	}
}

// SignOut ends a session, here at once and on other instances within two
// seconds.
func (s *Service) SignOut(ctx context.Context, session Session) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return revokeWhere(tx.Where("id = ?", session.ID)) })
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	s.sessions.drop(func(other Session) bool { return other.ID == session.ID })
	return nil
}

// revokeWhere ends the sessions a query finds.
func revokeWhere(tx *gorm.DB) error {
	return tx.Model(&sessionRow{}).Where("revoked_at IS NULL").UpdateColumn("revoked_at", calendar.Now()).Error
}

// RevokeHousehold ends all sessions of a household, in the transaction that dooms
// its card or changes its PIN. They are refused within two seconds.
func RevokeHousehold(ctx context.Context, tx *gorm.DB, householdID id.ID) error {
	_, err := database.Exec(ctx, tx, "UPDATE sessions SET revoked_at = ? WHERE household_id = ? AND revoked_at IS NULL", calendar.Now(), householdID)
	return err
}

// Devices returns the live sessions of a user, the last used first.
func (s *Service) Devices(ctx context.Context, userID id.ID) ([]Session, error) {
	var rows []sessionRow
	err := s.db.Read.WithContext(ctx).Where("user_id = ? AND revoked_at IS NULL AND expires_at > ?", userID, calendar.Now()).
		Order("seen_at DESC, id DESC").Limit(100).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	devices := make([]Session, len(rows))
	for i, row := range rows {
		devices[i] = Session{ID: row.ID, Device: row.Device, CreatedAt: row.CreatedAt, SeenAt: row.SeenAt, ExpiresAt: row.ExpiresAt}
	}
	return devices, nil
}

// RevokeSession ends a session of the actor, or of a user whom the actor may
// manage. Every other is a NotFound fault "session.unknown".
func (s *Service) RevokeSession(ctx context.Context, actor Actor, sessionID id.ID) error {
	row, err := s.ownedSession(ctx, actor, sessionID)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := revokeWhere(tx.Where("id = ?", sessionID)); err != nil {
			return err
		}
		if row.UserID.ID == actor.ID {
			return nil
		}
		return Audit(ctx, tx, actor, Event{Action: "session.revoke", ObjectKind: "user", ObjectID: row.UserID.ID, Detail: row.Device})
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.sessions.drop(func(other Session) bool { return other.ID == sessionID })
	return nil
}

func (s *Service) ownedSession(ctx context.Context, actor Actor, sessionID id.ID) (sessionRow, error) {
	unknown := fault.New(fault.NotFound, "session.unknown")
	var rows []sessionRow
	if err := s.db.Read.WithContext(ctx).Where("id = ?", sessionID).Limit(1).Find(&rows).Error; err != nil {
		return sessionRow{}, fmt.Errorf("read session: %w", err)
	}
	if len(rows) == 0 || !rows[0].UserID.Valid {
		return sessionRow{}, unknown
	}
	if rows[0].UserID.ID == actor.ID {
		return rows[0], nil
	}
	if _, err := s.manageable(ctx, s.db.Read, actor, rows[0].UserID.ID); err != nil {
		return sessionRow{}, firstError(internalOnly(err), unknown)
	}
	return rows[0], nil
}

// internalOnly returns err unless it is a fault.
func internalOnly(err error) error {
	if _, ok := fault.As(err); ok {
		return nil
	}
	return err
}

// SweepSessions removes sessions that have been over for a month, and returns how
// many.
func (s *Service) SweepSessions(ctx context.Context) (int64, error) {
	var removed int64
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		before := calendar.Now().Add(-30 * 24 * time.Hour)
		result := tx.Where("expires_at < ? OR revoked_at < ?", before, before).Delete(&sessionRow{})
		removed = result.RowsAffected
		return result.Error
	})
	if err != nil {
		return 0, fmt.Errorf("sweep sessions: %w", err)
	}
	return removed, nil
}
