package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"hufen/internal/database"
	"hufen/internal/household"
)

// run is the measuring of one kind of database.
type run struct {
	Options
	*bed
	out io.Writer

	district *district
	floor    *floor
	service  *service
	turns    turns
	table    table
	refused  error // what was answered other than with success
}

// load migrates the database and writes the district into it.
func (r *run) load(ctx context.Context) error {
	began := time.Now()
	db, err := database.Open(ctx, r.bed.service)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		return err
	}
	durability, err := db.Durability(ctx)
	if err != nil {
		return err
	}
	keys, err := household.OpenKeys(r.folder)
	if err != nil {
		return err
	}
	if r.district, err = loadDistrict(ctx, db, keys, r.Households); err != nil {
		return err
	}
	if r.floor, err = openFloor(ctx, r.bed); err != nil {
		return err
	}
	if err := r.floor.open(r.district); err != nil {
		return err
	}
	now, err := conditions(r.folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "\n%s %s, %s; %s\n", r.name, durability.Version, keeps(durability), now)
	fmt.Fprintf(r.out, "%d households in %d of %d villages, loaded in %.1f s\n", len(r.district.households),
		len(r.district.households)/householdsPerVillage, len(r.district.villages), time.Since(began).Seconds())
	return nil
}

func keeps(d database.Durability) string {
	if d.OK() {
		return "every commit waits for the disk"
	}
	return "LOSES acknowledged writes: " + strings.Join(d.Problems, ", ")
}

// open starts the service and sends the first drop-off of every household,
// which opens its account and makes it rich.
func (r *run) open(ctx context.Context) (err error) {
	if r.service, err = startService(ctx, r.Binary, r.bed); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "serve ready after %d ms\n\n", r.service.ready.Milliseconds())
	r.table.begin(r.out)
	c, err := dial(r.service.address)
	if err != nil {
		return err
	}
	defer c.close()
	next := r.turns.batch(r.district, `{"item":"battery","pieces":1}`)
	var q request
	for range len(r.district.households) / batchLength {
		next(&q)
		a, err := c.do(&q)
		if err != nil {
			return err
		}
		if allRecorded(a) == 0 {
			return fmt.Errorf("the first drop-offs were answered %d: %.400s", a.status, a.body)
		}
	}
	return nil
}

func (r *run) loop(callers int) loop {
	return loop{callers: callers, warmUp: r.WarmUp, duration: r.Duration}
}

// onService measures requests to the service.
func (r *run) onService(ctx context.Context, what string, callers int, next func(*request), units func(answer) int, floor *tally) error {
	before, err := r.service.postings()
	if err != nil {
		return err
	}
	l := r.loop(callers)
	l.caller = overHTTP(r.service.address, next, units)
	t, err := l.run(ctx, r.processes())
	if err != nil {
		return err
	}
	after, err := r.service.postings()
	if err != nil {
		return err
	}
	if t.wrong > 0 {
		r.refused = errors.Join(r.refused, fmt.Errorf("%s at %d connections: %d failed, one with: %w", what, callers, t.wrong, t.first))
	}
	now, _ := memoryOf(r.service.process())
	r.table.add(r.out, row{what: what, callers: callers, tally: t, floor: floor, memory: now, group: after.perGroupSince(before)})
	return nil
}

func (r *run) processes() processes { return processes{r.service.process(), r.serverID} }

// onFloor measures the floor program under the same number of callers.
func (r *run) onFloor(ctx context.Context, callers, together int) (*tally, error) {
	l := r.loop(callers)
	l.caller = r.floor.visits(r.district, &r.turns, together)
	t, err := l.run(ctx, processes{database: r.serverID})
	if err == nil && t.wrong > 0 {
		err = fmt.Errorf("the floor program failed: %w", t.first)
	}
	return &t, err
}

func (r *run) httpAlone(ctx context.Context) error {
	for _, callers := range r.Connections {
		if err := r.onService(ctx, httpAlone, callers, health, succeeded, nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) dropOffs(ctx context.Context) error {
	for _, callers := range r.Connections {
		floor, err := r.onFloor(ctx, callers, 1)
		if err != nil {
			return err
		}
		if err := r.onService(ctx, dropOffs, callers, r.turns.oneDropOff(r.district), succeeded, floor); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) redemptions(ctx context.Context) error {
	for _, callers := range r.Connections {
		if err := r.onService(ctx, redemptions, callers, r.turns.oneRedemption(r.district), succeeded, nil); err != nil {
			return err
		}
	}
	return nil
}

// storms are loads that all want the same rows.
func (r *run) storms(ctx context.Context) error {
	const callers = 64
	if err := r.onService(ctx, oneShop, callers, r.turns.atOneShop(r.district), succeeded, nil); err != nil {
		return err
	}
	return r.onService(ctx, oneHome, callers, r.turns.ofOneHousehold(r.district), succeeded, nil)
}

func (r *run) batches(ctx context.Context) error {
	for _, callers := range r.Batchers {
		floor, err := r.onFloor(ctx, callers, batchLength)
		if err != nil {
			return err
		}
		next := r.turns.batch(r.district, `{"item":"food","grade":"good","grams":1200}`)
		if err := r.onService(ctx, batches, callers, next, allRecorded, floor); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) balances(ctx context.Context) error {
	for _, callers := range r.Connections {
		if err := r.onService(ctx, balances, callers, r.turns.ownBalance(r.district), succeeded, nil); err != nil {
			return err
		}
	}
	_, highest := memoryOf(r.service.process())
	r.table.memory = highest
	fmt.Fprintf(r.out, "\nmemory of serve at its highest: %d MB\n", highest>>20)
	return nil
}

// restart stops the service and times its start on a database that is there.
func (r *run) restart(ctx context.Context) (err error) {
	began := time.Now()
	if err := r.stop(); err != nil {
		return err
	}
	stopped := time.Since(began)
	if r.service, err = startService(ctx, r.Binary, r.bed); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "serve stopped in %d ms, ready again on this database after %d ms\n",
		stopped.Milliseconds(), r.service.ready.Milliseconds())
	return nil
}

// stop ends what runs, the service and the floor program.
func (r *run) stop() error {
	var floorErr error
	if r.floor != nil {
		floorErr = r.floor.close()
		r.floor = nil
	}
	if r.service == nil {
		return floorErr
	}
	s := r.service
	r.service = nil
	return errors.Join(floorErr, s.stop())
}

// verify has the program check the whole ledger, beside the running service.
func (r *run) verify(ctx context.Context) error {
	began := time.Now()
	command := exec.CommandContext(ctx, r.Binary, "verify")
	command.Dir = r.folder
	command.Env = r.environment(0)
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("hufen verify: %w\n%s", err, said)
	}
	took := time.Since(began)
	db, err := database.Open(ctx, r.bed.service)
	if err != nil {
		return err
	}
	defer db.Close()
	var entries float64
	if err := db.Read.Raw("SELECT COUNT(*) FROM entries").Row().Scan(&entries); err != nil {
		return err
	}
	rate := entries / took.Seconds()
	fmt.Fprintf(r.out, "verify, %.1f s: %s\n%.0f entries a second: 10 million would take %.0f minutes\n", took.Seconds(), strings.TrimSpace(string(said)),
		rate, 10_000_000/rate/60)
	return nil
}
