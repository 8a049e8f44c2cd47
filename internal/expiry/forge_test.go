package expiry

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/ledger"
)

// Forge posts an expiry as an insider would who knows how, whatever it says.
func Forge(ctx context.Context, tx *gorm.DB, s *Service, e *Expiry) error {
	book, err := loadRules(ctx, tx)
	if err != nil {
		return err
	}
	account := e.account()
	e.EntryID = entryID(account.ID, e.ExpiresOn)
	batch, err := ledger.Lock(ctx, tx, s.now(), []ledger.Account{account})
	if err != nil {
		return err
	}
	err = batch.Post(ledger.Request{ID: e.EntryID, Kind: ledger.Expiry, ActorID: auth.SystemID}, &ledger.Entry{
		ID: e.EntryID, Kind: ledger.Expiry, EffectiveAt: e.ExpiresOn.Next().Start(calendar.Shanghai) - 1, VillageID: e.VillageID, ActorID: auth.SystemID,
		SourceHash: e.contentHash(book.byID(e.RuleID)), Lines: ledger.Expire(e.HouseholdID, e.VillageID, e.Points)})
	if err != nil {
		return err
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	return insertExpiries(ctx, tx, []*Expiry{e})
}
