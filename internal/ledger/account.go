package ledger

import (
	"crypto/sha256"

	"hufen/internal/id"
	"hufen/internal/points"
)

// The kinds of account.
const (
	kindHousehold = "household"
	kindClawback  = "clawback"
	kindPayable   = "payable"
	kindIssued    = "issued"
	kindSettled   = "settled"
	kindAdjusted  = "adjusted"
)

// Account is one account of the book. Its ID is a function of its code, so that
// nothing has to be looked up to post to it. Accounts are opened by the first
// entry that needs them.
type Account struct {
	ID        id.ID
	Code      string
	Kind      string
	VillageID id.NullID
	Floored   bool // keeps a running balance, which never goes below zero
}

func newAccount(code, kind string, villageID id.ID, floored bool) Account {
	return Account{ID: accountID(code), Code: code, Kind: kind, VillageID: id.Some(villageID), Floored: floored}
}

// accountID is a UUID of version 8 (RFC 9562 §5.8) from the SHA-256 of the code.
func accountID(code string) id.ID {
	sum := sha256.Sum256([]byte("hufen/account/1\x00" + code))
	var a id.ID
	copy(a[:], sum[:])
	a[6] = a[6]&0x0f | 0x80
	a[8] = a[8]&0x3f | 0x80
	return a
}

// HouseholdAccount holds what a household may spend.
func HouseholdAccount(householdID, villageID id.ID) Account {
	return newAccount("household:"+householdID.String(), kindHousehold, villageID, true)
}

// ClawbackAccount holds, as a negative amount, what a household had spent
// before the award was taken back.
func ClawbackAccount(householdID, villageID id.ID) Account {
	return newAccount("household:"+householdID.String()+":clawback", kindClawback, villageID, false)
}

// ShopAccount holds what the town owes a shop. Everybody redeems there, so it
// keeps no running balance; it is the sum of its lines.
func ShopAccount(shopID id.ID) Account {
	return newAccount("shop:"+shopID.String()+":payable", kindPayable, id.ID{}, false)
}

// IssuedAccount holds, as a negative amount, the points a village has given.
func IssuedAccount(villageID id.ID) Account {
	return newAccount("village:"+villageID.String()+":issued", kindIssued, villageID, false)
}

// SettledAccount holds what a town has undertaken to pay its shops.
func SettledAccount(townID id.ID) Account {
	return newAccount("town:"+townID.String()+":settled", kindSettled, id.ID{}, false)
}

// AdjustedAccount holds, as a negative amount, the points a town has given by
// hand less those it has taken.
func AdjustedAccount(townID id.ID) Account {
	return newAccount("town:"+townID.String()+":adjusted", kindAdjusted, id.ID{}, false)
}

// Award returns the lines that give a household points. An award of nothing has
// no lines.
func Award(householdID, villageID id.ID, amount points.Points) []Line {
	if amount == 0 {
		return nil
	}
	return []Line{
		{Account: HouseholdAccount(householdID, villageID), Points: amount},
		{Account: IssuedAccount(villageID), Points: -amount},
	}
}

// Spend returns the lines by which a household pays a shop.
func Spend(householdID, villageID, shopID id.ID, amount points.Points) []Line {
	return []Line{
		{Account: HouseholdAccount(householdID, villageID), Points: -amount},
		{Account: ShopAccount(shopID), Points: amount},
	}
}

// TakeBack returns the lines that take an award back from a household that has
// balance left: what is there, and the rest as a clawback.
func TakeBack(householdID, villageID id.ID, amount, balance points.Points) []Line {
	return takeBack(householdID, villageID, IssuedAccount(villageID), amount, balance)
}

// TakeBackAdjustment is TakeBack of points that were given by hand.
func TakeBackAdjustment(householdID, villageID, townID id.ID, amount, balance points.Points) []Line {
	return takeBack(householdID, villageID, AdjustedAccount(townID), amount, balance)
}

func takeBack(householdID, villageID id.ID, giver Account, amount, balance points.Points) []Line {
	if amount == 0 {
		return nil
	}
	var lines []Line
	there := min(amount, balance)
	if there > 0 {
		lines = append(lines, Line{Account: HouseholdAccount(householdID, villageID), Points: -there})
	}
	if amount > there {
		lines = append(lines, Line{Account: ClawbackAccount(householdID, villageID), Points: there - amount})
	}
	return append(lines, Line{Account: giver, Points: amount})
}

// Adjust returns the lines by which a town gives a household points by hand, or
// takes them where the amount is below zero.
func Adjust(householdID, villageID, townID id.ID, amount points.Points) []Line {
	return []Line{
		{Account: HouseholdAccount(householdID, villageID), Points: amount},
		{Account: AdjustedAccount(townID), Points: -amount},
	}
}

// GiveBack returns the lines that undo Spend.
func GiveBack(householdID, villageID, shopID id.ID, amount points.Points) []Line {
	return []Line{
		{Account: HouseholdAccount(householdID, villageID), Points: amount},
		{Account: ShopAccount(shopID), Points: -amount},
	}
}

// Settle returns the lines by which a town takes over what it owes a shop.
func Settle(shopID, townID id.ID, amount points.Points) []Line {
	return []Line{
		{Account: ShopAccount(shopID), Points: -amount},
		{Account: SettledAccount(townID), Points: amount},
	}
}
