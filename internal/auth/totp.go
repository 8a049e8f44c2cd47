package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"gorm.io/gorm"

	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/qr"
)

// One-time codes are RFC 6238 with what every authenticator app assumes: SHA-1,
// six digits, steps of 30 seconds. One step early or late is let pass.
const (
	totpPeriod     = 30
	totpSkew       = 1
	totpSecretSize = 20
	totpIssuer     = "Hufen"
)

// totpCipher returns what encrypts the secrets of one-time codes in the database.
func totpCipher(secret [32]byte) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, secret[:], nil, "hufen totp secrets", 32)
	if err != nil {
		panic(err) // only for impossible lengths
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// seal encrypts a secret; it opens for the same user only.
func (s *Service) seal(user id.ID, secret []byte) string {
	return base64.RawStdEncoding.EncodeToString(s.totp.Seal(nil, nil, secret, user[:]))
}

// unseal returns the secret of a user in base32.
func (s *Service) unseal(u userRow) (string, error) {
	sealed, err := base64.RawStdEncoding.DecodeString(u.TotpSecret)
	if err != nil {
		return "", err
	}
	secret, err := s.totp.Open(nil, nil, sealed, u.ID[:])
	if err != nil {
		return "", errors.New("the secret of one-time codes does not open: was the key file replaced?")
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), nil
}

// TOTPSecret is what an authenticator app needs. It is shown once.
type TOTPSecret struct {
	Secret string // base32
	URI    string // otpauth://
	QR     string // the URI as an SVG picture
}

// BeginTOTP makes a new secret for a person and stores it; codes are asked for
// only after ConfirmTOTP. It returns a Conflict fault "totp.already_on".
func (s *Service) BeginTOTP(ctx context.Context, actor Actor) (TOTPSecret, error) {
	secret := make([]byte, totpSecretSize)
	rand.Read(secret)
	var login string
	err := s.withOwn(ctx, actor, func(ctx context.Context, tx *gorm.DB, u userRow) error {
		if u.TotpConfirmed != 0 {
			return fault.New(fault.Conflict, "totp.already_on")
		}
		login = u.Login
		u.TotpSecret, u.TotpLastStep = s.seal(u.ID, secret), 0
		return tx.Model(&userRow{}).Where("id = ?", u.ID).Select("totp_secret", "totp_last_step").Updates(u).Error
	})
	if err != nil {
		return TOTPSecret{}, err
	}
	return newTOTPSecret(login, secret)
}

func newTOTPSecret(login string, secret []byte) (TOTPSecret, error) {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	query := url.Values{"secret": {text}, "issuer": {totpIssuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	uri := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + totpIssuer + ":" + login, RawQuery: query.Encode()}
	drawn, err := qr.Draw(uri.String(), qr.Medium)
	if err != nil {
		return TOTPSecret{}, fmt.Errorf("draw code: %w", err)
	}
	return TOTPSecret{Secret: text, URI: uri.String(), QR: drawn.SVG()}, nil
}

// ConfirmTOTP switches one-time codes on, with a first code. It returns Invalid
// "totp.wrong_code" and Conflict "totp.not_begun" or "totp.already_on".
func (s *Service) ConfirmTOTP(ctx context.Context, actor Actor, code string) error {
	err := s.withCode(ctx, actor, code, func(ctx context.Context, tx *gorm.DB, u userRow) error {
		if u.TotpConfirmed != 0 {
			return fault.New(fault.Conflict, "totp.already_on")
		}
		if err := tx.Model(&userRow{}).Where("id = ?", u.ID).UpdateColumn("totp_confirmed", 1).Error; err != nil {
			return err
		}
		return Audit(ctx, tx, actor, Event{Action: "totp.confirm", ObjectKind: "user", ObjectID: u.ID})
	})
	s.forgetUser(actor.ID)
	return err
}

// RemoveTOTP switches one-time codes off, with a valid code. Faults are as those
// of ConfirmTOTP.
func (s *Service) RemoveTOTP(ctx context.Context, actor Actor, code string) error {
	err := s.withCode(ctx, actor, code, func(ctx context.Context, tx *gorm.DB, u userRow) error {
		if err := clearTOTP(tx, u.ID); err != nil {
			return err
		}
		return Audit(ctx, tx, actor, Event{Action: "totp.remove", ObjectKind: "user", ObjectID: u.ID})
	})
	s.forgetUser(actor.ID)
	return err
}

func clearTOTP(tx *gorm.DB, user id.ID) error {
	return tx.Model(&userRow{}).Where("id = ?", user).
		Select("totp_secret", "totp_confirmed", "totp_last_step").Updates(userRow{}).Error
}

// withOwn runs fn on the locked row of the person who asks.
func (s *Service) withOwn(ctx context.Context, actor Actor, fn func(ctx context.Context, tx *gorm.DB, u userRow) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		u, found, err := lockUser(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		if !found || u.Kind != Person {
			return over()
		}
		return fn(ctx, tx, u)
	})
}

// withCode is withOwn after a valid code was typed. Attempts are throttled as
// those of log-ins are.
func (s *Service) withCode(ctx context.Context, actor Actor, code string, fn func(ctx context.Context, tx *gorm.DB, u userRow) error) error {
	attempts := Subject{Kind: "code", Key: actor.ID.String(), Limit: s.config.LoginAttempts, Window: s.config.LoginWindow}
	if err := s.throttle.Allow(ctx, attempts); err != nil {
		return err
	}
	err := s.withOwn(ctx, actor, func(ctx context.Context, tx *gorm.DB, u userRow) error {
		if u.TotpSecret == "" {
			return fault.New(fault.Conflict, "totp.not_begun")
		}
		if err := s.useCode(tx, u, code); err != nil {
			return err
		}
		return fn(ctx, tx, u)
	})
	if err != nil {
		return err
	}
	return s.throttle.Clear(ctx, attempts)
}

// checkCode checks the one-time code of a log-in. Faults are Unauthorized
// "session.code_needed" and "session.wrong_code".
func (s *Service) checkCode(ctx context.Context, u userRow, code string) error {
	if code == "" {
		return fault.New(fault.Unauthorized, "session.code_needed")
	}
	err := s.db.InTx(ctx, func(_ context.Context, tx *gorm.DB) error { return s.useCode(tx, u, code) })
	if fault.Is(err, "totp.wrong_code") {
		return fault.New(fault.Unauthorized, "session.wrong_code")
	}
	return err
}

// useCode accepts a code once: its step must be later than the last one used. It
// returns an Invalid fault "totp.wrong_code".
func (s *Service) useCode(tx *gorm.DB, u userRow, code string) error {
	wrong := fault.New(fault.Invalid, "totp.wrong_code").At("/code")
	secret, err := s.unseal(u)
	if err != nil {
		return fmt.Errorf("one-time code: %w", err)
	}
	step, err := stepOf(secret, code, time.Now())
	if err != nil || step == 0 {
		return firstError(err, wrong)
	}
	result := tx.Model(&userRow{}).Where("id = ? AND totp_last_step < ?", u.ID, step).UpdateColumn("totp_last_step", step)
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected != 1 {
		return wrong
	}
	return nil
}

// stepOf returns the step a code belongs to, near now, or zero.
func stepOf(secret, code string, now time.Time) (int64, error) {
	var found int64
	for step := now.Unix()/totpPeriod - totpSkew; step <= now.Unix()/totpPeriod+totpSkew; step++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*totpPeriod, 0),
			totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("one-time code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}
