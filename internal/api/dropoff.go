package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

// CreateDropOff records one drop-off.
func (s *Server) CreateDropOff(c echo.Context) error {
	var req NewDropOff
	if err := bind(c, &req); err != nil {
		return err
	}
	d, err := s.DropOffs.Record(c.Request().Context(), actorOf(c), dropOffInput(&req))
	if err != nil {
		return err
	}
	answer, err := s.recorded(c.Request().Context(), actorOf(c), d)
	if err != nil {
		return err
	}
	return created(c, d.Replayed, answer)
}

// CreateDropOffs records many, one outcome each.
func (s *Server) CreateDropOffs(c echo.Context) error {
	batch, err := s.readBatch(c)
	if err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), actorOf(c)
	outcomes := batch.outcomes(s.DropOffs.RecordAll(ctx, actor, batch.inputs))
	return s.answerOutcomes(c, batch.ids, outcomes, func(d *dropoff.DropOff) (DropOff, error) {
		return s.recorded(ctx, actor, d)
	})
}

// answerOutcomes tells one by one what became of many requests.
func (s *Server) answerOutcomes(c echo.Context, ids []id.ID, became []dropoff.Outcome, tell func(*dropoff.DropOff) (DropOff, error)) error {
	outcomes := DropOffOutcomes{Outcomes: make([]DropOffOutcome, len(ids))}
	var ours *fault.Fault // one that the log has to know; the others of a batch have the same cause
	for i, outcome := range became {
		out := &outcomes.Outcomes[i]
		out.Id = ids[i]
		if outcome.Err != nil {
			f := faultOf(outcome.Err)
			problem := problemOf(langOf(c), f, requestIDOf(c))
			out.Status, out.Problem = f.Kind.Status(), &problem
			if out.Status >= http.StatusInternalServerError {
				ours = f
			}
			continue
		}
		answer, err := tell(outcome.DropOff)
		if err != nil {
			return err
		}
		out.DropOff, out.Status = &answer, http.StatusCreated
		if outcome.DropOff.Replayed {
			out.Status = http.StatusOK
		}
	}
	if ours != nil {
		logCause(c, ours)
	}
	return c.JSON(http.StatusOK, outcomes)
}

func dropOffInput(req *NewDropOff) dropoff.Input {
	in := dropoff.Input{ID: req.Id, CardCode: req.CardCode, PointID: nullID(req.PointId), HappenedAt: req.HappenedAt,
		DeviceID: nullID(req.DeviceId), DeviceSeq: orZero(req.DeviceSeq), Items: make([]dropoff.ItemInput, len(req.Items))}
	for i, item := range req.Items {
		in.Items[i] = dropoff.ItemInput{Item: item.Item, Grams: item.Grams, Pieces: item.Pieces,
			Grade: string(orZero(item.Grade)), PhotoID: nullID(item.PhotoId)}
	}
	return in
}

// recorded is the answer to whoever recorded a drop-off. The balance is in it
// only where the programme lets the cleaner see it, once.
func (s *Server) recorded(ctx context.Context, actor auth.Actor, d *dropoff.DropOff) (DropOff, error) {
	answer := dropOffAnswer(d)
	until, err := s.DropOffs.UndoUntil(ctx, actor, d)
	if err != nil {
		return answer, err
	}
	answer.UndoUntil = &until
	shown, err := s.Divisions.Setting(ctx, division.ShowBalanceToCleaner, d.VillageID, d.Day)
	if err != nil {
		return answer, err
	}
	if d.HasBalance && shown != 0 {
		balance := Points(d.Balance)
		answer.Balance = &balance
	}
	return answer, nil
}

func dropOffAnswer(d *dropoff.DropOff) DropOff {
	answer := DropOff{Id: d.ID, Status: DropOffStatus(d.Status), HappenedAt: d.HappenedAt, RecordedAt: d.RecordedAt,
		Earned: Points(d.Earned), Cut: Points(d.Cut), Credited: Points(d.Credited), ReviewReason: optional(d.ReviewReason),
		CutPeriod: optional(DropOffCutPeriod(d.CutPeriod)), TariffVersion: &d.TariffVersion, Items: itemAnswers(d.Items),
		ObjectionUntil: optional(d.ObjectionUntil), Objection: optional(d.Objection), ReviewNote: optional(d.ReviewNote)}
	answer.Receipt = receiptOf(d.Place)
	if before := d.Recorded(); before != nil {
		items := itemAnswers(before)
		answer.RecordedItems = &items
	}
	return answer
}

func nameItems(lang i18n.Lang, tariff *dropoff.Tariff, items []DropOffItem) {
	for i := range items {
		if rule, ok := tariff.Rule(items[i].Item); ok {
			items[i].Name = optional(rule.Name(lang == i18n.English))
		}
	}
}

func itemAnswers(items []dropoff.Item) []DropOffItem {
	answers := make([]DropOffItem, len(items))
	for i, item := range items {
		answers[i] = DropOffItem{Item: item.Item, Category: Category(item.Category), Grams: optional(item.Grams),
			Pieces: optional(item.Pieces), Grade: optional(Grade(item.Grade)), Earned: Points(item.Earned), Cut: Points(item.Cut),
			PhotoId: optionalID(item.PhotoID)}
	}
	return answers
}

// listed is the answer for lists: with household, cleaner and what the tariff
// calls the items.
func (s *Server) listed(ctx context.Context, lang i18n.Lang, actor auth.Actor, dropOffs []*dropoff.DropOff) ([]DropOff, error) {
	var households, people []id.ID
	for _, d := range dropOffs {
		households, people = append(households, d.HouseholdID), append(people, d.CleanerID)
		if d.ReviewerID.Valid {
			people = append(people, d.ReviewerID.ID)
		}
	}
	named, err := s.briefs(ctx, households, people)
	if err != nil {
		return nil, err
	}
	answers := make([]DropOff, len(dropOffs))
	for i, d := range dropOffs {
		answers[i] = dropOffAnswer(d)
		tariff, err := s.DropOffs.TariffByID(ctx, d.TariffID)
		if err != nil {
			return nil, err
		}
		nameItems(lang, tariff, answers[i].Items)
		nameItems(lang, tariff, orZero(answers[i].RecordedItems))
		answers[i].Household, answers[i].Cleaner = named.household(d.HouseholdID), named.name(d.CleanerID)
		if d.ReviewerID.Valid {
			answers[i].Reviewer = named.name(d.ReviewerID.ID)
		}
		if d.Status == dropoff.Credited || d.Status == dropoff.Pending {
			until, err := s.DropOffs.UndoUntil(ctx, actor, d)
			if err != nil {
				return nil, err
			}
			answers[i].UndoUntil = &until
		}
	}
	return answers, nil
}

// ListDropOffs lists a day.
func (s *Server) ListDropOffs(c echo.Context, params ListDropOffsParams) error {
	ctx, actor := c.Request().Context(), actorOf(c)
	f := dropoff.Filter{DivisionID: orZero(params.Division), Day: s.Divisions.Today(), Limit: limitOf(params.Limit) + 1}
	if params.Day != nil {
		day, err := calendar.ParseDay(*params.Day)
		if err != nil {
			return fault.New(fault.Invalid, "request.bad_day").At("?day")
		}
		f.Day = day
	}
	if err := readCursor(params.Cursor, &f.Before); err != nil {
		return err
	}
	list, totals, err := s.DropOffs.List(ctx, actor, f)
	if err != nil {
		return err
	}
	list, next := page(list, f.Limit-1, func(d *dropoff.DropOff) any { return d.ID })
	items, err := s.listed(ctx, langOf(c), actor, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, DropOffList{Items: items, NextCursor: next, Totals: &DropOffTotals{
		DropOffs: totals.DropOffs, Households: totals.Households, Grams: totals.Grams, Credited: Points(totals.Credited)}})
}

// page cuts a list that was asked for with one item more than limit, and makes
// the cursor of the next page.
func page[T any](list []T, limit int, key func(T) any) ([]T, *string) {
	if len(list) <= limit {
		return list, nil
	}
	list = slices.Clip(list[:limit])
	return list, writeCursor(true, key(list[limit-1]))
}

// GetDropOff shows one.
func (s *Server) GetDropOff(c echo.Context, dropOffID PathId) error {
	d, err := s.DropOffs.Get(c.Request().Context(), actorOf(c), dropOffID)
	if err != nil {
		return err
	}
	return s.answerDropOff(c, http.StatusOK, d)
}

func (s *Server) answerDropOff(c echo.Context, status int, d *dropoff.DropOff) error {
	answers, err := s.listed(c.Request().Context(), langOf(c), actorOf(c), []*dropoff.DropOff{d})
	if err != nil {
		return err
	}
	return c.JSON(status, answers[0])
}

// decided answers a review or reversal.
func (s *Server) decided(c echo.Context, d *dropoff.DropOff) error {
	if d.Replayed {
		return s.answerDropOff(c, http.StatusOK, d)
	}
	return s.answerDropOff(c, http.StatusCreated, d)
}

// ReverseDropOff takes one back.
func (s *Server) ReverseDropOff(c echo.Context, dropOffID PathId) error {
	var req NewReversal
	if err := bind(c, &req); err != nil {
		return err
	}
	d, err := s.DropOffs.Reverse(c.Request().Context(), actorOf(c), req.Id, dropOffID, req.Reason)
	if err != nil {
		return err
	}
	return s.decided(c, d)
}
