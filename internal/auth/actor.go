// Package auth says who is asking and what they may do: users and their roles,
// sessions, API keys, one-time codes, the throttle of failed attempts, and the
// audit log. The rest of the service sees an Actor, a plain value.
package auth

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/division"
	"hufen/internal/id"
)

// Kind is what sort of actor is asking.
type Kind string

// The kinds.
const (
	Person    Kind = "person"
	Machine   Kind = "machine"
	Household Kind = "household"
	System    Kind = "system" // the service itself: command line, jobs, demo
)

// Role is what a user may do in a division.
type Role string

// The roles.
const (
	Cleaner          Role = "cleaner"           // 保洁员
	Shopkeeper       Role = "shopkeeper"        // 店主
	Cadre            Role = "cadre"             // 村干部
	TownOfficial     Role = "town_official"     // 镇干部
	DistrictOfficial Role = "district_official" // 区干部
	Finance          Role = "finance"           // 财务
	Auditor          Role = "auditor"           // 审计
	Administrator    Role = "administrator"     // 管理员
)

// Roles lists every role.
var Roles = []Role{Cleaner, Shopkeeper, Cadre, TownOfficial, DistrictOfficial, Finance, Auditor, Administrator}

// Managers are the roles that set a programme up in their division.
var Managers = []Role{TownOfficial, DistrictOfficial, Administrator}

// Grant is a role somebody holds.
type Grant struct {
	ID         id.ID
	Role       Role
	DivisionID id.ID   // zero: everywhere; administrators only
	ShopID     id.ID   // shopkeepers
	PointIDs   []id.ID // cleaners; none means every point of the division
}

// Actor is who is asking, with all rights. It is a plain value that is not
// changed after it was made.
type Actor struct {
	ID          id.ID // of the user; for a household the household's
	Name        string
	Kind        Kind
	Grants      []Grant
	HouseholdID id.ID // households only
	RequestID   string
}

// SystemID is the actor id of the service itself.
var SystemID = id.MustParse("00000000-0000-7000-8000-000000000001")

// SystemActor returns an actor that may do everything everywhere, for the
// command line, jobs and the demo. The name says which.
func SystemActor(name string) Actor {
	return Actor{ID: SystemID, Name: name, Kind: System, Grants: []Grant{{Role: Administrator}}, RequestID: name}
}

// Has reports whether the actor holds any of the roles, anywhere.
func (a Actor) Has(roles ...Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// Covers reports whether d lies inside the division of a grant with any of the
// roles; of any grant where no role is named.
func (a Actor) Covers(tree *division.Tree, d id.ID, roles ...Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.is(roles) && tree.Contains(g.DivisionID, d) })
}

func (g Grant) is(roles []Role) bool { return len(roles) == 0 || slices.Contains(roles, g.Role) }

// Divisions returns the divisions in which the actor holds any of the roles, or
// any role where none is named, each once. The zero id among them means
// everywhere, as it does for division.Tree.
func (a Actor) Divisions(roles ...Role) []id.ID {
	var ids []id.ID
	for _, g := range a.Grants {
		if g.is(roles) && !slices.Contains(ids, g.DivisionID) {
			ids = append(ids, g.DivisionID)
		}
	}
	return ids
}

// Everywhere reports whether the actor holds any of the roles, or any role where
// none is named, without being confined to a division.
func (a Actor) Everywhere(roles ...Role) bool { return slices.Contains(a.Divisions(roles...), id.ID{}) }

// HasShop reports whether the actor keeps the shop.
func (a Actor) HasShop(shopID id.ID) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == Shopkeeper && g.ShopID == shopID })
}

// Serves reports whether the actor keeps a shop of the town that d lies in. A
// shop stands in a village and serves its town.
func (a Actor) Serves(tree *division.Tree, d id.ID) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool {
		town, ok := tree.At(g.DivisionID, division.Town)
		return g.Role == Shopkeeper && ok && tree.Contains(town.ID, d)
	})
}

// AuthorID returns the actor's id. With Sees, Manages and Note it makes the
// actor a division.Author.
func (a Actor) AuthorID() id.ID { return a.ID }

// Sees reports whether the actor holds any role where d lies.
func (a Actor) Sees(tree *division.Tree, d id.ID) bool { return a.Covers(tree, d) }

// Manages reports whether the actor may change division d and what lies below
// it; the zero id stands for the top of the tree.
func (a Actor) Manages(tree *division.Tree, d id.ID) bool {
	if d.IsZero() {
		return a.Everywhere(Administrator)
	}
	return a.Covers(tree, d, Managers...)
}

// Note writes a change of a division or setting into the audit log.
func (a Actor) Note(ctx context.Context, tx *gorm.DB, change division.Change) error {
	return Audit(ctx, tx, a, Event(change))
}
