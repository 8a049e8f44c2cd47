package trace

import (
	"testing"

	"hufen/internal/i18n"
)

func TestHouse(t *testing.T) {
	for _, test := range []struct {
		lang                   i18n.Lang
		division, number, want string
	}{
		{i18n.Chinese, "3组", "12", "3组 12 号"},
		{i18n.English, "3组", "12", "Group 3, No. 12"},
		{i18n.Chinese, "青竹湾", "东头老屋", "青竹湾 东头老屋"},
		{i18n.English, "组", "12-1", "组 12-1"},
	} {
		if got := House(test.lang, test.division, test.number); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
