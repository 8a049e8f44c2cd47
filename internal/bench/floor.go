package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// floor writes what a drop-off writes, row for row, and does nothing else: no
// HTTP, no JSON, no check, no look-up, no hash. Callers that come at the same
// time share a transaction, as in the service. What the service reaches of its
// rate is what the rest costs.
type floor struct {
	db    *database.DB
	pool  *sql.DB
	queue chan *visit
	done  sync.WaitGroup

	mu   sync.Mutex
	held map[id.ID]int64 // lines on an account so far
}

// visit is one drop-off to be written, by a caller that waits.
type visit struct {
	home, village, card, cleaner id.ID
	seq                          int64
	written                      chan error
}

const (
	mostInFloor    = 200
	mostFloorTries = 20
	floorPoints    = 800
	floorGrams     = 1200
)

// openFloor migrates the floor's database and starts as many writers as the
// service has.
func openFloor(ctx context.Context, b *bed) (*floor, error) {
	db, err := database.Open(ctx, b.floor)
	if err != nil {
		return nil, err
	}
	if err := database.Migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	pool, err := db.Write.DB()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f := &floor{db: db, pool: pool, queue: make(chan *visit, 4096), held: map[id.ID]int64{}}
	writers := 1
	if db.Dialect == database.MySQL {
		writers = 2
	}
	for range writers {
		f.done.Go(f.write)
	}
	return f, nil
}

func (f *floor) close() error {
	close(f.queue)
	f.done.Wait()
	return f.db.Close()
}

// open writes an empty balance for every household, as their first drop-off
// does in the service.
func (f *floor) open(d *district) error {
	tx, err := f.pool.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var balances [][]any
	for i := range d.households {
		balances = append(balances, []any{d.households[i].id[:], 0, 0, 0, make([]byte, 32)})
	}
	for chunk := range slices.Chunk(balances, mostInFloor) {
		if err := f.insert(tx, &floorBalances, chunk); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// visits returns the callers of a closed loop, each of whom has so many
// drop-offs written at a time.
func (f *floor) visits(d *district, t *turns, together int) func() (func() (int, error), func(), error) {
	return func() (func() (int, error), func(), error) {
		list := make([]*visit, together)
		for i := range list {
			list[i] = &visit{written: make(chan error, 1)}
		}
		do := func() (int, error) {
			for _, v := range list {
				h := t.next(d)
				v.home, v.village, v.card, v.cleaner = h.id, d.villages[h.village].id, h.card, d.id
				f.queue <- v
			}
			var errs []error
			for _, v := range list {
				errs = append(errs, <-v.written)
			}
			return together, errors.Join(errs...)
		}
		return do, func() {}, nil
	}
}

// write takes what waits, up to 200, and writes it in one transaction.
func (f *floor) write() {
	for first := range f.queue {
		group := f.gather(first)
		err := f.writeGroup(group)
		for _, v := range group {
			v.written <- err
		}
	}
}

// gather adds what waits at this moment.
func (f *floor) gather(first *visit) []*visit {
	group := []*visit{first}
	for len(group) < mostInFloor {
		select {
		case v, ok := <-f.queue:
			if !ok {
				return group
			}
			group = append(group, v)
		default:
			return group
		}
	}
	return group
}

// writeGroup numbers the lines and writes the group, again where the database
// asks for it.
func (f *floor) writeGroup(group []*visit) error {
	f.mu.Lock()
	for _, v := range group {
		f.held[v.home]++
		v.seq = f.held[v.home]
	}
	f.mu.Unlock()
	var err error
	for range mostFloorTries {
		if err = f.try(group); err == nil || !database.IsRetryable(err) {
			return err
		}
	}
	return err
}

func (f *floor) try(group []*visit) error {
	tx, err := f.pool.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range rowsOf(group) {
		if err := f.insert(tx, t.table, t.rows); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// floorTable is a table as the floor writes it: what to insert, and what to do
// with a row that is there.
type floorTable struct {
	name, columns string
	width         int
	sqlite, mysql string // after the values
}

var (
	floorRequests = floorTable{name: "requests", width: 8,
		columns: "id,kind,request_hash,outcome,error_code,error_detail,actor_id,recorded_at"}
	floorEntries = floorTable{name: "entries", width: 10,
		columns: "id,kind,effective_at,recorded_at,village_id,actor_id,reverses_id,reason,source_hash,content_hash"}
	floorLines = floorTable{name: "entry_lines", width: 7,
		columns: "entry_id,line_no,account_id,points,account_seq,balance_after,line_hash"}
	floorBalances = upsertTable("account_balances", "account_id,balance,floor,version,head_hash", "account_id",
		"balance", "version", "head_hash")
	floorDropOffs = floorTable{name: "drop_offs", width: 18,
		columns: "id,household_id,card_id,village_id,point_id,cleaner_id,device_id,device_seq,tariff_id," +
			"happened_at,recorded_at,day,month,earned,cut,cut_period,status,content_hash"}
	floorItems = floorTable{name: "drop_off_items", width: 10,
		columns: "drop_off_id,line_no,item,category,grams,pieces,grade,earned,cut,photo_id"}
	floorAwards = upsertTable("household_awards",
		"household_id,period,drop_offs,grams,points,food_points,recyclable_points,hazardous_points,residual_points",
		"household_id,period", "drop_offs+", "grams+", "points+", "food_points+", "recyclable_points+", "hazardous_points+", "residual_points+")
	floorRollups = upsertTable("rollups", "village_id,period,"+strings.Join(rollupSums, ","), "village_id,period", added(rollupSums)...)
)

// rollupSums are the columns of the rollups that add up.
var rollupSums = []string{"drop_offs", "grams", "points", "households",
	"food_drop_offs", "food_grams", "food_points", "recyclable_drop_offs", "recyclable_grams", "recyclable_points",
	"hazardous_drop_offs", "hazardous_grams", "hazardous_points", "residual_drop_offs", "residual_grams", "residual_points"}

func added(columns []string) []string {
	sets := make([]string, len(columns))
	for i, column := range columns {
		sets[i] = column + "+"
	}
	return sets
}

// upsertTable is a table whose rows are changed where they are there: a column
// takes the new value, or with a plus adds it.
func upsertTable(name, columns, key string, sets ...string) floorTable {
	t := floorTable{name: name, columns: columns, width: strings.Count(columns, ",") + 1}
	var sqlite, mysql []string
	for _, set := range sets {
		column, adds := strings.CutSuffix(set, "+")
		old := ""
		if adds {
			old = name + "." + column + "+"
		}
		sqlite = append(sqlite, column+"="+old+"excluded."+column)
		mysql = append(mysql, column+"="+old+"VALUES("+column+")")
	}
	t.sqlite = " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sqlite, ",")
	t.mysql = " ON DUPLICATE KEY UPDATE " + strings.Join(mysql, ",")
	return t
}

// insert writes rows: on MySQL in one statement, on SQLite, where a statement
// costs no round trip, in the same short one again and again.
func (f *floor) insert(tx *sql.Tx, t *floorTable, values [][]any) error {
	tuple := "(" + strings.TrimSuffix(strings.Repeat("?,", t.width), ",") + ")"
	statement := "INSERT INTO " + t.name + " (" + t.columns + ") VALUES " + tuple
	if f.db.Dialect == database.MySQL {
		statement += strings.Repeat(","+tuple, len(values)-1) + t.mysql
		if _, err := tx.Exec(statement, slices.Concat(values...)...); err != nil {
			return fmt.Errorf("floor: write %s: %w", t.name, err)
		}
		return nil
	}
	for _, row := range values {
		if _, err := tx.Exec(statement+t.sqlite, row...); err != nil {
			return fmt.Errorf("floor: write %s: %w", t.name, err)
		}
	}
	return nil
}

// floorRows are rows for a table.
type floorRows struct {
	table *floorTable
	rows  [][]any
}

// anyHash stands for the hashes, which the floor does not compute.
var anyHash = func() []byte {
	hash := make([]byte, 32)
	rand.Read(hash)
	return hash
}()

// rowsOf returns the rows of a group, in the order the service writes them.
func rowsOf(group []*visit) []floorRows {
	now := calendar.Now()
	day := calendar.DayOf(now, calendar.Shanghai)
	at, today, month := int64(now), int32(day), int32(day.Month())
	var requests, entries, lines, dropOffs, items, awards [][]any
	balances := map[id.ID]int64{}
	villages := map[id.ID]int64{}
	homes := map[id.ID]int64{}
	for _, v := range group {
		visit := id.New()
		total := v.seq * floorPoints
		requests = append(requests, []any{visit[:], "drop_off", anyHash, "posted", "", "", v.cleaner[:], at})
		entries = append(entries, []any{visit[:], "drop_off", at, at, v.village[:], v.cleaner[:], nil, "", anyHash, anyHash})
		lines = append(lines, []any{visit[:], 1, v.home[:], floorPoints, v.seq, total, anyHash},
			[]any{visit[:], 2, v.village[:], -floorPoints, nil, nil, anyHash})
		dropOffs = append(dropOffs, []any{visit[:], v.home[:], v.card[:], v.village[:], v.village[:], v.cleaner[:], nil, nil, v.village[:],
			at, at, today, month, floorPoints, 0, "", "credited", anyHash})
		items = append(items, []any{visit[:], 1, "food", "food", floorGrams, 0, "good", floorPoints, 0, nil})
		balances[v.home] = max(balances[v.home], v.seq)
		homes[v.home]++
		villages[v.village]++
	}
	var held, rollups [][]any
	for _, h := range sorted(balances) {
		held = append(held, []any{h[:], balances[h] * floorPoints, 0, balances[h], anyHash})
		for _, period := range []int32{month, today} {
			n := homes[h]
			awards = append(awards, []any{h[:], period, n, n * floorGrams, n * floorPoints, n * floorPoints, 0, 0, 0})
		}
	}
	for _, v := range sorted(villages) {
		for _, period := range []int32{month, today} {
			n := villages[v]
			rollups = append(rollups, []any{v[:], period, n, n * floorGrams, n * floorPoints, 0,
				n, n * floorGrams, n * floorPoints, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		}
	}
	return []floorRows{{&floorRequests, requests}, {&floorEntries, entries}, {&floorLines, lines}, {&floorBalances, held},
		{&floorDropOffs, dropOffs}, {&floorItems, items}, {&floorAwards, awards}, {&floorRollups, rollups}}
}

// sorted returns the keys in the order in which every writer locks them.
func sorted(m map[id.ID]int64) []id.ID {
	return slices.SortedFunc(maps.Keys(m), func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
}
