package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"hufen/internal/fault"
)

// The cost of argon2id: OWASP's second choice, 19 MiB of memory, two passes,
// one lane.
const (
	argonMemoryKiB = 19 << 10
	argonTime      = 2
	argonThreads   = 1
	saltLength     = 16
	hashLength     = 32
)

// hashing bounds how many hashes are computed at once, so that log-ins can take
// neither all memory nor all processors.
var hashing = make(chan struct{}, 2)

// HashSecret hashes a password or PIN with argon2id and a fresh salt, in the PHC
// form. It waits while two others are being hashed; its only error is that ctx
// ended meanwhile.
func HashSecret(ctx context.Context, secret string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	key, err := derive(ctx, secret, salt)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonMemoryKiB, argonTime, argonThreads, encode(salt), encode(key)), nil
}

func derive(ctx context.Context, secret string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
		return argon2.IDKey([]byte(secret), salt, argonTime, argonMemoryKiB, argonThreads, hashLength), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// CheckSecret reports whether the hash is that of the secret. An empty hash is
// nobody's, and takes as long to say so as any other. Errors are an ended ctx
// and a hash this package did not make.
func CheckSecret(ctx context.Context, hash, secret string) (bool, error) {
	salt, want, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	got, err := derive(ctx, secret, salt)
	if err != nil {
		return false, err
	}
	return hash != "" && subtle.ConstantTimeCompare(got, want) == 1, nil
}

var errHash = errors.New("auth: not an argon2id hash of the present cost")

func parseHash(hash string) (salt, key []byte, err error) {
	if hash == "" {
		return make([]byte, saltLength), make([]byte, hashLength), nil
	}
	prefix := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemoryKiB, argonTime, argonThreads)
	rest, ok := strings.CutPrefix(hash, prefix)
	saltText, keyText, found := strings.Cut(rest, "$")
	if !ok || !found {
		return nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(saltText); err != nil {
		return nil, nil, errHash
	}
	if key, err = base64.RawStdEncoding.DecodeString(keyText); err != nil || len(key) != hashLength {
		return nil, nil, errHash
	}
	return salt, key, nil
}

// passwordMinimum is the least number of characters of a password.
const passwordMinimum = 8

// common are passwords everybody tries first.
var common = []string{
	"password", "password1", "passw0rd", "123456789", "1234567890", "12345678", "87654321", "qwertyui", "qwerty123",
	"1q2w3e4r", "abcd1234", "a1234567", "aa123456", "admin123", "woaini520", "woaini1314", "5201314520", "147258369", "iloveyou",
}

// checkStrength returns an Invalid fault "user.password_weak" for a password
// that is too short, the login itself, one character over and over, or among
// the first that everybody tries.
func checkStrength(login, password string) *fault.Fault {
	lower := strings.ToLower(password)
	weak := utf8.RuneCountInString(password) < passwordMinimum || lower == login ||
		strings.Trim(lower, lower[:1]) == ""
	for _, c := range common {
		weak = weak || lower == c
	}
	if weak {
		return fault.New(fault.Invalid, "user.password_weak", "minimum", passwordMinimum)
	}
	return nil
}
