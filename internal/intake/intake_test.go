package intake_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/intake"
)

func TestService_households(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		file := csvFile(
			"511702101201,3组,12,张小芳,4,13812345678",
			"青竹湾村委会,三组,13号,李大明,2,",
			"青竹湾,第7村民小组,1,𠮷田㛃,1,",
			"青竹湾村,上坝子,1,=SUM(A1),3,0818-2345678",
			",3,14,Robert'); DROP TABLE households;--,30,",
		)
		imp := w.upload(t, w.cadre, intake.Households, gbk(t, file))
		want := intake.Counts{Total: 5, Done: 5, Created: 5}
		if imp.State != intake.Checked || imp.Counts != want || imp.Fault != nil {
			t.Fatalf("%+v", imp)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM households"); n != 0 {
			t.Fatalf("the check stored %d households", n)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM divisions WHERE level = 'group'"); n != 3 {
			t.Fatalf("the check made groups: %d", n)
		}
		if diff := cmp.Diff([]intake.Row{{Number: 2, Verdict: intake.Create, Preview: "青竹湾村 3组 12 张*芳 4人"}}, w.rows(t, imp.ID, "")[:1]); diff != "" {
			t.Error(diff)
		}
		imp = w.apply(t, w.cadre, imp.ID, intake.AllRows)
		if imp.State != intake.Applied || imp.Counts != want {
			t.Fatalf("%+v", imp)
		}
		households, _, err := w.Households.List(ctx, w.cadre, household.Filter{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := w.Divisions.Tree(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range households {
			got = append(got, fmt.Sprint(tree.Name(h.DivisionID), " ", h.HouseNumber, " ", h.MaskedName, " ", h.MemberCount, " ", h.HasPhone))
		}
		if diff := cmp.Diff([]string{"3组 12 张*芳 4 true", "3组 13 李*明 2 false", "3组 14 R***- 30 false", "7组 1 𠮷*㛃 1 false", "上坝子 1 =***) 3 true"}, got); diff != "" {
			t.Error(diff)
		}
		if n := w.count(t, "SELECT SUM(persons) FROM population_changes"); n != 40 {
			t.Errorf("%d people", n)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM import_files"); n != 0 {
			t.Errorf("the file, with its names, was kept")
		}
		if n := w.count(t, "SELECT COUNT(*) FROM audit_log WHERE action = 'import.apply'"); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
		t.Run("the same file again changes nothing", func(t *testing.T) {
			imp := w.upload(t, w.cadre, intake.Households, file)
			want := intake.Counts{Total: 5, Done: 5, Same: 5}
			if imp.Counts != want {
				t.Fatalf("%+v", imp.Counts)
			}
			if imp = w.apply(t, w.cadre, imp.ID, intake.GoodRows); imp.Counts != want || imp.State != intake.Applied {
				t.Fatalf("%+v", imp)
			}
			if n := w.count(t, "SELECT SUM(persons) FROM population_changes"); n != 40 {
				t.Errorf("%d people", n)
			}
			if n := w.count(t, "SELECT COUNT(*) FROM household_members"); n != 5 {
				t.Errorf("%d counts", n)
			}
		})
		t.Run("a changed file changes what differs", func(t *testing.T) {
			imp := w.upload(t, w.cadre, intake.Households, csvFile("511702101201,3组,12,张小芳,5,", "511702101201,3组,13,李大明,2,", "511702101201,3组,15,王五,1,"))
			if diff := cmp.Diff([]string{"青竹湾村 3组 12 张*芳 4→5人", "青竹湾村 3组 13 李*明 2人", "青竹湾村 3组 15 王* 1人"}, previews(w.rows(t, imp.ID, ""))); diff != "" {
				t.Error(diff)
			}
			imp = w.apply(t, w.cadre, imp.ID, intake.GoodRows)
			if want := (intake.Counts{Total: 3, Done: 3, Created: 1, Changed: 1, Same: 1}); imp.Counts != want {
				t.Fatalf("%+v", imp.Counts)
			}
			if n := w.count(t, "SELECT SUM(persons) FROM population_changes"); n != 42 {
				t.Errorf("%d people", n)
			}
		})
	})
}

func previews(rows []intake.Row) (previews []string) {
	for _, row := range rows {
		previews = append(previews, row.Preview)
	}
	return previews
}

// sentences returns what people read about wrong rows.
func sentences(rows []intake.Row) (sentences []string) {
	for _, row := range rows {
		reason := ""
		if row.Fault != nil {
			reason = i18n.Sentence(i18n.Chinese, row.Fault.Code, row.Fault.Args)
		}
		sentences = append(sentences, i18n.Sentence(i18n.Chinese, "import.row", map[string]any{"row": row.Number, "reason": reason}))
	}
	return sentences
}

func TestService_households_wrongRows(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		file := xlsxFile(t, func(f *excelize.File) {
			date, _ := f.NewStyle(&excelize.Style{NumFmt: 58})
			f.SetCellValue("Sheet1", "C11", time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC))
			f.SetCellStyle("Sheet1", "C11", "C11", date)
		},
			[]any{"青竹湾村户册"},
			[]any{"村名", "村民小组", "户 号*", "户主", "人口(人)", "手机号"},
			[]any{"青竹湾村", "3组", 12, "张小芳", 4, 13812345678},
			[]any{"青竹湾村", "3组", 13, "", 4, ""},
			[]any{"青竹湾村", "3组", 14, "李大明", "四", ""},
			[]any{"青竹湾村", "3组", 15, "李大明", 31, ""},
			[]any{"青竹湾村", "3组", "012号", "王五", 1, ""},
			[]any{"青竹湾村", "3组", 16, "王五", 1, "1380000"},
			[]any{"大河村", "3组", 1, "王五", 1, ""},
			[]any{"5.11702E+11", "3组", 1, "王五", 1, ""},
			[]any{"青竹湾村", "3组", "", "王五", 1, ""},
			[]any{"", "", "", "", "", ""},
			[]any{"青竹湾村", "3组", 17, "赵六", 1.5, ""},
			[]any{"青竹湾村", "3组", 18, "赵六", 2, ""},
		)
		imp := w.upload(t, w.cadre, intake.Households, file)
		if want := (intake.Counts{Total: 11, Done: 11, Created: 2, Wrong: 9}); imp.State != intake.Checked || imp.Counts != want {
			t.Fatalf("%+v", imp)
		}
		want := []string{
			"第 4 行：户主姓名应为 1–60 个字，不能是空的，也不能有乱码。",
			"第 5 行：人口数应为 1–30 的整数。",
			"第 6 行：人口数应为 1–30 的整数。",
			"第 7 行：和第 3 行是同一户。请留一行，另一行删掉或换门牌号。",
			"第 8 行：电话应为 11 位手机号，或带区号的座机号；没有就空着。",
			"第 9 行：没有“大河村”这个村，或者不在您的管辖范围内。",
			"第 10 行：编码被表格软件写成了 5.11702E+11，后几位丢了。请把这一列设成文本，重新填写。",
			"第 11 行：门牌号被表格软件改成了日期 2026-03-12。请把这一列设成文本，重新填写。",
			"第 13 行：人口数应为 1–30 的整数。",
		}
		if diff := cmp.Diff(want, sentences(w.rows(t, imp.ID, intake.Wrong))); diff != "" {
			t.Error(diff)
		}
		if _, err := w.service.Apply(ctx, w.cadre, imp.ID, intake.AllRows); !fault.Is(err, "import.has_wrong_rows") {
			t.Error(err)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM households"); n != 0 {
			t.Fatalf("%d households stored", n)
		}
		imp = w.apply(t, w.cadre, imp.ID, intake.GoodRows)
		if want := (intake.Counts{Total: 11, Done: 11, Created: 2, Wrong: 9}); imp.State != intake.Applied || imp.Counts != want {
			t.Fatalf("%+v", imp)
		}
		t.Run("two villages of one name", func(t *testing.T) {
			official := w.user(t, auth.DistrictOfficial, w.id(t, "511702"))
			imp := w.upload(t, official, intake.Households, csvFile("大河村,1组,1,王五,1,"))
			if diff := cmp.Diff([]string{"第 2 行：有几个村都叫“大河村”，请写村编码，或者加一列乡镇。"}, sentences(w.rows(t, imp.ID, intake.Wrong))); diff != "" {
				t.Error(diff)
			}
			imp = w.upload(t, official, intake.Households, []byte("乡镇,村,组,门牌号,户主姓名,人口数\n蒲家镇,大河村,1组,1,王五,1\n"))
			if imp.Counts.Created != 1 {
				t.Errorf("%v", sentences(w.rows(t, imp.ID, "")))
			}
		})
	})
}

func (w *world) id(t *testing.T, code string) id.ID {
	t.Helper()
	tree, err := w.Divisions.Tree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := tree.ByCode(code)
	if !ok {
		t.Fatalf("no %s", code)
	}
	return d.ID
}

func TestService_Create_faults(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		good := xlsxFile(t, nil, []any{"门牌号", "户主姓名", "人口数"}, []any{1, "张芳", 2})
		upload := func(file []byte, edit func(*intake.Upload)) error {
			in := intake.Upload{ID: id.New(), Kind: intake.Households, File: file}
			if edit != nil {
				edit(&in)
			}
			_, _, err := w.service.Create(ctx, w.cadre, in)
			return err
		}
		for want, err := range map[string]error{
			"sheet.empty":          upload(nil, nil),
			"sheet.truncated":      upload(good[:len(good)*2/3], nil),
			"sheet.old_xls":        upload([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1…"), nil),
			"sheet.too_large":      upload(make([]byte, 16<<20), nil),
			"sheet.mixed_encoding": upload(append(csvFile("青竹湾村,3组,1,张小芳,2,"), gbk(t, []byte("青竹湾村,3组,2,李大明,2,\r\n"))...), nil),
			"import.bad_mapping":   upload(good, func(in *intake.Upload) { in.Mapping = `{"nonsense":"x"}` }),
			"import.unknown_kind":  upload(good, func(in *intake.Upload) { in.Kind = "shops" }),
			"import.no_id":         upload(good, func(in *intake.Upload) { in.ID = id.ID{} }),
			"division.unknown":     upload(good, func(in *intake.Upload) { in.DivisionID = w.id(t, "511702102201") }),
		} {
			if !fault.Is(err, want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if n := w.count(t, "SELECT COUNT(*) FROM imports"); n != 0 {
			t.Errorf("%d imports stored", n)
		}
		t.Run("what only shows later fails the import", func(t *testing.T) {
			for want, file := range map[string][]byte{
				"import.column_missing": []byte("门牌号,人口数\n1,2\n"),
				"import.no_rows":        []byte("门牌号,户主姓名,人口数\n示例 1,张小芳,2\n"),
				"sheet.empty":           []byte("\xef\xbb\xbf,,,\r\n , ,\r\n"),
				"sheet.cell_too_long":   []byte("门牌号,户主姓名,人口数\n1,张小芳,2\n2," + strings.Repeat("长", 501) + ",2\n"),
			} {
				imp := w.upload(t, w.cadre, intake.Households, file)
				if imp.State != intake.Failed || imp.Fault == nil || imp.Fault.Code != want {
					t.Errorf("%+v, want %s", imp, want)
				}
				if _, err := w.service.Apply(ctx, w.cadre, imp.ID, intake.GoodRows); !fault.Is(err, "import.not_checked") {
					t.Error(err)
				}
			}
			imp := w.upload(t, w.cadre, intake.Households, []byte("门牌号,人口数\n1,2\n"))
			if got := i18n.Sentence(i18n.Chinese, imp.Fault.Code, imp.Fault.Args); got != "文件里没有这些列：户主姓名。请对照模板检查表头。" {
				t.Error(got)
			}
		})
		t.Run("Replay", func(t *testing.T) {
			in := intake.Upload{ID: id.New(), Kind: intake.Households, File: good}
			for i := range 2 {
				_, replayed, err := w.service.Create(ctx, w.cadre, in)
				if err != nil || replayed != (i == 1) {
					t.Fatal(replayed, err)
				}
			}
			in.File = csvFile("青竹湾村,3组,1,张小芳,2,")
			if _, _, err := w.service.Create(ctx, w.cadre, in); !fault.Is(err, "request.id_reused") {
				t.Error(err)
			}
			w.settled(t, in.ID)
		})
		t.Run("Scope", func(t *testing.T) {
			imp := w.upload(t, w.cadre, intake.Households, good)
			outsider := w.user(t, auth.Cadre, w.id(t, "511702102201"))
			if _, err := w.service.Get(ctx, outsider, imp.ID); !fault.Is(err, "import.unknown") {
				t.Error(err)
			}
			if _, err := w.service.Apply(ctx, outsider, imp.ID, intake.GoodRows); !fault.Is(err, "import.unknown") {
				t.Error(err)
			}
			if _, _, err := w.service.Rows(ctx, outsider, imp.ID, "", 0, 5); !fault.Is(err, "import.unknown") {
				t.Error(err)
			}
			if imports, _, err := w.service.List(ctx, outsider, intake.Cursor{}, 50); err != nil || len(imports) != 0 {
				t.Error(imports, err)
			}
			official := w.user(t, auth.TownOfficial, w.id(t, "511702101"))
			if imports, _, err := w.service.List(ctx, official, intake.Cursor{}, 50); err != nil || imports[0].ID != imp.ID {
				t.Error(imports, err)
			}
		})
	})
}

func TestService_divisions(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		admin := w.user(t, auth.Administrator, id.ID{})
		file := []byte("code,name,level,parent_code\n511703,达川区,district,\n511703101,石桥镇,town,511703\n511703101201,龙井村,,\n51170310120,坏村,,\n511702101,罗江镇,town,511702\n")
		imp := w.upload(t, admin, intake.Divisions, file)
		if want := (intake.Counts{Total: 5, Done: 5, Created: 3, Same: 1, Wrong: 1}); imp.Counts != want {
			t.Fatalf("%+v %v", imp, sentences(w.rows(t, imp.ID, "")))
		}
		imp = w.apply(t, admin, imp.ID, intake.GoodRows)
		if imp.State != intake.Applied || imp.Counts.Created != 3 {
			t.Fatalf("%+v", imp)
		}
		w.Divisions.Forget() // the worker does so too, a moment after the import is applied
		tree, err := w.Divisions.Tree(ctx)
		if err != nil {
			t.Fatal(err)
		}
		village, ok := tree.ByCode("511703101201")
		if above, _ := tree.At(village.ID, division.Town); !ok || above.Name != "石桥镇" {
			t.Errorf("%+v below %+v", village, above)
		}
		if imp = w.upload(t, admin, intake.Divisions, file); imp.Counts.Same != 4 {
			t.Errorf("%+v", imp)
		}
		if imp = w.upload(t, w.cadre, intake.Divisions, file); imp.Counts.Created != 0 {
			t.Errorf("a cadre makes towns: %+v", imp)
		}
	})
}

func TestService_weighIns(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		official := w.user(t, auth.TownOfficial, w.id(t, "511702101"))
		file := xlsxFile(t, nil,
			[]any{"日期", "村", "类别", "毛重(kg)", "皮重(kg)", "净重(kg)", "车牌", "票号", "转运站"},
			[]any{"2026/7/1", "青竹湾村", "其他垃圾", 5230, 3180, 2050, "川S12345", "A-1", "罗江转运站"},
			[]any{"2026/7/2", "青竹湾村", "其他垃圾", 5230, 3180, 2051, "川S12345", "A-2", "罗江转运站"},
			[]any{"2026/7/1", "青竹湾村", "其他垃圾", 5230, 3180, 2050, "川S12345", "A-1", "罗江转运站"},
		)
		imp := w.upload(t, official, intake.WeighIns, file)
		if imp.State != intake.Checked || imp.Counts.Created != 1 || imp.Counts.Done != 3 {
			t.Fatalf("%+v %v", imp, sentences(w.rows(t, imp.ID, "")))
		}
		imp = w.apply(t, official, imp.ID, intake.GoodRows)
		if imp.State != intake.Applied || imp.Counts.Created != 1 {
			t.Fatalf("%+v", imp)
		}
		if imp = w.upload(t, official, intake.WeighIns, file); imp.Counts.Created != 0 {
			t.Errorf("again: %+v", imp)
		}
		t.Run("a foreign file by a mapping", func(t *testing.T) {
			mapping := `{"period":"{year}","village":"{name}","category":"residual","net":"{tonnes}","unit":"t","ticket":"{year}-{name}","station":"报表"}`
			result, err := w.service.Run(ctx, official, intake.WeighIns, []byte("name,year,tonnes\n青竹湾村,2020,712.5\n"), intake.Options{Mapping: mapping, Mode: intake.AllRows})
			if err != nil || result.Import.Counts.Created != 1 {
				t.Errorf("%+v %v %v", result, sentences(result.Wrong), err)
			}
		})
	})
}

func TestWriteTemplate(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, kind := range []intake.Kind{intake.Households, intake.Divisions, intake.WeighIns} {
			var file bytes.Buffer
			if err := intake.WriteTemplate(&file, kind); err != nil {
				t.Fatal(err)
			}
			imp := w.upload(t, system, kind, file.Bytes())
			if imp.Fault == nil || imp.Fault.Code != "import.no_rows" {
				t.Errorf("%s: the example row is not passed over: %+v", kind, imp)
			}
			f, err := excelize.OpenReader(&file)
			if err != nil {
				t.Fatal(err)
			}
			name := f.GetSheetName(0)
			row, err := f.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			if kind != intake.Households {
				continue
			}
			if err := f.SetSheetRow(name, "A3", &[]any{"511702101201", "3组", "12", "张小芳", 4, "", "2026-07-01"}); err != nil {
				t.Fatal(err)
			}
			file.Reset()
			if err := f.Write(&file); err != nil {
				t.Fatal(err)
			}
			if imp := w.upload(t, system, kind, file.Bytes()); imp.Counts.Created != 1 || imp.Counts.Total != 1 || !slices.Contains(row[0], "人口数") {
				t.Errorf("%+v %v", imp, sentences(w.rows(t, imp.ID, "")))
			}
		}
	})
}
