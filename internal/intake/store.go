package intake

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// importRow is a row of imports.
type importRow struct {
	ID         id.ID
	Kind       Kind
	DivisionID id.NullID
	ActorID    id.ID
	FileName   string
	FileHash   [32]byte
	Mapping    string
	State      State
	Mode       Mode
	Counts     Counts
	ErrorCode  string
	ErrorArgs  string
	CreatedAt  calendar.Micros
	// UpdatedAt is also the claim: who changes the row names the value he knows
	// and puts a later one. When it is another by then, somebody else has taken
	// over.
	UpdatedAt calendar.Micros
}

const importColumns = `id, kind, division_id, actor_id, file_name, file_hash, mapping, state, mode,
	total_rows, done_rows, created_rows, changed_rows, same_rows, wrong_rows, error_code, error_detail, created_at, updated_at`

func (r importRow) imported() Import {
	return Import{
		ID: r.ID, Kind: r.Kind, DivisionID: r.DivisionID.ID, ActorID: r.ActorID, FileName: r.FileName, State: r.State, Mode: r.Mode,
		Counts: r.Counts, Fault: readFault(r.ErrorCode, r.ErrorArgs), CreatedAt: r.CreatedAt,
	}
}

func queryImports(ctx context.Context, tx *gorm.DB, rest string, args ...any) ([]importRow, error) {
	rows, err := database.Query(ctx, tx, "SELECT "+importColumns+" FROM imports "+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []importRow
	for rows.Next() {
		var r importRow
		var hash []byte
		if err := rows.Scan(&r.ID, &r.Kind, &r.DivisionID, &r.ActorID, &r.FileName, &hash, &r.Mapping, &r.State, &r.Mode,
			&r.Counts.Total, &r.Counts.Done, &r.Counts.Created, &r.Counts.Changed, &r.Counts.Same, &r.Counts.Wrong,
			&r.ErrorCode, &r.ErrorArgs, &r.CreatedAt, &r.UpdatedAt); err != nil {
			return nil, err
		}
		r.FileHash = [32]byte(hash)
		found = append(found, r)
	}
	return found, rows.Err()
}

func readImport(ctx context.Context, tx *gorm.DB, importID id.ID) (importRow, bool, error) {
	rows, err := queryImports(ctx, tx, "WHERE id = ?", importID)
	if err != nil || len(rows) == 0 {
		return importRow{}, false, err
	}
	return rows[0], true, nil
}

func readImports(ctx context.Context, tx *gorm.DB, after Cursor, limit int) ([]importRow, error) {
	if after.ID.IsZero() {
		return queryImports(ctx, tx, "ORDER BY created_at DESC, id DESC LIMIT ?", limit)
	}
	return queryImports(ctx, tx, "WHERE created_at < ? OR created_at = ? AND id < ? ORDER BY created_at DESC, id DESC LIMIT ?",
		after.CreatedAt, after.CreatedAt, after.ID, limit)
}

// partSize keeps a statement with a part of a file below every packet limit.
const partSize = 400 << 10

func insertImport(ctx context.Context, tx *gorm.DB, r importRow, file []byte) error {
	_, err := database.Exec(ctx, tx, "INSERT INTO imports ("+importColumns+") VALUES ("+database.Placeholders(19)+")",
		r.ID, r.Kind, r.DivisionID, r.ActorID, r.FileName, r.FileHash[:], r.Mapping, r.State, r.Mode,
		0, 0, 0, 0, 0, 0, "", "", r.CreatedAt, r.UpdatedAt)
	if err != nil {
		return err
	}
	var parts [][]any
	for part := range slices.Chunk(file, partSize) {
		parts = append(parts, []any{r.ID, len(parts), part})
	}
	return database.InsertRows(ctx, tx, "import_files", []string{"import_id", "part", "bytes"}, parts)
}

func readFile(ctx context.Context, tx *gorm.DB, importID id.ID) ([]byte, error) {
	rows, err := database.Query(ctx, tx, "SELECT bytes FROM import_files WHERE import_id = ? ORDER BY part", importID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var file []byte
	for rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return nil, err
		}
		file = append(file, part...)
	}
	return file, rows.Err()
}

func deleteFile(ctx context.Context, tx *gorm.DB, importID id.ID) error {
	_, err := database.Exec(ctx, tx, "DELETE FROM import_files WHERE import_id = ?", importID)
	return err
}

// advance stores state and progress; ok is false when somebody else has taken
// the import over.
func advance(ctx context.Context, tx *gorm.DB, r *importRow) (ok bool, err error) {
	now := max(calendar.Now(), r.UpdatedAt+1)
	c := r.Counts
	result, err := database.Exec(ctx, tx, `
		UPDATE imports
		   SET state = ?, mode = ?, total_rows = ?, done_rows = ?, created_rows = ?, changed_rows = ?, same_rows = ?, wrong_rows = ?,
		       error_code = ?, error_detail = ?, updated_at = ?
		 WHERE id = ? AND updated_at = ?`,
		r.State, r.Mode, c.Total, c.Done, c.Created, c.Changed, c.Same, c.Wrong, r.ErrorCode, r.ErrorArgs, now, r.ID, r.UpdatedAt)
	if err != nil {
		return false, fmt.Errorf("store progress: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil || n != 1 {
		return false, err
	}
	r.UpdatedAt = now
	return true, nil
}

func deleteRows(ctx context.Context, tx *gorm.DB, importID id.ID) error {
	_, err := database.Exec(ctx, tx, "DELETE FROM import_rows WHERE import_id = ?", importID)
	return err
}

func insertRows(ctx context.Context, tx *gorm.DB, importID id.ID, rows []Row) error {
	values := make([][]any, len(rows))
	for i, row := range rows {
		code, args := "", ""
		if row.Fault != nil {
			code, args = row.Fault.Code, storedArgs(row.Fault)
		}
		values[i] = []any{importID, row.Number, row.Verdict, code, args, cut(row.Preview, 500)}
	}
	return database.InsertRows(ctx, tx, "import_rows", []string{"import_id", "row_no", "verdict", "error_code", "error_detail", "preview"}, values)
}

func readRows(ctx context.Context, tx *gorm.DB, importID id.ID, verdict Verdict, after, limit int) ([]Row, error) {
	where, args := "import_id = ? AND row_no > ?", []any{importID, after}
	if verdict != "" {
		where, args = where+" AND verdict = ?", append(args, verdict)
	}
	rows, err := database.Query(ctx, tx, "SELECT row_no, verdict, error_code, error_detail, preview FROM import_rows WHERE "+where+
		" ORDER BY row_no LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Row
	for rows.Next() {
		var row Row
		var code, faultArgs string
		if err := rows.Scan(&row.Number, &row.Verdict, &code, &faultArgs, &row.Preview); err != nil {
			return nil, err
		}
		row.Fault = readFault(code, faultArgs)
		found = append(found, row)
	}
	return found, rows.Err()
}
