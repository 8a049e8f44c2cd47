package api

import (
	"database/sql"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/points"
)

// ListTariffs lists the versions that hold in a division.
func (s *Server) ListTariffs(c echo.Context, params ListTariffsParams) error {
	ctx := c.Request().Context()
	tariffs, err := s.DropOffs.Tariffs(ctx, actorOf(c), params.Division)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	items := make([]Tariff, len(tariffs))
	for i, t := range tariffs {
		items[i] = tariffAnswer(tree, t)
	}
	return c.JSON(http.StatusOK, TariffList{Items: items})
}

// CreateTariff adds a version.
func (s *Server) CreateTariff(c echo.Context) error {
	var req NewTariff
	if err := bind(c, &req); err != nil {
		return err
	}
	t, replayed, err := s.DropOffs.AddTariff(c.Request().Context(), actorOf(c), tariffInput(req))
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(c.Request().Context())
	if err != nil {
		return err
	}
	return created(c, replayed, tariffAnswer(tree, t))
}

// GetCurrentTariff shows the version in force today.
func (s *Server) GetCurrentTariff(c echo.Context, params GetCurrentTariffParams) error {
	ctx := c.Request().Context()
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	divisionID, err := divisionOrOwn(tree, actorOf(c), params.Division)
	if err != nil {
		return err
	}
	t, err := s.DropOffs.TariffOn(ctx, divisionID, s.Divisions.Today())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tariffAnswer(tree, t))
}

// divisionOrOwn returns the division asked for, or the actor's first. One
// outside the scope is NotFound "division.unknown".
func divisionOrOwn(tree *division.Tree, actor auth.Actor, asked *Id) (id.ID, error) {
	if asked == nil {
		for _, d := range actor.Divisions() {
			return d, nil
		}
		return id.ID{}, division.Unknown()
	}
	if !actor.Covers(tree, *asked) {
		return id.ID{}, division.Unknown().At("?division")
	}
	return *asked, nil
}

func tariffInput(req NewTariff) dropoff.NewTariff {
	in := dropoff.NewTariff{ID: req.Id, DivisionID: req.DivisionId, ValidFrom: req.ValidFrom, Note: orZero(req.Note)}
	for _, r := range req.Rules {
		in.Rules = append(in.Rules, dropoff.Rule{Item: r.Item, Category: string(r.Category), NameZh: r.NameZh, NameEn: r.NameEn,
			Basis: string(r.Basis), Points: points.Points(orZero(r.Points)), PerCount: int64(max(orZero(r.PerCount), 1)),
			Grades: dropoff.Grades{Excellent: points.Points(orZero(r.Excellent)), Good: points.Points(orZero(r.Good)),
				Fair: points.Points(orZero(r.Fair)), Poor: points.Points(orZero(r.Poor))},
			Crediting: sql.NullInt64{Int64: orZero(r.Crediting), Valid: r.Crediting != nil}})
	}
	for _, k := range orZero(req.Caps) {
		in.Caps = append(in.Caps, dropoff.Cap{Period: string(k.Period), Category: string(k.Category), Points: points.Points(k.Points)})
	}
	return in
}

func tariffAnswer(tree *division.Tree, t *dropoff.Tariff) Tariff {
	answer := Tariff{Id: t.ID, Division: divisionBrief(tree, t.DivisionID), Version: t.Version, ValidFrom: t.ValidFrom,
		Note: optional(t.Note), Rules: make([]TariffRule, len(t.Rules)), Caps: make([]TariffCap, len(t.Caps))}
	for i, r := range t.Rules {
		rule := TariffRule{Item: r.Item, Category: Category(r.Category), NameZh: r.NameZh, NameEn: r.NameEn, Basis: TariffRuleBasis(r.Basis)}
		if r.Basis == dropoff.PerGrade {
			rule.Excellent, rule.Good = hundredths(r.Grades.Excellent), hundredths(r.Grades.Good)
			rule.Fair, rule.Poor = hundredths(r.Grades.Fair), hundredths(r.Grades.Poor)
		} else {
			perCount := int(r.PerCount)
			rule.Points, rule.PerCount = hundredths(r.Points), &perCount
		}
		if r.Crediting.Valid {
			rule.Crediting = &r.Crediting.Int64
		}
		answer.Rules[i] = rule
	}
	for i, k := range t.Caps {
		answer.Caps[i] = TariffCap{Period: TariffCapPeriod(k.Period), Category: TariffCapCategory(k.Category), Points: int64(k.Points)}
	}
	return answer
}

func hundredths(p points.Points) *int64 { return (*int64)(&p) }
