package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// errTakenOver means that another worker has claimed the import.
var errTakenOver = errors.New("intake: another worker has taken the import over")

// step does something and stores the import as fn leaves it, together or not at
// all. It returns errTakenOver when the import is not this worker's any more.
func (s *Service) step(ctx context.Context, row *importRow, fn func(ctx context.Context, tx *gorm.DB, r *importRow) error) error {
	var next importRow
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		next = *row // fn may run twice
		if err := fn(ctx, tx, &next); err != nil {
			return err
		}
		ok, err := advance(ctx, tx, &next)
		if err == nil && !ok {
			err = errTakenOver
		}
		return err
	})
	if err == nil {
		*row = next
	}
	return err
}

// start works on an import in the background, when a slot is free.
func (s *Service) start(row importRow, actor auth.Actor) {
	s.work.Go(func() {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-s.ctx.Done():
			return
		}
		if err := s.do(s.ctx, &row, actor, nil); err != nil && !errors.Is(err, errTakenOver) && s.ctx.Err() == nil {
			slog.WarnContext(s.ctx, "import interrupted, will go on", "import", row.ID, "error", err)
		}
	})
}

// do checks or stores an import, from where it stands. A fault ends it as
// failed; what may succeed later is returned and leaves it as it stands.
func (s *Service) do(ctx context.Context, row *importRow, actor auth.Actor, progress func(Import)) error {
	if progress == nil {
		progress = func(Import) {}
	}
	err := s.doSafely(ctx, row, actor, progress)
	f, isFault := fault.As(err)
	switch {
	case err == nil:
		progress(row.imported())
		return nil
	case errors.Is(err, errTakenOver), ctx.Err() != nil, isFault && f.Kind == fault.Unavailable:
		return err
	case !isFault:
		slog.ErrorContext(ctx, "import failed", "import", row.ID, "kind", row.Kind, "error", err)
		f = fault.New(fault.Internal, "import.broken")
	}
	return s.step(ctx, row, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
		r.State, r.ErrorCode, r.ErrorArgs = Failed, f.Code, storedArgs(f)
		return deleteFile(ctx, tx, r.ID)
	})
}

// doSafely makes an error of a panic: a file nobody thought of must not take the
// service down.
func (s *Service) doSafely(ctx context.Context, row *importRow, actor auth.Actor, progress func(Import)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	p, err := s.newPlan(ctx, *row, actor)
	if err != nil {
		return err
	}
	file, err := readFile(ctx, s.DB.Read, row.ID)
	if err != nil {
		return err
	}
	if err := readPlan(p, file); err != nil {
		return err
	}
	if err := p.ready(ctx); err != nil {
		return err
	}
	if row.State == Checking {
		return s.check(ctx, row, p, progress)
	}
	return s.apply(ctx, row, p, actor, progress)
}

// headingWithin is how many rows may stand above the heading: titles, notes.
const headingWithin = 10

// readPlan gives the rows below the heading to the plan, from the first sheet
// that has one. A second such sheet is a fault, "import.more_sheets": nobody is
// to believe that its rows came in too. Without a heading it returns what the
// fullest of the first rows lacks.
func readPlan(p plan, file []byte) error {
	opened, err := sheet.Open(file)
	if err != nil {
		return err
	}
	names := opened.Names()
	at, missing := -1, error(nil)
	for i := range names {
		lacks, err := lacksHeading(p, opened.Rows(i))
		switch {
		case err != nil:
			return err
		case missing == nil:
			missing = lacks
		}
		if lacks != nil {
			continue
		}
		if at >= 0 {
			return fault.New(fault.Invalid, "import.more_sheets", "first", names[at], "second", names[i])
		}
		at = i
	}
	if at < 0 {
		return missing
	}
	return readRowsBelow(p, opened.Rows(at))
}

// lacksHeading returns nil where one of the first rows is a heading.
func lacksHeading(p plan, rows iter.Seq2[sheet.Row, error]) (missing, err error) {
	above, fullest := 0, 0
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		lacks := p.heading(row)
		if lacks == nil {
			return nil, nil
		}
		if len(row.Cells) > fullest {
			missing, fullest = lacks, len(row.Cells)
		}
		if above++; above == headingWithin {
			break
		}
	}
	if missing == nil { // not one cell with anything in it
		missing = fault.New(fault.Invalid, "sheet.empty")
	}
	return missing, nil
}

func readRowsBelow(p plan, rows iter.Seq2[sheet.Row, error]) error {
	headed, second := false, false
	for row, err := range rows {
		switch {
		case err != nil:
			return err
		case headed && p.len() > 0:
			addRow(p, row)
		case p.heading(row) == nil: // its cells may be merged over two rows
			headed = true
		case headed && !second && p.lowerHeading(row):
			second = true
		case headed:
			addRow(p, row)
		}
	}
	if p.len() == 0 {
		return fault.New(fault.Invalid, "import.no_rows")
	}
	return nil
}

// exampleMark begins a cell of the row that templates show as an example.
const exampleMark = "示例"

func addRow(p plan, row sheet.Row) {
	for _, cell := range row.Cells {
		if len(cell.Text) >= len(exampleMark) && cell.Text[:len(exampleMark)] == exampleMark {
			return
		}
	}
	p.add(row)
}

// writeStep is how many checked rows one transaction stores.
const writeStep = 5000

// check compares every row with what is there, and stores what it finds out.
func (s *Service) check(ctx context.Context, row *importRow, p plan, progress func(Import)) error {
	err := s.step(ctx, row, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
		r.Counts = Counts{Total: p.len()}
		return deleteRows(ctx, tx, r.ID)
	})
	if err != nil {
		return err
	}
	compareStep, _ := p.steps()
	for from := 0; from < p.len(); from += compareStep {
		rows, err := p.compare(ctx, s.DB.Read, from, min(from+compareStep, p.len()))
		if err != nil {
			return err
		}
		for len(rows) > 0 {
			some := rows[:min(writeStep, len(rows))]
			rows = rows[len(some):]
			err := s.step(ctx, row, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
				r.Counts.add(some)
				if r.Counts.Done == r.Counts.Total {
					r.State = Checked
				}
				return insertRows(ctx, tx, r.ID, some)
			})
			if err != nil {
				return err
			}
			progress(row.imported())
		}
	}
	return nil
}

func (c *Counts) add(rows []Row) {
	c.Done += len(rows)
	for _, row := range rows {
		switch row.Verdict {
		case Create:
			c.Created++
		case Change:
			c.Changed++
		case Same:
			c.Same++
		case Wrong:
			c.Wrong++
		}
	}
}

// apply stores the rows: some at a time, from where the last worker stopped, or
// all of them in one transaction.
func (s *Service) apply(ctx context.Context, row *importRow, p plan, actor auth.Actor, progress func(Import)) error {
	_, size := p.steps()
	row.Counts.Total = p.len()
	if row.Mode == AllRows {
		return s.storeSafely(ctx, row, actor, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
			for from := 0; from < p.len(); from += size {
				rows, err := p.store(ctx, tx, from, min(from+size, p.len()))
				if err != nil {
					return err
				}
				r.Counts.add(rows)
			}
			if r.Counts.Wrong > 0 {
				return hasWrongRows(r.Counts.Wrong)
			}
			return nil
		})
	}
	for from := row.Counts.Done; from < p.len(); from += size {
		err := s.storeSafely(ctx, row, actor, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
			rows, err := p.store(ctx, tx, from, min(from+size, p.len()))
			r.Counts.add(rows)
			return err
		})
		if err != nil {
			return err
		}
		progress(row.imported())
	}
	return nil
}

// storeSafely is a step that is done again when somebody else stored one of its
// rows at the same time, and that ends the import with its last row.
func (s *Service) storeSafely(ctx context.Context, row *importRow, actor auth.Actor, fn func(ctx context.Context, tx *gorm.DB, r *importRow) error) error {
	for try := 0; ; try++ {
		err := s.step(ctx, row, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
			if err := fn(ctx, tx, r); err != nil || r.Counts.Done < r.Counts.Total {
				return err
			}
			return finish(ctx, tx, actor, r)
		})
		s.Divisions.Forget() // the step may have made groups
		overtaken := database.IsDuplicate(err) || fault.Is(err, "weigh_in.import_overtaken")
		if !overtaken || try == 3 {
			return err
		}
	}
}

// finish ends an import: the file, which holds personal data, goes.
func finish(ctx context.Context, tx *gorm.DB, actor auth.Actor, r *importRow) error {
	r.State = Applied
	if err := deleteFile(ctx, tx, r.ID); err != nil {
		return err
	}
	return auth.Audit(ctx, tx, actor, auth.Event{
		Action: "import.apply", ObjectKind: "import", ObjectID: r.ID, DivisionID: r.DivisionID.ID,
		Detail: fmt.Sprintf("%s: %d rows, %d created, %d changed, %d same, %d wrong",
			r.Kind, r.Counts.Total, r.Counts.Created, r.Counts.Changed, r.Counts.Same, r.Counts.Wrong),
	})
}

// How long an import may stand still before another worker takes it over. One
// that is stored in a single transaction shows no progress.
const (
	stillFor       = time.Minute
	stillForInOne  = 10 * time.Minute
	resumeEvery    = 30 * time.Second
	forgetFilesAge = 7 * 24 * time.Hour
)

// Watch takes over imports that stand still, of this instance before it was
// stopped or of another one, and removes files that nobody stored for a week,
// until ctx ends.
func (s *Service) Watch(ctx context.Context) {
	ticker := time.NewTicker(resumeEvery)
	defer ticker.Stop()
	for {
		err := errors.Join(s.Resume(ctx, calendar.Now()), s.forgetFiles(ctx))
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "imports not resumed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Resume takes over, in the background, imports that have stood still for a
// minute at an instant.
func (s *Service) Resume(ctx context.Context, now calendar.Micros) error {
	rows, err := queryImports(ctx, s.DB.Read, "WHERE state IN (?, ?) AND updated_at < ?", Checking, Applying, now.Add(-stillFor))
	if err != nil {
		return fmt.Errorf("find imports to resume: %w", err)
	}
	for _, row := range rows {
		if row.State == Applying && row.Mode == AllRows && row.UpdatedAt >= now.Add(-stillForInOne) {
			continue
		}
		if err := s.resume(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// resume claims an import and starts it, with the rights its actor has now.
func (s *Service) resume(ctx context.Context, row importRow) error {
	err := s.step(ctx, &row, func(context.Context, *gorm.DB, *importRow) error { return nil })
	if errors.Is(err, errTakenOver) {
		return nil
	}
	if err != nil {
		return err
	}
	actor, err := s.actor(ctx, row)
	if err != nil {
		return err
	}
	s.start(row, actor)
	return nil
}

// actor returns who uploaded an import. Somebody who is gone has no rights, so
// every row will be wrong.
func (s *Service) actor(ctx context.Context, row importRow) (auth.Actor, error) {
	system := auth.SystemActor("import")
	if row.ActorID == system.ID {
		return system, nil
	}
	user, err := s.Auth.User(ctx, system, row.ActorID)
	if _, isFault := fault.As(err); isFault || user.Disabled {
		return auth.Actor{ID: row.ActorID, Kind: auth.Person, RequestID: "import"}, nil
	}
	if err != nil {
		return auth.Actor{}, fmt.Errorf("find who imports: %w", err)
	}
	return auth.Actor{ID: user.ID, Name: user.Name, Kind: user.Kind, Grants: user.Grants, RequestID: "import"}, nil
}

func (s *Service) forgetFiles(ctx context.Context) error {
	rows, err := queryImports(ctx, s.DB.Read, "WHERE state = ? AND updated_at < ?", Checked, calendar.Now().Add(-forgetFilesAge))
	if err != nil {
		return fmt.Errorf("find old imports: %w", err)
	}
	for _, row := range rows {
		err := s.step(ctx, &row, func(ctx context.Context, tx *gorm.DB, r *importRow) error {
			r.State, r.ErrorCode = Failed, "import.too_old"
			return deleteFile(ctx, tx, r.ID)
		})
		if err != nil && !errors.Is(err, errTakenOver) {
			return fmt.Errorf("forget old import: %w", err)
		}
	}
	return nil
}
