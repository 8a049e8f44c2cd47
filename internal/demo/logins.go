package demo

import (
	"context"
	"fmt"

	"hufen/internal/auth"
	"hufen/internal/household"
)

// Password is that of every user of the demo, and PIN that of the households
// shown to visitors. Both are public: nothing real belongs into a demo.
const (
	Password = "hufen-demo"
	PIN      = "7351"
)

// Logins says how to look at the town as each of its people.
type Logins struct {
	Users []Login
	// Card is a household's: its code, where it lives, and PIN opens its page.
	Card household.Code
	Door string
}

// Login is one user.
type Login struct {
	Role     auth.Role
	Login    string
	Password string
	Name     string
	Place    string // where the role holds; empty: everywhere
}

// shown is the household whose card visitors may try: the house in the first
// group of the first village.
const shown = "3"

// roleLogins are the first users of each role, in the order people ask for them.
var roleLogins = []string{"cleaner", "shop", "cadre", "town", "district", "finance", "auditor", "admin"}

// LoginsOf returns the log-ins of a loaded demo.
func LoginsOf(ctx context.Context, s Services) (Logins, error) {
	var logins Logins
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return logins, err
	}
	for _, login := range roleLogins {
		users, _, err := s.Auth.Users(ctx, system, auth.UserFilter{Text: login, Limit: 50})
		if err != nil {
			return logins, err
		}
		for _, u := range users {
			if u.Login == login && len(u.Grants) > 0 {
				g := u.Grants[0]
				logins.Users = append(logins.Users, Login{g.Role, login, Password, u.Name, tree.Name(g.DivisionID)})
			}
		}
	}
	village, found := tree.ByCode(profiles[0].code)
	if !found {
		return logins, fmt.Errorf("demo: %s is gone", profiles[0].name)
	}
	list, _, err := s.Households.List(ctx, system, household.Filter{DivisionID: village.ID, Limit: 40})
	if err != nil {
		return logins, err
	}
	for _, h := range list {
		if h.HouseNumber == shown && h.Card != nil {
			logins.Card = s.Keys.Code(h.Card.ID, h.Card.Version)
			logins.Door = fmt.Sprintf("%s %s %s 号", village.Name, tree.Name(h.DivisionID), h.HouseNumber)
			break
		}
	}
	return logins, nil
}
