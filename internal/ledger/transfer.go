package ledger

import (
	"hufen/internal/id"
	"hufen/internal/points"
)

// HouseholdChange is the kind of entry by which a household that splits, is
// merged, moves or ends hands on what it has. In no other do points go from
// household to household.
const HouseholdChange = "household_change"

const kindClosed = "closed"

// ClosedAccount holds the points that households of a village left behind.
func ClosedAccount(villageID id.ID) Account {
	return newAccount("village:"+villageID.String()+":closed", kindClosed, villageID, false)
}

// Owner is a household with the village its accounts belong to.
type Owner struct{ HouseholdID, VillageID id.ID }

// Account is what the household may spend.
func (o Owner) Account() Account { return HouseholdAccount(o.HouseholdID, o.VillageID) }

func (o Owner) clawback() Account { return ClawbackAccount(o.HouseholdID, o.VillageID) }

// HandOn returns the lines by which a household leaves an amount and a debt, what
// stands on its clawback account, to another.
func HandOn(from, to Owner, amount, debt points.Points) []Line {
	return without0([]Line{
		{Account: from.Account(), Points: -amount},
		{Account: to.Account(), Points: amount},
		{Account: from.clawback(), Points: debt},
		{Account: to.clawback(), Points: -debt},
	})
}

// GiveUp returns the lines by which a household's amount and debt end with it.
func GiveUp(from Owner, amount, debt points.Points) []Line {
	return without0([]Line{
		{Account: from.Account(), Points: -amount},
		{Account: from.clawback(), Points: debt},
		{Account: ClosedAccount(from.VillageID), Points: amount - debt},
	})
}

func without0(lines []Line) []Line {
	var moved []Line
	for _, l := range lines {
		if l.Points != 0 {
			moved = append(moved, l)
		}
	}
	return moved
}
