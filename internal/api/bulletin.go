package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/qr"
	"hufen/internal/redemption"
	"hufen/internal/report"
)

// boardReaders print what hangs on the village board: those who read the
// households.
var boardReaders = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Auditor, auth.Administrator}

// How many days after the month people may speak up where no class has an
// objection period, and how many they have at least from the day of printing.
const (
	sayDays      = 12
	leastSayDays = 7
)

// householdsAtOnce bounds an IN list.
const householdsAtOnce = 2000

// GetPointsBulletin shows what the households of a village got in a month.
func (s *Server) GetPointsBulletin(c echo.Context, params GetPointsBulletinParams) error {
	ctx, actor := c.Request().Context(), actorOf(c)
	month, err := monthOf(params.Month, "?month")
	if err != nil {
		return err
	}
	if month > s.Divisions.Today().Month() {
		return fault.New(fault.Invalid, "bulletin.future_month").At("?month")
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	place, village, err := boardPlace(tree, actor, orZero(params.Division))
	if err != nil {
		return err
	}
	answer := PointsBulletin{Village: divisionBrief(tree, village), Month: month}
	if actor.Covers(tree, place, auth.Cadre) {
		answer.Contact = optional(actor.Name)
	}
	if answer.Until, err = s.sayUntil(ctx, village, month); err != nil {
		return err
	}
	if answer.Sheets, err = s.pointsSheets(ctx, tree, place, village, month); err != nil {
		return err
	}
	if err := s.addRate(c, &answer); err != nil {
		return err
	}
	if answer.Seal, err = s.boardSeal(ctx); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// addRate adds the village's rate, which everybody reads, whoever prints it.
func (s *Server) addRate(c echo.Context, answer *PointsBulletin) error {
	village := answer.Village.Id
	reader := auth.Actor{Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: village}}}
	found, err := s.Reports.Reduction(c.Request().Context(), reader, report.Query{DivisionID: village, From: answer.Month, To: answer.Month})
	if err != nil {
		return err
	}
	answer.TargetPermille = int(found.TargetPermille)
	if len(found.Rows) == 1 {
		rate := rateAnswer(langOf(c), found.Rows[0].Reduction)
		answer.Reduction = &rate
	}
	return nil
}

// boardPlace returns the village or group a board is for, and its village. Whoever
// belongs to one division means that where none is named. Faults: NotFound
// "division.unknown" outside the actor's scope, Invalid "bulletin.no_village"
// above a village.
func boardPlace(tree *division.Tree, actor auth.Actor, place id.ID) (_, village id.ID, err error) {
	if own := actor.Divisions(boardReaders...); place.IsZero() && len(own) == 1 {
		place = own[0]
	}
	if !place.IsZero() && !actor.Covers(tree, place, boardReaders...) {
		return place, village, division.Unknown().At("?division")
	}
	found, ok := tree.Village(place)
	if !ok {
		return place, village, fault.New(fault.Invalid, "bulletin.no_village").At("?division")
	}
	return place, found.ID, nil
}

// sayUntil is the last day to say that something is wrong: the village's longest
// objection period after the month.
func (s *Server) sayUntil(ctx context.Context, village id.ID, month calendar.Month) (calendar.Day, error) {
	longest := int64(0)
	for _, name := range []division.SettingName{division.CreditFood, division.CreditRecyclable, division.CreditHazardous, division.CreditResidual} {
		days, err := s.Divisions.Setting(ctx, name, village, month.Last())
		if err != nil {
			return 0, err
		}
		longest = max(longest, days)
	}
	if longest == 0 {
		longest = sayDays
	}
	return max(month.Last().AddDays(int(longest)), s.Divisions.Today().AddDays(leastSayDays)), nil
}

// pointsSheets returns a sheet for each group with households, and for those of a
// village that are in none. A household stands on it that was there at the end of
// the month, or got or spent something in it.
func (s *Server) pointsSheets(ctx context.Context, tree *division.Tree, place, village id.ID, month calendar.Month) ([]PointsBulletinSheet, error) {
	households, err := s.Households.Within(ctx, place)
	if err != nil {
		return nil, err
	}
	best, err := s.DropOffs.SortedBest(ctx, village, month)
	if err != nil {
		return nil, err
	}
	sheets, end := []PointsBulletinSheet{}, month.Next().First().Start(s.Config.Zone)
	var group id.ID
	for part := range slices.Chunk(households, householdsAtOnce) {
		earned, redeemed, err := s.monthOfHouseholds(ctx, part, month)
		if err != nil {
			return nil, err
		}
		for _, h := range part {
			there := h.OpenedAt < end && (h.ClosedAt == 0 || h.ClosedAt >= end)
			if !there && earned[h.ID].DropOffs == 0 && redeemed[h.ID].Redemptions == 0 {
				continue
			}
			if len(sheets) == 0 || h.DivisionID != group {
				group = h.DivisionID
				sheets = append(sheets, newPointsSheet(tree, group, village))
			}
			sheets[len(sheets)-1].add(h, earned[h.ID], redeemed[h.ID], best[h.ID])
		}
	}
	return sheets, nil
}

func (s *Server) monthOfHouseholds(ctx context.Context, households []household.Household, month calendar.Month) (map[id.ID]dropoff.Earned, map[id.ID]redemption.Totals, error) {
	ids := make([]id.ID, len(households))
	for i, h := range households {
		ids[i] = h.ID
	}
	earned, err := s.DropOffs.MonthEarned(ctx, ids, month)
	if err != nil {
		return nil, nil, err
	}
	redeemed, err := s.Redemptions.MonthRedeemed(ctx, ids, month)
	return earned, redeemed, err
}

func newPointsSheet(tree *division.Tree, group, village id.ID) PointsBulletinSheet {
	sheet := PointsBulletinSheet{Rows: []PointsBulletinRow{}}
	if group != village {
		brief := divisionBrief(tree, group)
		sheet.Group = &brief
	}
	return sheet
}

func (sheet *PointsBulletinSheet) add(h household.Household, earned dropoff.Earned, redeemed redemption.Totals, excellent bool) {
	sheet.Earned += Points(earned.Points)
	sheet.Redeemed += Points(redeemed.Points)
	sheet.RedeemedFen += redeemed.Fen
	row := PointsBulletinRow{HouseNumber: h.HouseNumber, MaskedName: h.MaskedName, Visits: earned.DropOffs, Points: Points(earned.Points)}
	if excellent {
		row.Excellent = &excellent
	}
	sheet.Rows = append(sheet.Rows, row)
}

// boardSeal draws the newest seal; nil where there is none yet.
func (s *Server) boardSeal(ctx context.Context) (*PointsBulletinSeal, error) {
	newest, err := ledger.NewestSeal(ctx, s.DB.Read)
	if errors.Is(err, ledger.ErrNoSeal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	drawn, err := qr.Draw(newest.BoardText(), qr.Medium)
	if err != nil {
		return nil, err
	}
	return &PointsBulletinSeal{Short: newest.Hash().Short(), SealedAt: newest.SealedAt, QrPath: drawn.Path, QrSide: drawn.Side}, nil
}
