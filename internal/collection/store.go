package collection

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
)

// weighInColumns are what scanWeighIns reads.
const weighInColumns = `
	w.id, w.district_id, w.station, w.ticket_number, w.version, w.village_id, w.category, w.from_day, w.to_day,
	w.gross_grams, w.tare_grams, w.net_grams, w.vehicle, w.method, w.void, w.reason, w.recorded_at, w.actor_id,
	COALESCE(u.name, '')`

// inForce is true for a version without a later one.
const inForce = `NOT EXISTS (SELECT 1 FROM weigh_ins n
	WHERE n.district_id = w.district_id AND n.station = w.station AND n.ticket_number = w.ticket_number AND n.version = w.version + 1)`

func queryWeighIns(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]WeighIn, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT `+weighInColumns+`
		  FROM weigh_ins w
		  LEFT JOIN users u ON u.id = w.actor_id
		 WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read weigh-ins: %w", err)
	}
	defer rows.Close()
	return scanWeighIns(rows)
}

func scanWeighIns(rows *sql.Rows) ([]WeighIn, error) {
	var tickets []WeighIn
	for rows.Next() {
		var w WeighIn
		if err := rows.Scan(&w.ID, &w.DistrictID, &w.Station, &w.TicketNumber, &w.Version, &w.VillageID, &w.Category, &w.From, &w.To,
			&w.GrossGrams, &w.TareGrams, &w.NetGrams, &w.Vehicle, &w.Method, &w.Void, &w.Reason, &w.RecordedAt, &w.ActorID,
			&w.RecordedBy); err != nil {
			return nil, fmt.Errorf("read weigh-ins: %w", err)
		}
		tickets = append(tickets, w)
	}
	return tickets, rows.Err()
}

// densitySetSince reports whether somebody set how much a bucket weighs since an
// instant, for wherever and whenever.
func densitySetSince(ctx context.Context, tx *gorm.DB, at calendar.Micros) (set bool, err error) {
	err = database.Scan(ctx, tx, `SELECT COUNT(*) > 0 FROM settings WHERE name = ? AND recorded_at >= ?`,
		[]any{string(division.BucketDensity), int64(at)}, func(rows *sql.Rows) error { return rows.Scan(&set) })
	if err != nil {
		return false, fmt.Errorf("read densities: %w", err)
	}
	return set, nil
}

func readVersion(ctx context.Context, tx *gorm.DB, versionID id.ID) (w WeighIn, found bool, err error) {
	versions, err := queryWeighIns(ctx, tx, `w.id = ?`, versionID)
	if len(versions) == 0 {
		return w, false, err
	}
	return versions[0], true, err
}

// readTicket returns all versions of the ticket a version belongs to, newest
// first.
func readTicket(ctx context.Context, tx *gorm.DB, w WeighIn) ([]WeighIn, error) {
	return queryWeighIns(ctx, tx, `w.district_id = ? AND w.station = ? AND w.ticket_number = ? ORDER BY w.version DESC`,
		w.DistrictID, w.Station, w.TicketNumber)
}

func listTickets(ctx context.Context, tx *gorm.DB, villages []id.ID, f Filter) ([]WeighIn, error) {
	where, args := []string{inForce}, []any{}
	and := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if villages != nil {
		and(`w.village_id IN (`+database.Placeholders(len(villages))+`)`, anys(villages)...)
	}
	if f.From != 0 {
		and(`w.to_day >= ?`, f.From)
	}
	if f.To != 0 {
		and(`w.from_day <= ?`, f.To)
	}
	if f.After != (Cursor{}) {
		and(`(w.from_day < ? OR w.from_day = ? AND w.id < ?)`, f.After.Day, f.After.Day, f.After.ID)
	}
	return queryWeighIns(ctx, tx, strings.Join(where, ` AND `)+` ORDER BY w.from_day DESC, w.id DESC LIMIT ?`, append(args, f.Limit+1)...)
}

func ticketsOfMonth(ctx context.Context, tx *gorm.DB, villageID id.ID, month calendar.Month, limit int) ([]WeighIn, error) {
	return queryWeighIns(ctx, tx, `
		w.village_id = ? AND w.method IN ('scale', 'buckets', 'report') AND w.from_day BETWEEN ? AND ? AND w.to_day >= ?
		AND w.void = 0 AND `+inForce+`
		ORDER BY w.from_day, w.id LIMIT ?`,
		villageID, month.First().AddDays(-maxPeriodDays), month.Last(), month.First(), limit)
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func insertWeighIns(ctx context.Context, tx *gorm.DB, tickets []WeighIn) error {
	rows := make([][]any, len(tickets))
	for i, w := range tickets {
		rows[i] = []any{w.ID, w.DistrictID, w.Station, w.TicketNumber, w.Version, w.VillageID, string(w.Category), w.From, w.To,
			w.GrossGrams, w.TareGrams, w.NetGrams, w.Vehicle, string(w.Method), w.Void, w.Reason, w.RecordedAt, w.ActorID}
	}
	return database.InsertRows(ctx, tx, "weigh_ins", []string{"id", "district_id", "station", "ticket_number", "version", "village_id", "category", "from_day", "to_day",
		"gross_grams", "tare_grams", "net_grams", "vehicle", "method", "void", "reason", "recorded_at", "actor_id"}, rows)
}
