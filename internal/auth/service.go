package auth

import (
	"crypto/cipher"
	"time"

	"hufen/internal/database"
	"hufen/internal/division"
)

// Config is what an operator can set.
type Config struct {
	// Secret encrypts the secrets of one-time codes. Whoever has it and the
	// database can make the codes.
	Secret [32]byte
	// LoginAttempts may fail for one account within LoginWindow, and
	// AddressAttempts from one address.
	LoginAttempts, AddressAttempts int
	LoginWindow                    time.Duration
	// SessionIdle is how long a session lasts without being used.
	SessionIdle time.Duration
}

// Service keeps users, their roles, sessions and keys.
type Service struct {
	db        *database.DB
	divisions *division.Service
	config    Config
	throttle  *Throttle
	totp      cipher.AEAD
	sessions  *cache[Session]
	keys      *cache[Actor]

	sessionRows *database.Reads[hash, sessionRow]
}

// New returns the service of a database.
func New(db *database.DB, divisions *division.Service, config Config) *Service {
	s := &Service{db: db, divisions: divisions, config: config, throttle: NewThrottle(db), totp: totpCipher(config.Secret)}
	s.sessionRows = database.NewReads(s.readSessions)
	s.sessions = newCache(s.readSession)
	s.keys = newCache(s.readKey)
	return s
}
