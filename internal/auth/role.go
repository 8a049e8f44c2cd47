package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// RoleInput is a role to be granted.
type RoleInput struct {
	Role       Role
	DivisionID id.ID   // zero: everywhere for an administrator, the shop's for a shopkeeper
	ShopID     id.ID   // shopkeepers
	PointIDs   []id.ID // cleaners; none means every point of the division
}

// grantable lists the roles each role may give to others, inside its own
// division. Nobody gives a role above the own.
var grantable = map[Role][]Role{
	Administrator:    Roles,
	DistrictOfficial: {Cleaner, Shopkeeper, Cadre, TownOfficial, Finance, Auditor, DistrictOfficial},
	TownOfficial:     {Cleaner, Shopkeeper, Cadre},
}

// levels lists where a role makes sense.
var levels = map[Role][]division.Level{
	Cleaner:          {division.Town, division.Village, division.Group},
	Shopkeeper:       {division.Town, division.Village, division.Group},
	Cadre:            {division.Village, division.Group},
	TownOfficial:     {division.Town},
	DistrictOfficial: {division.District, division.City, division.Province},
	Finance:          {division.Town, division.District, division.City, division.Province},
	Auditor:          {division.Village, division.Town, division.District, division.City, division.Province},
	Administrator:    {division.Town, division.District, division.City, division.Province},
}

// conflicting lists the pairs of roles no one person may hold: who sells is not
// who approves, pays or checks, and who pays is not who approves.
var conflicting = [][2]Role{
	{Shopkeeper, TownOfficial}, {Shopkeeper, Finance}, {Shopkeeper, Auditor}, {Finance, TownOfficial},
}

// MayGrant reports whether the actor may give a role in a division, or take it
// away there; the zero division means everywhere.
func (a Actor) MayGrant(tree *division.Tree, role Role, divisionID id.ID) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool {
		within := g.DivisionID.IsZero() || tree.Contains(g.DivisionID, divisionID)
		return within && slices.Contains(grantable[g.Role], role)
	})
}

// Conflict returns a Refused fault "role.conflict" when the role must not come to
// those already held, else nil.
func Conflict(held []Grant, role Role) *fault.Fault {
	for _, pair := range conflicting {
		for _, g := range held {
			if pair == [2]Role{g.Role, role} || pair == [2]Role{role, g.Role} {
				return fault.New(fault.Refused, "role.conflict."+string(pair[0])+"."+string(pair[1]))
			}
		}
	}
	return nil
}

// checkRole completes a role and checks everything but conflicts with other
// roles. Faults are "role.shop_missing", "shop.unknown", "role.point_elsewhere",
// "role.division_missing", "division.unknown", "role.wrong_level" and
// Forbidden "role.not_yours".
func (s *Service) checkRole(ctx context.Context, tx *gorm.DB, actor Actor, in RoleInput) (RoleInput, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return in, err
	}
	if in, err = completeShop(ctx, tx, tree, actor, in); err != nil {
		return in, err
	}
	if err := checkPlace(tree, actor, in); err != nil {
		return in, err
	}
	if !actor.MayGrant(tree, in.Role, in.DivisionID) {
		return in, fault.New(fault.Forbidden, "role.not_yours").At("/role/role")
	}
	return in, checkPoints(ctx, tx, tree, in)
}

// completeShop finds the division of a shopkeeper's shop.
func completeShop(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor Actor, in RoleInput) (RoleInput, error) {
	if in.Role != Shopkeeper {
		in.ShopID = id.ID{}
		return in, nil
	}
	if in.ShopID.IsZero() {
		return in, fault.New(fault.Invalid, "role.shop_missing").At("/role/shop_id")
	}
	place, found, err := place(ctx, tx, shopPlace, in.ShopID)
	if err != nil {
		return in, fmt.Errorf("read shop: %w", err)
	}
	if !found || !actor.Covers(tree, place) {
		return in, fault.New(fault.NotFound, "shop.unknown").At("/role/shop_id")
	}
	in.DivisionID = place
	return in, nil
}

func checkPlace(tree *division.Tree, actor Actor, in RoleInput) error {
	if in.DivisionID.IsZero() {
		if in.Role != Administrator {
			return fault.New(fault.Invalid, "role.division_missing").At("/role/division_id")
		}
		return nil
	}
	d, ok := tree.Get(in.DivisionID)
	if !ok || !actor.Covers(tree, d.ID) {
		return division.Unknown().At("/role/division_id")
	}
	if !slices.Contains(levels[in.Role], d.Level) {
		return fault.New(fault.Invalid, "role.wrong_level."+string(in.Role), "division", d.Name).At("/role/division_id")
	}
	return nil
}

func checkPoints(ctx context.Context, tx *gorm.DB, tree *division.Tree, in RoleInput) error {
	for i, point := range in.PointIDs {
		village, found, err := place(ctx, tx, pointPlace, point)
		if err != nil {
			return fmt.Errorf("read collection point: %w", err)
		}
		if in.Role != Cleaner || !found || !(tree.Contains(in.DivisionID, village) || tree.Contains(village, in.DivisionID)) {
			return fault.New(fault.Invalid, "role.point_elsewhere").At(fmt.Sprintf("/role/point_ids/%d", i))
		}
	}
	return nil
}

// GrantRole gives a user a role, under an id made by the client. The same id and
// content again returns the user with replayed true. Faults are those of a wrong
// role (see the sentences role.*), NotFound "user.unknown" outside the actor's
// scope, Refused "role.own" and "role.conflict.*", and Conflict
// "request.id_reused".
func (s *Service) GrantRole(ctx context.Context, actor Actor, userID, grantID id.ID, in RoleInput) (user User, replayed bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		user, err = s.visible(ctx, tx, actor, userID)
		if err != nil {
			return err
		}
		if in, err = s.checkRole(ctx, tx, actor, in); err != nil {
			return err
		}
		replayed, err = s.grant(ctx, tx, actor, userID, grantID, in)
		return err
	})
	if err != nil {
		return user, false, err
	}
	s.forgetUser(userID)
	user, err = s.read(ctx, s.db.Read, userID)
	return user, replayed, err
}

// grant stores a checked role of an existing user.
func (s *Service) grant(ctx context.Context, tx *gorm.DB, actor Actor, userID, grantID id.ID, in RoleInput) (replayed bool, err error) {
	if _, _, err := lockUser(ctx, tx, userID); err != nil {
		return false, err
	}
	stored, found, err := first[roleRow](tx.Where("id = ?", grantID))
	if err != nil {
		return false, err
	}
	held, err := readGrants(ctx, tx, userID)
	if err != nil {
		return false, err
	}
	if found {
		return true, sameRole(stored, userID, in, held[userID])
	}
	if actor.ID == userID {
		return false, fault.New(fault.Refused, "role.own")
	}
	if conflict := Conflict(held[userID], in.Role); conflict != nil {
		return false, conflict.At("/role/role")
	}
	return false, insertRole(ctx, tx, actor, userID, grantID, in)
}

func sameRole(stored roleRow, userID id.ID, in RoleInput, held []Grant) error {
	if stored.UserID != userID || stored.Role != in.Role || stored.DivisionID.ID != in.DivisionID || stored.ShopID.ID != in.ShopID || !in.hasPoints(held) {
		return reused()
	}
	return nil
}

// hasPoints reports whether a cleaner has the points asked for and no others. A
// cleaner of several places has those of all of them; one who lost the role has
// none, and nobody can tell any more.
func (in RoleInput) hasPoints(held []Grant) bool {
	var cleans []Grant
	for _, g := range held {
		if g.Role == Cleaner {
			cleans = append(cleans, g)
		}
	}
	if in.Role != Cleaner || len(cleans) == 0 {
		return true
	}
	points := cleans[0].PointIDs
	lacks := func(point id.ID) bool { return !slices.Contains(points, point) }
	foreign := func(point id.ID) bool { return !slices.Contains(in.PointIDs, point) }
	return !slices.ContainsFunc(in.PointIDs, lacks) && (len(cleans) > 1 || !slices.ContainsFunc(points, foreign))
}

func reused() *fault.Fault { return fault.New(fault.Conflict, "request.id_reused").At("/id") }

func insertRole(ctx context.Context, tx *gorm.DB, actor Actor, userID, grantID id.ID, in RoleInput) error {
	row := roleRow{
		ID: grantID, UserID: userID, Role: in.Role, DivisionID: id.Some(in.DivisionID), ShopID: id.Some(in.ShopID),
		GrantedAt: calendar.Now(), GrantedBy: actor.ID,
	}
	if err := tx.Create(&row).Error; database.IsDuplicate(err) {
		return reused()
	} else if err != nil {
		return err
	}
	for _, point := range in.PointIDs {
		if err := tx.Create(&pointRow{userID, point}).Error; err != nil && !database.IsDuplicate(err) {
			return err
		}
	}
	return Audit(ctx, tx, actor, Event{Action: "role.grant", ObjectKind: "user", ObjectID: userID, DivisionID: in.DivisionID, Detail: string(in.Role)})
}

// RevokeRole takes a role away. It returns NotFound "user.unknown" outside the
// actor's scope, "role.unknown" for a role the user does not hold, Forbidden
// "role.not_yours" where the actor could not have granted it, and Refused
// "role.last_administrator" for the last one of the installation.
func (s *Service) RevokeRole(ctx context.Context, actor Actor, userID, grantID id.ID) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		user, err := s.visible(ctx, tx, actor, userID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(user.Grants, func(g Grant) bool { return g.ID == grantID })
		if i < 0 {
			return fault.New(fault.NotFound, "role.unknown")
		}
		g := user.Grants[i]
		tree, err := s.divisions.Tree(ctx)
		if err != nil {
			return err
		}
		if !actor.MayGrant(tree, g.Role, g.DivisionID) {
			return fault.New(fault.Forbidden, "role.not_yours")
		}
		return s.takeAway(ctx, tx, actor, user, g)
	})
	if err != nil {
		return err
	}
	s.forgetUser(userID)
	return nil
}

func (s *Service) takeAway(ctx context.Context, tx *gorm.DB, actor Actor, user User, g Grant) error {
	if g.Role == Administrator && g.DivisionID.IsZero() {
		if err := keepAnAdministrator(ctx, tx, user.ID); err != nil {
			return err
		}
	}
	result := tx.Model(&roleRow{}).Where("id = ? AND revoked_at IS NULL", g.ID).UpdateColumn("revoked_at", calendar.Now())
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected != 1 {
		return fault.New(fault.NotFound, "role.unknown")
	}
	cleaners := func(other Grant) bool { return other.Role == Cleaner && other.ID != g.ID }
	if g.Role == Cleaner && !slices.ContainsFunc(user.Grants, cleaners) {
		if err := tx.Where("user_id = ?", user.ID).Delete(&pointRow{}).Error; err != nil {
			return err
		}
	}
	return Audit(ctx, tx, actor, Event{Action: "role.revoke", ObjectKind: "user", ObjectID: user.ID, DivisionID: g.DivisionID, Detail: string(g.Role)})
}

// keepAnAdministrator returns a Refused fault unless somebody else, able to sign
// in, is administrator everywhere too. It locks those users, in one order.
func keepAnAdministrator(ctx context.Context, tx *gorm.DB, leaving id.ID) error {
	rows, err := database.Query(ctx, tx, `
		SELECT id FROM users
		WHERE disabled_at IS NULL AND kind = 'person'
		  AND id IN (SELECT user_id FROM user_roles WHERE role = 'administrator' AND division_id IS NULL AND revoked_at IS NULL)
		ORDER BY id`+database.ForUpdate(tx))
	if err != nil {
		return err
	}
	defer rows.Close()
	others := 0
	for rows.Next() {
		var user id.ID
		if err := rows.Scan(&user); err != nil {
			return err
		}
		if user != leaving {
			others++
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if others == 0 {
		return fault.New(fault.Refused, "role.last_administrator")
	}
	return nil
}
