package intake_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/i18n"
	"hufen/internal/intake"
)

// What village offices write into a roster, and mean.
func TestService_households_AsOfficesWriteThem(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		official := w.user(t, auth.TownOfficial, w.id(t, "511702101"))
		file := xlsxFile(t, nil,
			[]any{"序号", "（必填）行政村名称", "村民小组名称", "【必填】门牌号码", "户主 名字", "家庭人口数量（人）", "户主电话"},
			[]any{1, "５１１７０２１０１２０１", "３组", "９００１", "张　芳", "４", "１３８１２３４５６７８"},
			[]any{2, "511702 101 201", " 3 组", "9002 号", "张  小芳", "4 人", "+86 138-1234-5678"},
			[]any{3, "罗江镇青竹湾村", "3", "9003", "王五", " 5口", "8613812345678"},
			[]any{4, "通川区罗江镇青竹湾村委会", "3", "9004", "王五", 5, ""},
			[]any{5, "达川区青竹湾村", "3", "9005", "王五", 5, ""},
			[]any{6, "青竹湾村", "3", "9006", "王五", 5, "1.38E+10"},
		)
		imp := w.upload(t, official, intake.Households, file)
		tree, _ := w.Divisions.Tree(ctx)
		t.Log(tree.Path(w.id(t, "511702101201")))
		want := []string{
			"青竹湾村 3组 9001 张* 4人", "青竹湾村 3组 9002 张*芳 4人", "青竹湾村 3组 9003 王* 5人", "青竹湾村 3组 9004 王* 5人",
			"9005 王*", "青竹湾村 3组 9006 王* 5人",
		}
		rows := w.rows(t, imp.ID, "")
		if diff := cmp.Diff(want, previews(rows)); diff != "" {
			t.Error(diff)
		}
		wrong := []string{
			"第 6 行：没有“达川区青竹湾村”这个村，或者不在您的管辖范围内。",
			"第 7 行：电话被表格软件写成了 1.38E+10，后几位丢了。请把这一列设成文本，重新填写。",
		}
		if diff := cmp.Diff(wrong, sentences(w.rows(t, imp.ID, intake.Wrong))); diff != "" {
			t.Error(diff)
		}
	})
}

// 户主 over 姓名 and 电话, in two lines that are not merged downwards.
func TestService_households_HeadingOfTwoLines(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		file := xlsxFile(t, nil, []any{"青竹湾村户册"},
			[]any{"组", "门牌号", "户主", "", "人口数", "备注"},
			[]any{"", "", "姓名", "电话", "", ""},
			[]any{"3组", 12, "张小芳", "13812345678", 4, "低保"},
			[]any{"", "", "姓名", "", "", ""})
		imp := w.upload(t, w.cadre, intake.Households, file)
		if want := (intake.Counts{Total: 2, Done: 2, Created: 1, Wrong: 1}); imp.Counts != want {
			t.Fatalf("%+v %v", imp, sentences(w.rows(t, imp.ID, "")))
		}
		w.apply(t, w.cadre, imp.ID, intake.GoodRows)
		if n := w.count(t, "SELECT COUNT(*) FROM household_people WHERE phone = '13812345678' AND head_name = '张小芳'"); n != 1 {
			t.Errorf("%d such households", n)
		}
	})
}

// A list that lies on a later sheet is found, two lists in one file are refused:
// nobody is to believe that both came in.
func TestService_households_SeveralSheets(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		heading, house := []any{"组", "门牌号", "户主姓名", "人口数"}, []any{"3组", "12", "张芳", 2}
		sheets := func(notes string, names ...string) []byte {
			return xlsxFile(t, func(f *excelize.File) {
				f.SetCellValue("Sheet1", "A1", notes)
				for _, name := range names {
					f.NewSheet(name)
					f.SetSheetRow(name, "A1", &heading)
					f.SetSheetRow(name, "A2", &house)
				}
			})
		}
		for _, notes := range []string{"", "填表说明"} {
			imp := w.upload(t, w.cadre, intake.Households, sheets(notes, "户册"))
			if imp.State != intake.Checked || imp.Counts.Created != 1 {
				t.Errorf("notes %q: %+v", notes, imp)
			}
		}
		imp := w.upload(t, w.cadre, intake.Households, sheets("填表说明", "1组", "2组"))
		if imp.State != intake.Failed {
			t.Fatalf("%+v", imp)
		}
		if got := i18n.Sentence(i18n.Chinese, imp.Fault.Code, imp.Fault.Args); got != "文件里有几张表都像名单（“1组”“2组”），一次只能导入一张。请把它们合在一张表里，或者分成几个文件。" {
			t.Error(got)
		}
	})
}

// The statistics office's own list has its own words over the columns.
func TestService_divisions_StatisticsOffice(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		file := []byte("统计用区划代码,城乡分类代码,名称\n511702101209,220,枫树坝村委会\n511702101000,,罗江镇\n")
		imp := w.upload(t, w.user(t, auth.DistrictOfficial, w.id(t, "511702")), intake.Divisions, file)
		t.Logf("%+v %v", imp, sentences(w.rows(t, imp.ID, "")))
		if imp.Counts.Created != 1 {
			t.Errorf("%+v", imp)
		}
	})
}
