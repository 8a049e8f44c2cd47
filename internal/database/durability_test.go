package database

import "testing"

func TestHasWALResetBug(t *testing.T) {
	for version, want := range map[string]bool{
		"3.53.4": false, "3.51.3": false, "3.51.2": true, "3.50.7": false, "3.50.6": true,
		"3.49.9": true, "3.44.6": false, "3.44.5": true, "3.45.0": true, "3.7.0": true, "4.0.0": true, "": true,
	} {
		if got := hasWALResetBug(version); got != want {
			t.Errorf("hasWALResetBug(%q) = %v", version, got)
		}
	}
}
