package bench

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// conditions says how fast the machine is at this moment: how much a core
// hashes in a second, and how long a write of a page waits for the disk under
// folder. Figures of two runs compare only where these do.
func conditions(folder string) (string, error) {
	wait, err := syncTime(folder)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("a core hashes %.0f MB/s, a synced write takes %.1f ms", hashRate()/1e6, milliseconds(wait)), nil
}

// hashRate returns the bytes of SHA-256 a core does in a second.
func hashRate() float64 {
	block := make([]byte, 64<<10)
	hashed, began := 0, time.Now()
	for time.Since(began) < 200*time.Millisecond {
		sum := sha256.Sum256(block)
		copy(block, sum[:])
		hashed += len(block)
	}
	return float64(hashed) / time.Since(began).Seconds()
}

const syncedWrites = 50

// syncTime returns the median time of a small write with fsync.
func syncTime(folder string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(folder, "sync-test"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4<<10)
	took := make([]time.Duration, syncedWrites)
	for i := range took {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
