package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// NewUser is a user to be created, with a first role.
type NewUser struct {
	ID       id.ID // made by the client
	Login    string
	Name     string
	Kind     Kind
	Password string // people only
	Role     RoleInput
}

// CreateUser creates a user with a first role. The same id and content again
// returns the user with replayed true. Faults are Invalid "user.password_weak",
// "user.password_missing" and "user.machine_password", Conflict
// "user.login_taken" and "request.id_reused", and those of GrantRole.
func (s *Service) CreateUser(ctx context.Context, actor Actor, in NewUser) (user User, replayed bool, err error) {
	in.Login, in.Name = strings.ToLower(strings.TrimSpace(in.Login)), strings.TrimSpace(in.Name)
	if err := in.check(); err != nil {
		return user, false, err
	}
	row := userRow{ID: in.ID, Login: in.Login, Name: in.Name, Kind: in.Kind, CreatedAt: calendar.Now()}
	row.UpdatedAt = row.CreatedAt
	if in.Kind == Person {
		if row.PasswordHash, err = HashSecret(ctx, in.Password); err != nil {
			return user, false, fmt.Errorf("create user: %w", err)
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed, err = s.create(ctx, tx, actor, row, in.Role)
		return err
	})
	if err == nil && replayed {
		err = s.samePassword(ctx, actor, in)
	}
	if err != nil {
		return user, false, err
	}
	user, err = s.read(ctx, s.db.Read, in.ID)
	return user, replayed, err
}

// samePassword returns a Conflict fault where a user was created with another
// password, which takes a tenth of a second and belongs before or after a
// transaction. Only who created the user is told: nobody shall try passwords here.
// Once the user was changed nobody can tell any more.
func (s *Service) samePassword(ctx context.Context, actor Actor, in NewUser) error {
	stored, found, err := readUserBy(ctx, s.db.Read, "id", in.ID)
	if err != nil || !found || in.Kind != Person || stored.UpdatedAt != stored.CreatedAt {
		return err
	}
	_, creator, found, err := Noted(ctx, s.db.Read, "user.create", in.ID)
	if err != nil {
		return err
	}
	if !found || creator != actor.ID {
		return reused()
	}
	same, err := CheckSecret(ctx, stored.PasswordHash, in.Password)
	if err != nil {
		return fmt.Errorf("compare passwords: %w", err)
	}
	if !same {
		return reused()
	}
	return nil
}

func (in NewUser) check() error {
	if in.ID.IsZero() {
		return fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if in.ID == SystemID { // nobody is the service itself
		return reused()
	}
	if in.Name == "" {
		return fault.New(fault.Invalid, "user.name_missing").At("/name")
	}
	if len(in.Login) < 2 || strings.Trim(in.Login, "abcdefghijklmnopqrstuvwxyz0123456789._@-") != "" {
		return fault.New(fault.Invalid, "user.login_form").At("/login")
	}
	switch {
	case in.Kind == Machine && in.Password != "":
		return fault.New(fault.Invalid, "user.machine_password").At("/password")
	case in.Kind == Machine:
		return nil
	case in.Password == "":
		return fault.New(fault.Invalid, "user.password_missing").At("/password")
	}
	if weak := checkStrength(in.Login, in.Password); weak != nil {
		return weak.At("/password")
	}
	return nil
}

func (s *Service) create(ctx context.Context, tx *gorm.DB, actor Actor, row userRow, role RoleInput) (replayed bool, err error) {
	if role, err = s.checkRole(ctx, tx, actor, role); err != nil {
		return false, err
	}
	stored, found, err := lockUser(ctx, tx, row.ID)
	if err != nil {
		return false, err
	}
	if found {
		return true, s.sameUser(ctx, tx, stored, row, role)
	}
	if err := tx.Create(&row).Error; database.IsDuplicate(err) {
		if stored, found, err = lockUser(ctx, tx, row.ID); err != nil || !found {
			return false, firstError(err, s.taken(ctx, tx, row))
		}
		return true, s.sameUser(ctx, tx, stored, row, role) // a twin was faster
	} else if err != nil {
		return false, err
	}
	event := Event{Action: "user.create", ObjectKind: "user", ObjectID: row.ID, DivisionID: role.DivisionID, Detail: row.Login}
	if err := Audit(ctx, tx, actor, event); err != nil {
		return false, err
	}
	return false, insertRole(ctx, tx, actor, row.ID, id.New(), role)
}

// sameUser returns a Conflict fault unless the stored user is what is asked for.
func (s *Service) sameUser(ctx context.Context, tx *gorm.DB, stored, row userRow, role RoleInput) error {
	user, err := s.read(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	holds := slices.ContainsFunc(user.Grants, func(g Grant) bool {
		return g.Role == role.Role && g.DivisionID == role.DivisionID && g.ShopID == role.ShopID
	}) && role.hasPoints(user.Grants)
	if stored.Login != row.Login || stored.Name != row.Name || stored.Kind != row.Kind || !holds {
		return reused()
	}
	return nil
}

// taken says which of id and login somebody else has.
func (s *Service) taken(ctx context.Context, tx *gorm.DB, row userRow) error {
	_, found, err := readUserBy(ctx, tx, "login", row.Login)
	if err != nil {
		return err
	}
	if !found {
		return reused()
	}
	return fault.New(fault.Conflict, "user.login_taken").At("/login")
}

// CreateFirstAdministrator creates a person who is administrator everywhere, for
// the command line. Where there is one already it returns a Refused fault
// "user.administrator_exists"; otherwise faults are those of CreateUser.
func (s *Service) CreateFirstAdministrator(ctx context.Context, login, name, password string) (User, error) {
	actor := SystemActor("user add")
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		return keepAnAdministrator(ctx, tx, id.ID{})
	})
	if err == nil {
		return User{}, fault.New(fault.Refused, "user.administrator_exists")
	}
	if !fault.Is(err, "role.last_administrator") {
		return User{}, err
	}
	user, _, err := s.CreateUser(ctx, actor, NewUser{
		ID: id.New(), Login: login, Name: name, Kind: Person, Password: password, Role: RoleInput{Role: Administrator},
	})
	return user, err
}
