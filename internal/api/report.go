package api

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/i18n"
	"hufen/internal/report"
)

// ticketsOfVillage is how many tickets a village's page shows.
const ticketsOfVillage = 500

// GetReduction answers with 减量率 per village, as JSON or as a file.
func (s *Server) GetReduction(c echo.Context, params GetReductionParams) error {
	ctx := c.Request().Context()
	q := report.Query{DivisionID: orZero(params.Division)}
	for _, month := range []struct {
		text    string
		pointer string
		into    *calendar.Month
	}{{params.From, "?from", &q.From}, {params.To, "?to", &q.To}, {orZero(params.BaseFrom), "?base_from", &q.BaseFrom}, {orZero(params.BaseTo), "?base_to", &q.BaseTo}} {
		var err error
		if *month.into, err = monthOf(month.text, month.pointer); err != nil {
			return err
		}
	}
	found, err := s.Reports.Reduction(ctx, actorOf(c), q)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	if format := orZero(params.Format); format != "" && format != GetReductionParamsFormatJson {
		return sendReduction(c, tree, found, format)
	}
	return c.JSON(http.StatusOK, reductionAnswer(langOf(c), found))
}

// monthOf reads a month of the query; without one it is the zero month.
func monthOf(text, pointer string) (calendar.Month, error) {
	if text == "" {
		return 0, nil
	}
	month, err := calendar.ParseMonth(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "report.no_month").At(pointer)
	}
	return month, nil
}

// sendReduction answers with a file. It is written before anything is sent, so
// that a failure still gets a proper answer.
func sendReduction(c echo.Context, tree *division.Tree, found *report.Reduction, format GetReductionParamsFormat) error {
	var file bytes.Buffer
	contentType, write := "text/csv; charset=utf-8", found.WriteCSV
	if format == GetReductionParamsFormatXlsx {
		contentType, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", found.WriteXLSX
	}
	if err := write(&file, tree, langOf(c)); err != nil {
		return err
	}
	name := fmt.Sprintf("reduction-%s-%s.%s", found.From, found.To, format)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, contentType, file.Bytes())
}

func reductionAnswer(lang i18n.Lang, found *report.Reduction) ReductionReport {
	answer := ReductionReport{From: found.From, To: found.To, BaseFrom: optional(found.BaseFrom), BaseTo: optional(found.BaseTo),
		TargetPermille: int(found.TargetPermille), Against: ReductionReportAgainst(found.Against), FormulaVersion: found.FormulaVersion,
		Rows: rowAnswers(lang, found.Rows)}
	if found.Total != nil {
		total := rowAnswer(lang, *found.Total)
		answer.Total = &total
	}
	if len(found.Towns) > 0 {
		towns := rowAnswers(lang, found.Towns)
		answer.Towns = &towns
	}
	return answer
}

func rowAnswers(lang i18n.Lang, rows []report.Row) []ReductionRow {
	answers := make([]ReductionRow, len(rows))
	for i, row := range rows {
		answers[i] = rowAnswer(lang, row)
	}
	return answers
}

func rowAnswer(lang i18n.Lang, row report.Row) ReductionRow {
	answer := ReductionRow{
		Division:  DivisionBrief{Id: row.Division.ID, Name: row.Division.Name, Level: Level(row.Division.Level)},
		Reduction: rateAnswer(lang, row.Reduction), RawReduction: rateAnswer(lang, row.Raw), DivertedShare: rateAnswer(lang, row.Diverted),
		Participation: rateAnswer(lang, row.Participation), Reached: row.Reached,
		CoverageDays: int(row.CoverageDays), Days: int(row.Days),
		DisposalGrams: row.DisposalGrams, FoodGrams: row.FoodGrams, RecyclableGrams: row.RecyclableGrams, HazardousGrams: row.HazardousGrams,
		PersonDays: optional(row.PersonDays), BaselineGrams: optional(row.BaselineGrams), BaselinePersonDays: optional(row.BaselinePersonDays),
		ActiveHouseholds: optional(row.ActiveHouseholds), Estimated: optional(row.Estimated),
	}
	if row.Participation.State == report.OK {
		answer.ParticipatingHouseholds = &row.ParticipatingHouseholds
	}
	if row.Villages > 0 {
		answer.Villages, answer.VillagesCounted, answer.VillagesReached = &row.Villages, &row.VillagesCounted, &row.VillagesReached
	}
	if row.Formula.Code != "" {
		answer.Formula = optional(i18n.Sentence(lang, row.Formula.Code, row.Formula.Args))
	}
	return answer
}

func rateAnswer(lang i18n.Lang, r report.Rate) Rate {
	if r.State != report.OK {
		return Rate{State: RateState(r.State), Code: &r.Reason.Code, Reason: optional(i18n.Sentence(lang, r.Reason.Code, r.Reason.Args))}
	}
	value := r.Value()
	return Rate{State: RateState(r.State), Value: &value, Text: optional(r.Text())}
}

// GetVillageReport answers with a village's month.
func (s *Server) GetVillageReport(c echo.Context, villageID PathId, params GetVillageReportParams) error {
	ctx := c.Request().Context()
	month, err := monthOf(params.Month, "?month")
	if err != nil {
		return err
	}
	found, err := s.Reports.Village(ctx, actorOf(c), villageID, month)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	tickets, err := collection.TicketsOfMonth(ctx, s.DB.Read, found.Division.ID, month, ticketsOfVillage)
	if err != nil {
		return err
	}
	answer := villageAnswer(langOf(c), found)
	if found.Baseline != nil {
		baseline := baselineAnswer(tree, *found.Baseline)
		answer.Baseline = &baseline
	}
	if len(tickets) > 0 {
		weighIns := weighInAnswers(tree, tickets)
		answer.WeighIns = &weighIns
	}
	return c.JSON(http.StatusOK, answer)
}

func villageAnswer(lang i18n.Lang, v *report.Village) VillageReport {
	answer := VillageReport{Division: DivisionBrief{Id: v.Division.ID, Name: v.Division.Name, Level: Level(v.Division.Level)}, Month: v.Month,
		Row: rowAnswer(lang, v.Row), TargetPermille: new(int(v.TargetPermille)), Days: make([]VillageDay, len(v.Days)),
		Trend: make([]VillageTrendMonth, len(v.Trend))}
	for i, d := range v.Days {
		answer.Days[i] = VillageDay{Day: d.Day, Category: d.Category, DropOffs: d.DropOffs, Grams: d.Grams, Points: Points(d.Points)}
	}
	for i, m := range v.Trend {
		answer.Trend[i] = VillageTrendMonth{Month: m.Month, Reduction: rateAnswer(lang, m.Reduction), DisposalGrams: m.DisposalGrams,
			GramsPerPersonDay: optional(m.GramsPerPersonDay), BaselineGramsPerPersonDay: optional(m.BaselineGramsPerPersonDay)}
	}
	population := make([]PopulationStep, len(v.Population))
	for i, p := range v.Population {
		population[i] = PopulationStep{From: p.From, To: p.To, Persons: p.Persons, Households: p.Households}
	}
	answer.Population = &population
	return answer
}

// GetActivity answers with drop-offs per month, class and division.
func (s *Server) GetActivity(c echo.Context, params GetActivityParams) error {
	q := report.ActivityQuery{DivisionID: orZero(params.Division), Level: division.Level(orZero(params.Level))}
	var err error
	if q.From, err = monthOf(params.From, "?from"); err != nil {
		return err
	}
	if q.To, err = monthOf(params.To, "?to"); err != nil {
		return err
	}
	rows, err := s.Reports.Activity(c.Request().Context(), actorOf(c), q)
	if err != nil {
		return err
	}
	answer := Activity{Rows: make([]ActivityRow, len(rows))}
	for i, r := range rows {
		answer.Rows[i] = ActivityRow{Division: DivisionBrief{Id: r.Division.ID, Name: r.Division.Name, Level: Level(r.Division.Level)}, Month: r.Month,
			Category: r.Category, DropOffs: r.DropOffs, Grams: r.Grams, Points: Points(r.Points), Households: r.Households}
	}
	return c.JSON(http.StatusOK, answer)
}
