package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/i18n"
)

// ListSettings lists every setting as it holds in a division.
func (s *Server) ListSettings(c echo.Context, params ListSettingsParams) error {
	ctx := c.Request().Context()
	states, err := s.Divisions.Settings(ctx, actorOf(c), params.Division, s.Divisions.Today())
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	list := SettingList{Items: make([]Setting, len(states))}
	for i, state := range states {
		list.Items[i] = settingAnswer(langOf(c), tree, state)
	}
	return c.JSON(http.StatusOK, list)
}

func settingAnswer(lang i18n.Lang, tree *division.Tree, state division.SettingState) Setting {
	answer := Setting{
		Name: string(state.Name), Title: i18n.Sentence(lang, "setting."+string(state.Name), nil), Unit: string(state.Unit),
		Value: state.Value.Value, Default: state.Default, Minimum: state.Minimum, Maximum: state.Maximum,
	}
	if !state.Value.DivisionID.IsZero() {
		brief := divisionBrief(tree, state.Value.DivisionID)
		answer.Division, answer.ValidFrom = &brief, &state.Value.ValidFrom
	}
	if len(state.Later) > 0 {
		later := make([]struct {
			ValidFrom calendar.Day `json:"valid_from"`
			Value     int64        `json:"value"`
		}, len(state.Later))
		for i, v := range state.Later {
			later[i].ValidFrom, later[i].Value = v.ValidFrom, v.Value
		}
		answer.Later = &later
	}
	return answer
}

// ChangeSetting gives a setting a value from a day on.
func (s *Server) ChangeSetting(c echo.Context) error {
	var req SettingChange
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	state, replayed, err := s.Divisions.ChangeSetting(ctx, actorOf(c), division.NewValue{
		ID: req.Id, DivisionID: req.DivisionId, Name: division.SettingName(req.Name), Value: req.Value, ValidFrom: req.ValidFrom,
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, settingAnswer(langOf(c), tree, state))
}
