package household_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

func TestService_EnsureCards(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		var households []id.ID
		for _, number := range []string{"10", "9", "2"} {
			households = append(households, town.register(t, town.house(number)).ID)
		}
		first, err := town.service.EnsureCards(ctx, town.cadre, household.Selection{DivisionID: town.village})
		if err != nil {
			t.Fatal(err)
		}
		var doors []string
		for _, c := range first {
			doors = append(doors, c.Door())
		}
		if got := strings.Join(doors, ","); got != "3 组 2 号,3 组 9 号,3 组 10 号" {
			t.Error(got)
		}
		again, err := town.service.EnsureCards(ctx, town.cadre, household.Selection{DivisionID: town.group})
		if err != nil || !slices.Equal(first, again) {
			t.Errorf("printed again: %v, %v", again, err)
		}
		t.Run("a revoked card is not reissued by the way", func(t *testing.T) {
			h, err := town.service.Get(ctx, town.cadre, households[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := town.service.Revoke(ctx, town.cadre, h.Card.ID, "test"); err != nil {
				t.Fatal(err)
			}
			cards, err := town.service.EnsureCards(ctx, town.cadre, household.Selection{DivisionID: town.village})
			if err != nil || len(cards) != 2 {
				t.Errorf("%v, %v", cards, err)
			}
			cards, err = town.service.EnsureCards(ctx, town.cadre, household.Selection{HouseholdIDs: households[:1]})
			if err != nil || len(cards) != 1 || cards[0].Code == first[2].Code {
				t.Errorf("%v, %v", cards, err)
			}
		})
		t.Run("Faults", func(t *testing.T) {
			for want, selection := range map[string]household.Selection{
				"card.no_selection": {},
				"division.unknown":  {DivisionID: town.other},
				"household.unknown": {HouseholdIDs: []id.ID{households[1], id.New()}},
			} {
				if _, err := town.service.EnsureCards(ctx, town.cadre, selection); !fault.Is(err, want) {
					t.Errorf("%v, want %s", err, want)
				}
			}
			if _, err := town.service.EnsureCards(ctx, system, household.Selection{DivisionID: town.town}); !fault.Is(err, "card.no_selection") {
				t.Error(err)
			}
			if _, err := town.service.EnsureCards(ctx, town.outsider, household.Selection{HouseholdIDs: households[1:2]}); !fault.Is(err, "household.unknown") {
				t.Error(err)
			}
			otherKey := household.New(db, town.divisions, keysOf(t, strings.Repeat("ee", 32)), household.Config{})
			if _, err := otherKey.EnsureCards(ctx, town.cadre, household.Selection{DivisionID: town.village}); !fault.Is(err, "card.other_key") {
				t.Error(err)
			}
		})
	})
}

// printedCards are 23 cards, among them the longest doors.
func printedCards(t *testing.T) []household.SheetCard {
	keys := keysOf(t, strings.Repeat("3d", 32))
	var cards []household.SheetCard
	for i := range 23 {
		cards = append(cards, household.SheetCard{Code: keys.Code(id.New(), 1), Village: "青竹湾村", Group: "3组", HouseNumber: fmt.Sprint(i + 1)})
	}
	cards[4].Group, cards[4].HouseNumber = "上坝子自然村民小组", "128-2"
	cards[5].Group, cards[5].HouseNumber = "", "老院子东头<b>"
	return cards
}

func TestWriteSheet(t *testing.T) {
	cards := printedCards(t)
	var page bytes.Buffer
	if err := household.WriteSheet(&page, cards, household.SheetOptions{PublicURL: "https://hufen.example.cn", Lang: i18n.Chinese}); err != nil {
		t.Fatal(err)
	}
	html := page.String()
	for _, never := range []string{"style=", "<style", "<script", "onclick", "<b>"} {
		if strings.Contains(html, never) {
			t.Errorf("the page has %q", never)
		}
	}
	for _, want := range []string{`href="` + household.SheetCSSPath + `"`, "3 组 1 号", "微信扫一扫看积分", cards[0].Code.Printed()[:10], cards[0].Code.Printed()[10:]} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(html, `class="sheet"`); n != 3 {
		t.Errorf("%d sheets", n)
	}
	if !bytes.Contains(household.SheetCSS, []byte("34mm")) {
		t.Error("the style is not embedded")
	}
}

func TestCardURL(t *testing.T) {
	code := keysOf(t, strings.Repeat("3d", 32)).Code(id.New(), 1)
	if got := household.CardURL("https://hufen.example.cn", code); got != "HTTPS://HUFEN.EXAMPLE.CN/C/"+code.String() {
		t.Error(got)
	}
}

// The sheet as it comes out of a printer: Chromium makes the PDF, poppler
// renders it, and zbar, which shares no code with the encoder, reads every card.
func TestWriteSheet_printed(t *testing.T) {
	for _, tool := range []string{"chromium", "pdftoppm", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing: install chromium, poppler-utils and zbar-tools", tool)
			}
			t.Skipf("%s is missing: install chromium, poppler-utils and zbar-tools to run this", tool)
		}
	}
	cards := printedCards(t)
	folder := t.TempDir()
	var page bytes.Buffer
	if err := household.WriteSheet(&page, cards, household.SheetOptions{PublicURL: "https://hufen.example.cn", Lang: i18n.Chinese, Inline: true}); err != nil {
		t.Fatal(err)
	}
	htmlPath, pdfPath := filepath.Join(folder, "cards.html"), filepath.Join(folder, "cards.pdf")
	if err := os.WriteFile(htmlPath, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
		"--user-data-dir="+filepath.Join(folder, "profile"), "--print-to-pdf="+pdfPath, "file://"+htmlPath)
	run(t, "pdftoppm", "-r", "200", "-gray", "-png", pdfPath, filepath.Join(folder, "sheet"))
	sheets, err := filepath.Glob(filepath.Join(folder, "sheet-*.png"))
	if err != nil || len(sheets) != 3 {
		t.Fatalf("%d pages, %v", len(sheets), err)
	}
	var read []string
	for _, sheet := range sheets {
		read = append(read, strings.Fields(run(t, "zbarimg", "--quiet", "--raw", sheet))...)
	}
	var want []string
	for _, c := range cards {
		want = append(want, household.CardURL("https://hufen.example.cn", c.Code))
	}
	slices.Sort(read)
	slices.Sort(want)
	if !slices.Equal(read, want) {
		t.Errorf("%d codes read, want %d:\n%v\n%v", len(read), len(want), read, want)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.Bytes())
	}
	return string(out)
}
