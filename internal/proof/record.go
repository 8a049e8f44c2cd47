package proof

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// Recorded is a verification that was kept, for those who want to see that it is
// done.
type Recorded struct {
	ID          id.ID
	BeganAt     calendar.Micros
	EndedAt     calendar.Micros
	SinceHeight int64 // seals up to this one were not looked at again; 0: everything was
	Height      int64 // of the newest seal
	SealHash    ledger.Hash
	Entries     int64
	Lines       int64
	Waiting     int64 // requests in no seal yet
	Found       int64
	Findings    []ledger.Finding // the first of each check
	Owner       string           // the machine that did it
}

// OK reports whether nothing was wrong.
func (r *Recorded) OK() bool { return r.Found == 0 }

// Record keeps what a verification found.
func Record(ctx context.Context, db *database.DB, result *Result) (*Recorded, error) {
	owner, _ := os.Hostname()
	r := &Recorded{ID: id.New(), BeganAt: result.BeganAt, EndedAt: result.EndedAt, SinceHeight: result.Seals.Since, Height: result.Seals.Height,
		SealHash: result.Seals.Hash, Entries: result.Entries, Lines: result.Lines, Waiting: result.Seals.Waiting,
		Findings: result.Findings, Owner: cut(owner, 64)}
	for _, n := range result.Count {
		r.Found += int64(n)
	}
	rows := make([][]any, len(r.Findings))
	for i, f := range r.Findings {
		rows[i] = []any{r.ID[:], i + 1, cut(f.Check, 40), cut(f.ID, 80), cut(f.Text, 500)}
	}
	err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		err := database.InsertRows(ctx, tx, "verify_runs", []string{"id", "began_at", "ended_at", "since_height", "height", "seal_hash",
			"entries", "entry_lines", "waiting", "findings", "owner"}, [][]any{{r.ID[:], int64(r.BeganAt), int64(r.EndedAt), r.SinceHeight, r.Height,
			r.SealHash[:], r.Entries, r.Lines, r.Waiting, r.Found, r.Owner}})
		if err != nil {
			return err
		}
		return database.InsertRows(ctx, tx, "verify_findings", []string{"run_id", "line_no", "check_name", "row_name", "detail"}, rows)
	})
	if err != nil {
		return nil, fmt.Errorf("record verification: %w", err)
	}
	return r, nil
}

// cut shortens a text to a number of bytes.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

const runColumns = `id, began_at, ended_at, since_height, height, seal_hash, entries, entry_lines, waiting, findings, owner`

func scanRun(row database.Row) *Recorded {
	return &Recorded{ID: row.ID(0), BeganAt: calendar.Micros(row.Int(1)), EndedAt: calendar.Micros(row.Int(2)), SinceHeight: row.Int(3),
		Height: row.Int(4), SealHash: ledger.HashOf(row.Bytes(5)), Entries: row.Int(6), Lines: row.Int(7), Waiting: row.Int(8), Found: row.Int(9), Owner: row.Text(10)}
}

// Runs returns the newest verifications that were kept, with what they found.
func Runs(ctx context.Context, db *gorm.DB, limit int) ([]*Recorded, error) {
	var runs []*Recorded
	byID := map[id.ID]*Recorded{}
	var ids []any
	err := database.Each(ctx, db, func(row database.Row) error {
		r := scanRun(row)
		runs, byID[r.ID], ids = append(runs, r), r, append(ids, r.ID[:])
		return nil
	}, `SELECT `+runColumns+` FROM verify_runs ORDER BY id DESC LIMIT ?`, int64(limit))
	if err == nil && len(ids) > 0 {
		marks, args := database.List(ids)
		err = database.Each(ctx, db, func(row database.Row) error {
			r := byID[row.ID(0)]
			r.Findings = append(r.Findings, ledger.Finding{Check: row.Text(1), ID: row.Text(2), Text: row.Text(3)})
			return nil
		}, `SELECT run_id, check_name, row_name, detail FROM verify_findings WHERE run_id IN (`+marks+`) ORDER BY run_id, line_no`, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("read verifications: %w", err)
	}
	return runs, nil
}

// LastClean returns the height of the newest seal of which a kept verification
// found everything in order, and which is the same seal today; 0 where there is
// none. Whoever can write in the database can also write such a row, so
// everything is to be verified now and then whatever it says.
func LastClean(ctx context.Context, db *gorm.DB) (int64, error) {
	var last *Recorded
	err := database.Each(ctx, db, func(row database.Row) error {
		last = scanRun(row)
		return nil
	}, `SELECT `+runColumns+` FROM verify_runs WHERE findings = 0 AND height > 0 ORDER BY height DESC LIMIT 1`)
	if err != nil || last == nil {
		return 0, err
	}
	seal, err := ledger.SealAt(ctx, db, last.Height)
	if err != nil || seal.Hash() != last.SealHash {
		return 0, nil
	}
	return last.Height, nil
}

// Nightly verifies what has to be verified this night, and keeps what it found:
// everything where that is quick or was not done for a week, else what came since
// the last time. The service goes on meanwhile, so it is done aside. It returns
// nil where nothing is due: it is not the hour, or it was done already.
func Nightly(ctx context.Context, db *database.DB, now calendar.Micros, zone *time.Location) (*Recorded, error) {
	runs, err := Runs(ctx, db.Read, 60)
	if err != nil {
		return nil, err
	}
	since, due := plan(runs, now, zone)
	if !due {
		return nil, nil
	}
	if since {
		height, err := LastClean(ctx, db.Read)
		if err != nil {
			return nil, err
		}
		return runAndRecord(ctx, db, Options{Since: height, Zone: zone, Aside: true})
	}
	return runAndRecord(ctx, db, Options{Zone: zone, Aside: true})
}

// nightHour is when a night's verification begins, local time.
const nightHour = 2

// plan says whether a verification is due, and whether one of what is new will do.
func plan(runs []*Recorded, now calendar.Micros, zone *time.Location) (since, due bool) {
	if len(runs) == 0 {
		return false, now.Time().In(zone).Hour() == nightHour
	}
	age := time.Duration(now-runs[0].BeganAt) * time.Microsecond
	due = age > 26*time.Hour || age > 12*time.Hour && now.Time().In(zone).Hour() == nightHour
	for _, r := range runs {
		if r.SinceHeight == 0 && r.OK() {
			slow := time.Duration(r.EndedAt-r.BeganAt)*time.Microsecond > 10*time.Minute
			fresh := time.Duration(now-r.BeganAt)*time.Microsecond < 7*24*time.Hour
			return slow && fresh, due
		}
	}
	return false, due
}

func runAndRecord(ctx context.Context, db *database.DB, o Options) (*Recorded, error) {
	result, err := Run(ctx, db, o)
	if err != nil {
		return nil, err
	}
	return Record(ctx, db, result)
}
