package division_test

import (
	"context"
	"slices"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
)

func TestService_Rows(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		rows := []division.CodeRow{
			{Level: division.Group, Name: "一组", ParentCode: "511702102200"}, // before its village
			{Code: "511702102200", Name: "柏林村", ParentCode: "511702102"},
			{Code: "511702102000", Name: "双龙镇", Level: division.Town, ValidFrom: 2020_05_01},
			{Code: "511702100000", Name: "罗江镇"},
			{Code: "511702101000", Name: "蒲家街道"},
			{Code: "511703000000", Name: "达川区"},
			{Code: "511703100", Name: "管村镇"},
			{Code: "99", Name: ""},
			{Code: "5117", Name: "达州市", Level: division.Town},
			{Code: "511799100", Name: "无县镇"},
			{Code: "12345", Name: "坏代码"},
			{Name: "三组"},
			{Name: "一组", ParentCode: "511702100200"},
			{Code: "511702102201", Name: "柏林村"},
			{Code: "511702102200", Name: "松林村"},
			{Code: "511702100202", Name: "东村", ParentCode: "511702101"},
			{Code: "511702100203", Name: "西村", ValidFrom: 2026_02_01, ValidTo: 2026_01_01},
		}
		want := []string{
			"create", "create", "create", "same", "change", "create", "create",
			"division.name_missing", "division.code_level", "division.parent_missing.district", "division.bad_code", "division.bad_parent_code",
			"same", "division.name_taken", "division.row_twice", "division.bad_parent_code", "division.bad_days",
		}
		verdicts := func(results []division.RowResult) []string {
			var list []string
			for _, r := range results {
				if r.Fault != nil {
					list = append(list, r.Fault.Code)
					continue
				}
				list = append(list, string(r.Verdict))
			}
			return list
		}
		checked, err := w.s.CheckRows(t.Context(), w.admin, slices.Clone(rows))
		if err != nil {
			t.Fatal(err)
		}
		check(t, "check", verdicts(checked), want)
		apply := func(a author) []string {
			t.Helper()
			var results []division.RowResult
			err := db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) (err error) {
				results, err = w.s.ApplyRows(ctx, tx, a, slices.Clone(rows))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.s.Forget()
			return verdicts(results)
		}
		townsman := w.admin
		townsman.within = w.near
		check(t, "outside the scope", apply(townsman)[:7], []string{
			"division.parent_missing.village", "division.parent_missing.town", "division.not_yours", "same", "division.not_yours", "division.not_yours", "division.parent_missing.district",
		})
		check(t, "apply", apply(w.admin), want)
		for i, verdict := range want {
			if verdict == "create" || verdict == "change" {
				want[i] = "same"
			}
		}
		check(t, "again", apply(w.admin), want)
		tree := w.tree(t)
		group, _ := tree.ByCode("511702102200")
		check(t, "path", names(tree.Path(tree.Children(group.ID)[0].ID)), []string{"通川区", "双龙镇", "柏林村", "一组"})
		check(t, "renamed", tree.Name(w.far), "蒲家街道")
		dated, _ := tree.ByCode("511702102")
		check(t, "first day", dated.ValidFrom, calendar.Day(2020_05_01))
	})
}
