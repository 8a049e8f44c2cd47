package collection

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// WeighIn is one version of a weighbridge ticket. Station and ticket number name
// the ticket; the version with the highest number is in force.
type WeighIn struct {
	ID           id.ID
	DistrictID   id.ID // whose station it is; another district may have one of the same name
	Station      string
	TicketNumber string
	Version      int
	VillageID    id.ID
	Category     Category
	From, To     calendar.Day // the same day but for a reported period
	GrossGrams   *int64       // nil: not on the ticket
	TareGrams    *int64
	NetGrams     int64
	Vehicle      string
	Method       Method
	Void         bool   // counts for nothing
	Reason       string // of a correction
	RecordedAt   calendar.Micros
	ActorID      id.ID
	RecordedBy   string    // name of the actor, empty for the service itself
	Versions     []WeighIn // the whole history, newest first; by WeighIn only
}

// NewWeighIn is a ticket as it is handed in.
type NewWeighIn struct {
	ID           id.ID // made by the client
	Station      string
	TicketNumber string
	VillageID    id.ID
	Category     Category
	Day          calendar.Day
	To           calendar.Day // zero, or the last day of a reported period
	Weights      Weights
	Buckets      int64 // hundredths of a bucket, instead of a weight
	Vehicle      string
}

// Limits of a ticket.
const (
	maxTicketText  = 60 // characters of station and ticket number
	maxVehicleText = 30
	maxPeriodDays  = 366
	earliestDay    = calendar.Day(1990_01_01)
)

// RecordWeighIn stores a ticket and brings the months it falls into up to date.
// The same id and content again return the stored ticket with replayed true;
// other content is a Conflict "request.id_reused". A ticket number the station
// has already used is a Conflict "weigh_in.duplicate" that names the day it was
// recorded. What is wrong with single fields comes as one joined fault.
func (s *Service) RecordWeighIn(ctx context.Context, actor auth.Actor, in NewWeighIn) (w WeighIn, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return w, false, err
	}
	if f := village(tree, actor, in.VillageID, Writers); f != nil {
		return w, false, f
	}
	w, err = s.ticket(ctx, actor, in)
	if err != nil {
		return w, false, err
	}
	w.DistrictID = districtOf(tree, w.VillageID)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed, err = s.insertTicket(ctx, tx, &w)
		if err != nil || replayed {
			return err
		}
		return addToMonths(ctx, tx, []WeighIn{w})
	})
	return w, replayed, err
}

// districtOf returns the district of a village, zero where it lies in none.
func districtOf(tree *division.Tree, village id.ID) id.ID {
	d, _ := tree.At(village, division.District)
	return d.ID
}

// ticket applies the rules to what was handed in.
func (s *Service) ticket(ctx context.Context, actor auth.Actor, in NewWeighIn) (WeighIn, error) {
	w := WeighIn{
		ID: in.ID, Station: strings.TrimSpace(in.Station), TicketNumber: strings.TrimSpace(in.TicketNumber), Version: 1,
		VillageID: in.VillageID, Category: in.Category, From: in.Day, To: in.To, Vehicle: strings.TrimSpace(in.Vehicle),
		Method: Scale, RecordedAt: s.now(), ActorID: actor.ID, RecordedBy: actor.Name,
	}
	if w.To == 0 {
		w.To = w.From
	}
	if w.To > w.From {
		w.Method = Report
	}
	weights := in.Weights
	var weightFault error
	if in.Buckets != 0 {
		w.Method = Buckets
		weights, weightFault = s.estimate(ctx, in)
	} else {
		weights, weightFault = weights.Settle(w.Method)
	}
	f, _ := fault.As(weightFault)
	if weightFault != nil && f == nil {
		return w, weightFault
	}
	if err := joined(append(w.faults(s.today()), f)...); err != nil {
		return w, err
	}
	w.GrossGrams, w.TareGrams, w.NetGrams = weights.GrossGrams, weights.TareGrams, *weights.NetGrams
	return w, nil
}

// estimate turns buckets into a net weight at the density set for the village.
func (s *Service) estimate(ctx context.Context, in NewWeighIn) (Weights, error) {
	if in.Weights != (Weights{}) {
		return Weights{}, fault.New(fault.Invalid, "weigh_in.buckets_and_weight").At("/buckets")
	}
	density, err := s.divisions.Setting(ctx, division.BucketDensity, in.VillageID, in.Day)
	if err != nil {
		return Weights{}, err
	}
	grams, err := EstimateGrams(in.Buckets, density)
	return Weights{NetGrams: &grams}, err
}

// faults checks everything but the weight.
func (w WeighIn) faults(today calendar.Day) []*fault.Fault {
	faults := []*fault.Fault{
		checkText(w.Station, maxTicketText, "weigh_in.station", "/station"),
		checkText(w.TicketNumber, maxTicketText, "weigh_in.ticket_number", "/ticket_number"),
	}
	if !w.Category.Valid() {
		faults = append(faults, fault.New(fault.Invalid, "weigh_in.category_unknown").At("/category"))
	}
	if utf8.RuneCountInString(w.Vehicle) > maxVehicleText {
		faults = append(faults, fault.New(fault.Invalid, "weigh_in.vehicle_too_long", "limit", maxVehicleText).At("/vehicle"))
	}
	return append(faults, w.dayFault(today))
}

// checkText returns "<code>_missing" or "<code>_too_long", or nil.
func checkText(text string, limit int, code, pointer string) *fault.Fault {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fault.New(fault.Invalid, code+"_missing").At(pointer)
	case n > limit || !utf8.ValidString(text):
		return fault.New(fault.Invalid, code+"_too_long", "limit", limit).At(pointer)
	}
	return nil
}

func (w WeighIn) dayFault(today calendar.Day) *fault.Fault {
	switch {
	case !w.From.Valid() || !w.To.Valid() || w.From < earliestDay:
		return fault.New(fault.Invalid, "weigh_in.day_unknown").At("/day")
	case w.To < w.From:
		return fault.New(fault.Invalid, "weigh_in.period_reversed").At("/to")
	case w.From > today:
		return fault.New(fault.Invalid, "weigh_in.future_day", "day", w.From.String(), "today", today.String()).At("/day")
	case w.To > today:
		return fault.New(fault.Invalid, "weigh_in.future_day", "day", w.To.String(), "today", today.String()).At("/to")
	case w.Method == Buckets && w.To > w.From:
		return fault.New(fault.Invalid, "weigh_in.buckets_one_day").At("/to")
	case w.To.Sub(w.From) >= maxPeriodDays:
		return fault.New(fault.Invalid, "weigh_in.period_too_long", "limit", maxPeriodDays).At("/to")
	}
	return nil
}

// insertTicket writes the first version of a ticket, or finds that this very
// request was done before.
func (s *Service) insertTicket(ctx context.Context, tx *gorm.DB, w *WeighIn) (replayed bool, err error) {
	if stored, found, err := readVersion(ctx, tx, w.ID); err != nil || found {
		return found, s.replay(ctx, tx, w, stored, err)
	}
	err = insertWeighIns(ctx, tx, []WeighIn{*w})
	if !database.IsDuplicate(err) {
		return false, err
	}
	stored, found, err := readVersion(ctx, tx, w.ID) // a twin of this request was faster
	if err != nil || found {
		return found, s.replay(ctx, tx, w, stored, err)
	}
	return false, s.duplicate(ctx, tx, *w)
}

// replay puts the stored version into w if both say the same. What buckets weigh
// cannot be compared once another density was set.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, w *WeighIn, stored WeighIn, err error) error {
	if err == nil && w.Method == Buckets && stored.Method == Buckets {
		var changed bool
		if changed, err = densitySetSince(ctx, tx, stored.RecordedAt); changed {
			w.NetGrams = stored.NetGrams
		}
	}
	if err != nil {
		return err
	}
	if !stored.says(*w) {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	*w = stored
	return nil
}

// says reports whether two versions have the same content. An estimate counts
// as the same at another density.
func (w WeighIn) says(other WeighIn) bool {
	return w.Station == other.Station && w.TicketNumber == other.TicketNumber && w.Version == other.Version &&
		w.Reason == other.Reason && w.claims(other)
}

// claims reports whether two versions say the same about the load.
func (w WeighIn) claims(other WeighIn) bool {
	return w.VillageID == other.VillageID && w.Category == other.Category && w.From == other.From && w.To == other.To &&
		equal(w.GrossGrams, other.GrossGrams) && equal(w.TareGrams, other.TareGrams) &&
		w.NetGrams == other.NetGrams && w.Vehicle == other.Vehicle &&
		w.Method == other.Method && w.Void == other.Void
}

func equal(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// duplicate is the answer to a ticket number the station has already used.
func (s *Service) duplicate(ctx context.Context, tx *gorm.DB, w WeighIn) error {
	versions, err := readTicket(ctx, tx, w)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return duplicateOf(versions[len(versions)-1], s)
}

func duplicateOf(first WeighIn, s *Service) *fault.Fault {
	return fault.New(fault.Conflict, "weigh_in.duplicate", "station", first.Station, "ticket_number", first.TicketNumber,
		"day", calendar.DayOf(first.RecordedAt, s.zone).String()).At("/ticket_number")
}

// WeighIn returns the version in force of the ticket any of whose versions has
// the id, with all its versions; or NotFound "weigh_in.unknown".
func (s *Service) WeighIn(ctx context.Context, actor auth.Actor, versionID id.ID) (WeighIn, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return WeighIn{}, err
	}
	return findTicket(ctx, s.db.Read, tree, actor, versionID, Readers)
}

// findTicket reads the ticket a version belongs to and checks the scope.
func findTicket(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, versionID id.ID, roles []auth.Role) (WeighIn, error) {
	unknown := fault.New(fault.NotFound, "weigh_in.unknown")
	version, found, err := readVersion(ctx, tx, versionID)
	if err != nil {
		return WeighIn{}, err
	}
	if !found {
		return WeighIn{}, unknown
	}
	versions, err := readTicket(ctx, tx, version)
	if err != nil {
		return WeighIn{}, err
	}
	current := versions[0]
	if !actor.Covers(tree, current.VillageID, roles...) {
		return WeighIn{}, unknown
	}
	current.Versions = versions
	return current, nil
}

// Filter says which tickets a list shows.
type Filter struct {
	DivisionID id.ID        // zero: the actor's whole scope
	From, To   calendar.Day // zero: no bound
	After      Cursor       // zero: from the newest on
	Limit      int
}

// Cursor is the place of a ticket in the list.
type Cursor struct {
	Day calendar.Day
	ID  id.ID
}

// WeighIns lists the versions in force, void ones included, newest day first,
// and whether there are more. Outside the actor's scope it returns NotFound
// "division.unknown".
func (s *Service) WeighIns(ctx context.Context, actor auth.Actor, f Filter) (tickets []WeighIn, more bool, err error) {
	_, villages, all, err := s.villages(ctx, actor, f.DivisionID, Readers)
	if err != nil || len(villages) == 0 {
		return nil, false, err
	}
	if all {
		villages = nil
	}
	tickets, err = listTickets(ctx, s.db.Read, villages, f)
	if len(tickets) > f.Limit {
		return tickets[:f.Limit], true, err
	}
	return tickets, false, err
}

// TicketsOfMonth returns at most limit tickets in force that touch a month of a
// village, oldest first. The caller has checked the scope.
func TicketsOfMonth(ctx context.Context, tx *gorm.DB, villageID id.ID, month calendar.Month, limit int) ([]WeighIn, error) {
	return ticketsOfMonth(ctx, tx, villageID, month, limit)
}
