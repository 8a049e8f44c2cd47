package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// keyPrefix makes a key recognisable where it leaked.
const keyPrefix = "hk_"

// APIKey lets a machine in with the roles of its user.
type APIKey struct {
	ID        id.ID
	Name      string
	User      User
	CreatedAt calendar.Micros
	RevokedAt calendar.Micros // zero while it is good
}

// NewAPIKey is a key to be made.
type NewAPIKey struct {
	ID     id.ID // made by the client
	UserID id.ID
	Name   string
}

// Key returns the actor of an API key, from memory where it was read in the last
// two seconds, or an Unauthorized fault "key.unknown".
func (s *Service) Key(ctx context.Context, key string) (Actor, error) {
	if len(key) != len(keyPrefix)+base64.RawURLEncoding.EncodedLen(32) || !strings.HasPrefix(key, keyPrefix) {
		return Actor{}, unknownKey()
	}
	return s.keys.get(ctx, tokenHash(key))
}

func unknownKey() *fault.Fault { return fault.New(fault.Unauthorized, "key.unknown") }

func (s *Service) readKey(ctx context.Context, token hash) (Actor, error) {
	row, found, err := first[keyRow](s.db.Read.WithContext(ctx).Where("key_hash = ?", token[:]))
	if err != nil {
		return Actor{}, fmt.Errorf("read key: %w", err)
	}
	if !found || row.RevokedAt != nil || row.ExpiresAt != nil && *row.ExpiresAt <= calendar.Now() {
		return Actor{}, unknownKey()
	}
	u, found, err := readUserBy(ctx, s.db.Read, "id", row.UserID)
	if err != nil {
		return Actor{}, fmt.Errorf("read key: %w", err)
	}
	if !found || u.DisabledAt != nil {
		return Actor{}, unknownKey()
	}
	return s.actorOf(ctx, u)
}

// CreateAPIKey makes a key for a machine the actor may manage and returns it;
// nobody can read it again. Faults are those of UpdateUser, Invalid
// "key.person" for a user who is a person, and Conflict "key.shown" when the id
// was used before.
func (s *Service) CreateAPIKey(ctx context.Context, actor Actor, in NewAPIKey) (made APIKey, key string, err error) {
	key = keyPrefix + newToken()
	hash := tokenHash(key)
	row := keyRow{ID: in.ID, UserID: in.UserID, Name: strings.TrimSpace(in.Name), KeyHash: hash[:], CreatedAt: calendar.Now(), CreatedBy: actor.ID}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		user, err := s.manageable(ctx, tx, actor, in.UserID)
		if err != nil {
			return err
		}
		if user.Kind != Machine {
			return fault.New(fault.Invalid, "key.person").At("/user_id")
		}
		if err := tx.Create(&row).Error; database.IsDuplicate(err) {
			return fault.New(fault.Conflict, "key.shown").At("/id")
		} else if err != nil {
			return err
		}
		made = row.key(user)
		return Audit(ctx, tx, actor, Event{Action: "key.create", ObjectKind: "key", ObjectID: row.ID, DivisionID: user.home(), Detail: row.Name + ", " + user.Login})
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return made, key, nil
}

func (row keyRow) key(user User) APIKey {
	key := APIKey{ID: row.ID, Name: row.Name, User: user, CreatedAt: row.CreatedAt}
	if row.RevokedAt != nil {
		key.RevokedAt = *row.RevokedAt
	}
	return key
}

// maxKeys bounds the list of keys.
const maxKeys = 500

// APIKeys lists the keys of machines inside the actor's scope, the newest first,
// at most 500.
func (s *Service) APIKeys(ctx context.Context, actor Actor) ([]APIKey, error) {
	var rows []keyRow
	err := usersIn(s.db.Read.WithContext(ctx).Model(&keyRow{}), "api_keys.user_id", actor.Divisions(seers...)).
		Order("api_keys.id DESC").Limit(maxKeys).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys := make([]APIKey, len(rows))
	for i, row := range rows {
		user, err := s.User(ctx, actor, row.UserID)
		if err != nil {
			return nil, err
		}
		keys[i] = row.key(user)
	}
	return keys, nil
}

// RevokeAPIKey ends a key, here at once and on other instances within two
// seconds. It returns NotFound "key.unknown_id" for one outside the actor's
// scope and Forbidden "user.not_yours".
func (s *Service) RevokeAPIKey(ctx context.Context, actor Actor, keyID id.ID) error {
	var row keyRow
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		unknown := fault.New(fault.NotFound, "key.unknown_id")
		stored, found, err := first[keyRow](tx.Where("id = ?", keyID))
		if err != nil || !found {
			return firstError(err, unknown)
		}
		row = stored
		user, err := s.manageable(ctx, tx, actor, row.UserID)
		if fault.Is(err, "user.unknown") {
			return unknown
		}
		if err != nil || row.RevokedAt != nil {
			return err
		}
		if err := tx.Model(&keyRow{}).Where("id = ? AND revoked_at IS NULL", keyID).UpdateColumn("revoked_at", calendar.Now()).Error; err != nil {
			return err
		}
		return Audit(ctx, tx, actor, Event{Action: "key.revoke", ObjectKind: "key", ObjectID: keyID, DivisionID: user.home(), Detail: row.Name})
	})
	if err != nil {
		return err
	}
	s.keys.drop(func(actor Actor) bool { return actor.ID == row.UserID })
	return nil
}
