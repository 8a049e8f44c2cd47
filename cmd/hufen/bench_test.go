package main

import (
	"os/exec"
	"strings"
	"testing"
)

// Everything the benchmark does, in a moment: what it measures has to be
// answered with success, and the ledger to verify.
func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("a service on each database, under load")
	}
	out, err := exec.Command(binary, "bench", "-duration", "50ms", "-warm-up", "10ms", "-households", "200",
		"-connections", "1,4", "-batchers", "2").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{"drop-offs", "redemptions", "batches of 100", "own balance", "everything is in order", "reduction, 24 months"} {
		if !strings.Contains(string(out), part) {
			t.Errorf("%q is missing from\n%s", part, out)
		}
	}
}
