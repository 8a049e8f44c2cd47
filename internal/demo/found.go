package demo

import (
	"context"
	"fmt"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/id"
)

// found makes the district with its towns, the villages, and the people of the
// offices.
func (t *town) found(ctx context.Context) error {
	if err := t.mark(ctx, begun); err != nil {
		return err
	}
	dice := t.dice("divisions", 0)
	create := func(p place) (id.ID, error) {
		d, _, err := t.divisions.Create(ctx, system, division.NewDivision{
			ID: newID(t.clock.now(), dice), Level: p.level, Name: p.name, Code: p.code,
		})
		return d.ID, err
	}
	for _, p := range district {
		made, err := create(p)
		if err != nil {
			return err
		}
		switch p.code {
		case districtCode:
			t.district = made
		case townCode:
			t.id = made
		}
	}
	for _, p := range profiles {
		v := &village{profile: p}
		var err error
		if v.id, err = create(place{division.Village, p.code, p.name}); err != nil {
			return err
		}
		t.villages = append(t.villages, v)
	}
	t.Divisions.Forget() // auth looks divisions up there
	return t.appoint(ctx)
}

// appoint makes the users of the offices.
func (t *town) appoint(ctx context.Context) error {
	for _, post := range []struct {
		login, name string
		role        auth.Role
		where       id.ID
		actor       *auth.Actor
	}{
		{"admin", "郑运维", auth.Administrator, id.ID{}, nil},
		{"district", "贺明远", auth.DistrictOfficial, t.district, &t.districtOfficial},
		{"town", "罗春梅", auth.TownOfficial, t.id, &t.official},
		{"finance", "冯素琴", auth.Finance, t.id, &t.finance},
		{"auditor", "潘正直", auth.Auditor, t.district, nil},
	} {
		actor, err := t.hire(ctx, post.login, post.name, auth.RoleInput{Role: post.role, DivisionID: post.where})
		if err != nil {
			return err
		}
		if post.actor != nil {
			*post.actor = actor
		}
	}
	for i, v := range t.villages {
		var err error
		v.cadre, err = t.hire(ctx, numbered("cadre", i), cadreNames[i], auth.RoleInput{Role: auth.Cadre, DivisionID: v.id})
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	cadreNames   = []string{"唐永红", "向德兵", "谭世琼", "庞家春", "蒲光明", "符晓兰"}
	cleanerNames = []string{"杨素华", "何天贵", "周桂英", "雷开玉", "吴长福", "李先琼"}
	keeperNames  = []string{"王大姐", "陈兴国", "曾小敏"}
)

// numbered gives the first of a kind the plain log-in, the others one with a
// number.
func numbered(login string, i int) string {
	if i == 0 {
		return login
	}
	return fmt.Sprint(login, i+1)
}

// hire creates a user with the demo's password.
func (t *town) hire(ctx context.Context, login, name string, role auth.RoleInput) (auth.Actor, error) {
	user, _, err := t.Auth.CreateUser(ctx, system, auth.NewUser{
		ID: id.New(), Login: login, Name: name, Kind: auth.Person, Password: Password, Role: role,
	})
	return auth.Actor{ID: user.ID, Name: user.Name, Kind: user.Kind, Grants: user.Grants, RequestID: "demo"}, err
}
