package database_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hufen/internal/database/dbtest"
	"hufen/migrations"
)

// The account of hufen migrate --grants cannot change what happened; one that was
// given more than that is told so.
func TestGrants(t *testing.T) {
	db := dbtest.OpenMariaDB(t)
	ctx := context.Background()
	root, err := db.Grants(ctx, migrations.InsertOnly)
	if err != nil || root.Restricted || len(root.Problems) > 0 {
		t.Errorf("root: %+v, %v", root, err)
	}
	exec := func(statement string) {
		t.Helper()
		if err := db.Write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	url := dbtest.URL(db)
	name := url[strings.LastIndex(url, "/")+1:]
	account := "'" + name[:20] + "'@'localhost'"
	exec("CREATE USER " + account + " IDENTIFIED BY 'geheim'")
	t.Cleanup(func() { exec("DROP USER " + account) })
	tables, err := db.Write.Migrator().GetTables()
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range migrations.Grants(name, account, tables) {
		exec(statement)
	}
	service := dbtest.Open(t, strings.Replace(url, "root@", name[:20]+":geheim@", 1))
	g, err := service.Grants(ctx, migrations.InsertOnly)
	if err != nil || !g.Restricted || len(g.Problems) > 0 {
		t.Errorf("service: %+v, %v", g, err)
	}
	for _, table := range migrations.InsertOnly {
		if err := service.Write.Exec("DELETE FROM " + table).Error; err == nil {
			t.Errorf("the service could delete from %s", table)
		}
	}
	if err := service.Write.Exec("UPDATE photos SET bytes = ''").Error; err != nil {
		t.Errorf("the service could not erase photos: %v", err)
	}
	if err := service.Write.Exec("UPDATE photos SET sha256 = ''").Error; err == nil {
		t.Error("the service could change the hash of photos")
	}
	exec("GRANT UPDATE (points) ON " + name + ".entry_lines TO " + account)
	exec("GRANT UPDATE ON " + name + ".entries TO " + account)
	again := dbtest.Open(t, strings.Replace(url, "root@", name[:20]+":geheim@", 1))
	g, err = again.Grants(ctx, migrations.InsertOnly)
	if err != nil || g.Restricted || !slices.Contains(g.Problems, "the account may UPDATE entries") || !slices.Contains(g.Problems, "the account may UPDATE entry_lines") {
		t.Errorf("service with more: %+v, %v", g, err)
	}
}
