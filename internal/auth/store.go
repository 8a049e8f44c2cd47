package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

type userRow struct {
	ID            id.ID
	Login         string
	Name          string
	Kind          Kind
	PasswordHash  string
	TotpSecret    string
	TotpConfirmed int
	TotpLastStep  int64
	CreatedAt     calendar.Micros `gorm:"autoCreateTime:false"`
	DisabledAt    *calendar.Micros
	UpdatedAt     calendar.Micros `gorm:"autoUpdateTime:false"`
}

func (userRow) TableName() string { return "users" }

type roleRow struct {
	ID         id.ID
	UserID     id.ID
	Role       Role
	DivisionID id.NullID
	ShopID     id.NullID
	GrantedAt  calendar.Micros
	GrantedBy  id.ID
	RevokedAt  *calendar.Micros
}

func (roleRow) TableName() string { return "user_roles" }

type pointRow struct {
	UserID  id.ID
	PointID id.ID
}

func (pointRow) TableName() string { return "user_points" }

type sessionRow struct {
	ID          id.ID
	TokenHash   []byte
	UserID      id.NullID
	HouseholdID id.NullID
	Device      string
	CreatedAt   calendar.Micros `gorm:"autoCreateTime:false"`
	SeenAt      calendar.Micros
	ExpiresAt   calendar.Micros
	RevokedAt   *calendar.Micros
}

func (sessionRow) TableName() string { return "sessions" }

type keyRow struct {
	ID        id.ID
	UserID    id.ID
	Name      string
	KeyHash   []byte
	CreatedAt calendar.Micros `gorm:"autoCreateTime:false"`
	CreatedBy id.ID
	ExpiresAt *calendar.Micros
	RevokedAt *calendar.Micros
}

func (keyRow) TableName() string { return "api_keys" }

// readUserBy reads the user whose column has the value.
func readUserBy(ctx context.Context, tx *gorm.DB, column string, value any) (userRow, bool, error) {
	return first[userRow](tx.WithContext(ctx).Where(clause.Eq{Column: column, Value: value}))
}

// readSessions reads the sessions of tokens. Every request of somebody new needs
// one, so it is written SQL.
func (s *Service) readSessions(ctx context.Context, tokens []hash) (map[hash]sessionRow, error) {
	args := make([]any, len(tokens))
	for i := range tokens {
		args[i] = tokens[i][:]
	}
	marks, args := database.List(args)
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT id, token_hash, user_id, household_id, device, created_at, seen_at, expires_at, revoked_at
		FROM sessions WHERE token_hash IN (`+marks+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[hash]sessionRow, len(tokens))
	for rows.Next() {
		var r sessionRow
		if err := rows.Scan(&r.ID, &r.TokenHash, &r.UserID, &r.HouseholdID, &r.Device, &r.CreatedAt, &r.SeenAt,
			&r.ExpiresAt, &r.RevokedAt); err != nil {
			return nil, err
		}
		found[hash(r.TokenHash)] = r
	}
	return found, rows.Err()
}

// first reads one row; found is false where there is none.
func first[R any](tx *gorm.DB) (row R, found bool, err error) {
	var rows []R
	if err := tx.Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// lockUser reads a user and keeps others from changing the same user.
func lockUser(ctx context.Context, tx *gorm.DB, userID id.ID) (userRow, bool, error) {
	return first[userRow](tx.WithContext(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", userID))
}

// actorOf returns the actor a user is, with all rights.
func (s *Service) actorOf(ctx context.Context, u userRow) (Actor, error) {
	grants, err := readGrants(ctx, s.db.Read, u.ID)
	if err != nil {
		return Actor{}, fmt.Errorf("read roles: %w", err)
	}
	return Actor{ID: u.ID, Name: u.Name, Kind: u.Kind, Grants: grants[u.ID]}, nil
}

// readGrants reads the roles users hold now, in the order they were granted.
func readGrants(ctx context.Context, tx *gorm.DB, users ...id.ID) (map[id.ID][]Grant, error) {
	var roles []roleRow
	if err := tx.WithContext(ctx).Where("user_id IN ? AND revoked_at IS NULL", users).Order("granted_at, id").Find(&roles).Error; err != nil {
		return nil, err
	}
	var points []pointRow
	if err := tx.WithContext(ctx).Where("user_id IN ?", users).Order("point_id").Find(&points).Error; err != nil {
		return nil, err
	}
	return grantsOf(roles, points), nil
}

func grantsOf(roles []roleRow, points []pointRow) map[id.ID][]Grant {
	own := make(map[id.ID][]id.ID)
	for _, p := range points {
		own[p.UserID] = append(own[p.UserID], p.PointID)
	}
	grants := make(map[id.ID][]Grant)
	for _, r := range roles {
		g := r.grant()
		if g.Role == Cleaner {
			g.PointIDs = own[r.UserID]
		}
		grants[r.UserID] = append(grants[r.UserID], g)
	}
	return grants
}

func (r roleRow) grant() Grant {
	return Grant{ID: r.ID, Role: r.Role, DivisionID: r.DivisionID.ID, ShopID: r.ShopID.ID}
}

// place returns the division of a shop or the village of a collection point.
// Their packages lie above this one; only where they are is read here.
func place(ctx context.Context, tx *gorm.DB, query string, object id.ID) (division id.ID, found bool, err error) {
	rows, err := database.Query(ctx, tx, query, object)
	if err != nil {
		return id.ID{}, false, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&division); err != nil {
			return id.ID{}, false, err
		}
		found = true
	}
	return division, found, rows.Err()
}

const (
	shopPlace  = "SELECT division_id FROM shops WHERE id = ?"
	pointPlace = "SELECT village_id FROM collection_points WHERE id = ?"
)

// readRevoked reads the roles a user no longer holds.
func readRevoked(ctx context.Context, tx *gorm.DB, user id.ID) ([]Grant, error) {
	var roles []roleRow
	err := tx.WithContext(ctx).Where("user_id = ? AND revoked_at IS NOT NULL", user).Order("id").Find(&roles).Error
	grants := make([]Grant, len(roles))
	for i, r := range roles {
		grants[i] = r.grant()
	}
	return grants, err
}

// usersIn keeps the rows whose user holds a role inside any of the divisions, or
// held the last ones there.
func usersIn(tx *gorm.DB, column string, scope []id.ID) *gorm.DB {
	if slices.Contains(scope, id.ID{}) {
		return tx
	}
	return tx.Where(`EXISTS (
		SELECT 1 FROM user_roles r JOIN division_ancestors a ON a.division_id = r.division_id
		WHERE r.user_id = `+column+` AND a.ancestor_id IN ?
		  AND (r.revoked_at IS NULL OR NOT EXISTS (SELECT 1 FROM user_roles o WHERE o.user_id = r.user_id AND o.revoked_at IS NULL)))`, scope)
}

// findUsers reads one user more than the limit, by name and id.
func findUsers(ctx context.Context, tx *gorm.DB, scope []id.ID, filter UserFilter) ([]userRow, error) {
	query := usersIn(tx.WithContext(ctx).Model(&userRow{}), "users.id", scope)
	if text := strings.TrimSpace(filter.Text); text != "" {
		query = query.Where("(name LIKE ? ESCAPE '!' OR login LIKE ? ESCAPE '!')", like(text), like(strings.ToLower(text)))
	}
	if after := filter.After; !after.ID.IsZero() {
		query = query.Where("(name > ? OR (name = ? AND id > ?))", after.Name, after.Name, after.ID)
	}
	var rows []userRow
	err := query.Order("name, id").Limit(filter.Limit + 1).Find(&rows).Error
	return rows, err
}

// like returns a pattern that finds the text anywhere.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}
