package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// User is a person or a machine with the roles held now.
type User struct {
	ID       id.ID
	Login    string // lower case
	Name     string
	Kind     Kind // Person or Machine
	Disabled bool
	TOTP     bool
	Grants   []Grant // read by somebody else: only those inside the reader's scope
}

// seers are the roles that see who else works in their division.
var seers = []Role{Cadre, TownOfficial, DistrictOfficial, Administrator}

// read returns a user with all roles held now.
func (s *Service) read(ctx context.Context, tx *gorm.DB, userID id.ID) (User, error) {
	u, found, err := readUserBy(ctx, tx, "id", userID)
	if err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	if !found {
		return User{}, unknownUser()
	}
	grants, err := readGrants(ctx, tx, userID)
	if err != nil {
		return User{}, fmt.Errorf("read roles: %w", err)
	}
	return u.user(grants[userID]), nil
}

func (u userRow) user(grants []Grant) User {
	return User{ID: u.ID, Login: u.Login, Name: u.Name, Kind: u.Kind, Disabled: u.DisabledAt != nil, TOTP: u.TotpConfirmed != 0, Grants: grants}
}

func unknownUser() *fault.Fault { return fault.New(fault.NotFound, "user.unknown") }

// visible returns a user who works where the actor may see people, with all
// roles, or a NotFound fault "user.unknown". Who holds no role any more stays
// visible where the last ones were.
func (s *Service) visible(ctx context.Context, tx *gorm.DB, actor Actor, userID id.ID) (User, error) {
	user, err := s.read(ctx, tx, userID)
	if err != nil {
		return user, err
	}
	places := user.Grants
	if len(places) == 0 {
		if places, err = readRevoked(ctx, tx, userID); err != nil {
			return user, fmt.Errorf("read roles: %w", err)
		}
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return user, err
	}
	if !actor.Everywhere(seers...) && len(within(tree, actor, places)) == 0 {
		return user, unknownUser()
	}
	return user, nil
}

// within returns the grants that lie where the actor may see people.
func within(tree *division.Tree, actor Actor, grants []Grant) []Grant {
	if actor.Everywhere(seers...) {
		return grants
	}
	return slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool { return !actor.Covers(tree, g.DivisionID, seers...) })
}

// manageable returns a user whom the actor may change: one all of whose roles the
// actor could have granted. It returns NotFound "user.unknown" or Forbidden
// "user.not_yours".
func (s *Service) manageable(ctx context.Context, tx *gorm.DB, actor Actor, userID id.ID) (User, error) {
	user, err := s.visible(ctx, tx, actor, userID)
	if err != nil {
		return user, err
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return user, err
	}
	for _, g := range user.Grants {
		if !actor.MayGrant(tree, g.Role, g.DivisionID) {
			return user, fault.New(fault.Forbidden, "user.not_yours")
		}
	}
	return user, nil
}

// User returns a user inside the actor's scope, or NotFound "user.unknown".
func (s *Service) User(ctx context.Context, actor Actor, userID id.ID) (User, error) {
	user, err := s.visible(ctx, s.db.Read, actor, userID)
	if err != nil {
		return User{}, err
	}
	tree, err := s.divisions.Tree(ctx)
	user.Grants = within(tree, actor, user.Grants)
	return user, err
}

// UserFilter says which users to list, and where to go on.
type UserFilter struct {
	DivisionID id.ID  // zero: the whole scope
	Text       string // part of a name or login
	Limit      int
	After      UserCursor // zero: from the beginning
}

// UserCursor is the sort key of a user.
type UserCursor struct {
	Name string
	ID   id.ID
}

// Users lists the users who hold a role inside the actor's scope, by name, and
// whether there are more. It returns NotFound "division.unknown" for a division
// outside the scope.
func (s *Service) Users(ctx context.Context, actor Actor, filter UserFilter) (users []User, more bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	scope := actor.Divisions(seers...)
	if !filter.DivisionID.IsZero() {
		if !actor.Covers(tree, filter.DivisionID, seers...) {
			return nil, false, division.Unknown().At("?division")
		}
		scope = []id.ID{filter.DivisionID}
	}
	if len(scope) == 0 {
		return nil, false, nil
	}
	rows, err := findUsers(ctx, s.db.Read, scope, filter)
	if err != nil {
		return nil, false, fmt.Errorf("list users: %w", err)
	}
	rows, more = page(rows, filter.Limit)
	ids := make([]id.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	grants, err := readGrants(ctx, s.db.Read, ids...)
	if err != nil {
		return nil, false, fmt.Errorf("list users: %w", err)
	}
	for _, row := range rows {
		users = append(users, row.user(within(tree, actor, grants[row.ID])))
	}
	return users, more, nil
}

// page cuts rows fetched with one more than the limit.
func page[R any](rows []R, limit int) ([]R, bool) {
	if len(rows) <= limit {
		return rows, false
	}
	return rows[:limit], true
}

// UserChange is what to change of a user; nil and false leave as it is.
type UserChange struct {
	Name       *string
	Disabled   *bool
	Password   *string
	RemoveTOTP bool
}

// UpdateUser renames, disables or enables a user, or sets a new password, which
// signs the user out everywhere. Faults are NotFound "user.unknown", Forbidden
// "user.not_yours", Refused "user.own" for disabling oneself,
// "user.own_password" for what asks oneself for the old password or a code, and
// "role.last_administrator", and Invalid "user.password_weak",
// "user.machine_password" and "user.name_missing".
func (s *Service) UpdateUser(ctx context.Context, actor Actor, userID id.ID, change UserChange) (User, error) {
	var hash string
	if change.Password != nil {
		var err error
		if hash, err = HashSecret(ctx, *change.Password); err != nil {
			return User{}, fmt.Errorf("update user: %w", err)
		}
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, _, err := lockUser(ctx, tx, userID); err != nil {
			return err
		}
		user, err := s.manageable(ctx, tx, actor, userID)
		if err != nil {
			return err
		}
		if err := change.check(actor, user); err != nil {
			return err
		}
		return change.store(ctx, tx, actor, user, hash)
	})
	if err != nil {
		return User{}, err
	}
	s.forgetUser(userID)
	return s.User(ctx, actor, userID)
}

func (change UserChange) check(actor Actor, user User) error {
	if change.Name != nil && strings.TrimSpace(*change.Name) == "" {
		return fault.New(fault.Invalid, "user.name_missing").At("/name")
	}
	if change.Disabled != nil && *change.Disabled && actor.ID == user.ID {
		return fault.New(fault.Refused, "user.own").At("/disabled")
	}
	if actor.ID == user.ID && (change.Password != nil || change.RemoveTOTP) {
		return fault.New(fault.Refused, "user.own_password")
	}
	if change.Password == nil {
		return nil
	}
	if user.Kind == Machine {
		return fault.New(fault.Invalid, "user.machine_password").At("/password")
	}
	if weak := checkStrength(user.Login, *change.Password); weak != nil {
		return weak.At("/password")
	}
	return nil
}

func (change UserChange) store(ctx context.Context, tx *gorm.DB, actor Actor, user User, hash string) error {
	note := func(action, detail string) error {
		return Audit(ctx, tx, actor, Event{Action: action, ObjectKind: "user", ObjectID: user.ID, DivisionID: user.home(), Detail: detail})
	}
	set := func(values map[string]any) error {
		values["updated_at"] = calendar.Now()
		return tx.Model(&userRow{}).Where("id = ?", user.ID).UpdateColumns(values).Error
	}
	if change.Name != nil && strings.TrimSpace(*change.Name) != user.Name {
		name := strings.TrimSpace(*change.Name)
		if err := firstError(set(map[string]any{"name": name}), note("user.rename", user.Name+" → "+name)); err != nil {
			return err
		}
	}
	if change.Disabled != nil && *change.Disabled != user.Disabled {
		if err := disable(ctx, tx, user, *change.Disabled, set, note); err != nil {
			return err
		}
	}
	if change.Password != nil {
		err := firstError(set(map[string]any{"password_hash": hash}), revokeWhere(tx.Where("user_id = ?", user.ID)), note("user.password", ""))
		if err != nil {
			return err
		}
	}
	if change.RemoveTOTP && user.TOTP {
		return firstError(clearTOTP(tx, user.ID), note("totp.remove", ""))
	}
	return nil
}

func disable(ctx context.Context, tx *gorm.DB, user User, disabled bool, set func(map[string]any) error, note func(action, detail string) error) error {
	if !disabled {
		return firstError(set(map[string]any{"disabled_at": nil}), note("user.enable", ""))
	}
	if (Actor{Grants: user.Grants}).Everywhere(Administrator) {
		if err := keepAnAdministrator(ctx, tx, user.ID); err != nil {
			return err
		}
	}
	return firstError(set(map[string]any{"disabled_at": calendar.Now()}), revokeWhere(tx.Where("user_id = ?", user.ID)), note("user.disable", ""))
}

// home returns the division of the user's first role, for the audit log.
func (u User) home() id.ID {
	if len(u.Grants) == 0 {
		return id.ID{}
	}
	return u.Grants[0].DivisionID
}

// ChangePassword sets the own password and signs all other devices out. Faults
// are Invalid "session.wrong_password" and "user.password_weak", and Limited
// "throttle.wait".
func (s *Service) ChangePassword(ctx context.Context, session Session, old, password string) error {
	actor := session.Actor
	attempts := Subject{Kind: "password", Key: actor.ID.String(), Limit: s.config.LoginAttempts, Window: s.config.LoginWindow}
	if err := s.throttle.Allow(ctx, attempts); err != nil {
		return err
	}
	u, found, err := readUserBy(ctx, s.db.Read, "id", actor.ID)
	if err != nil || !found {
		return firstError(err, over())
	}
	if right, err := CheckSecret(ctx, u.PasswordHash, old); err != nil || !right {
		return firstError(err, fault.New(fault.Invalid, "session.wrong_password").At("/old"))
	}
	if err := s.throttle.Clear(ctx, attempts); err != nil {
		return err
	}
	if weak := checkStrength(u.Login, password); weak != nil {
		return weak.At("/new")
	}
	return s.storePassword(ctx, session, u, password)
}

func (s *Service) storePassword(ctx context.Context, session Session, u userRow, password string) error {
	hash, err := HashSecret(ctx, password)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		result := tx.Model(&userRow{}).Where("id = ? AND password_hash = ?", u.ID, u.PasswordHash).
			UpdateColumns(map[string]any{"password_hash": hash, "updated_at": calendar.Now()})
		if result.Error != nil || result.RowsAffected != 1 {
			return firstError(result.Error, fault.New(fault.Invalid, "session.wrong_password").At("/old"))
		}
		if err := revokeWhere(tx.Where("user_id = ? AND id <> ?", u.ID, session.ID)); err != nil {
			return err
		}
		return Audit(ctx, tx, session.Actor, Event{Action: "user.password", ObjectKind: "user", ObjectID: u.ID})
	})
	if err != nil {
		return err
	}
	s.forgetUser(u.ID)
	return nil
}

// forgetUser makes the next request of a user read the rights again.
func (s *Service) forgetUser(userID id.ID) {
	s.sessions.drop(func(session Session) bool { return session.Actor.ID == userID })
	s.keys.drop(func(actor Actor) bool { return actor.ID == userID })
}
