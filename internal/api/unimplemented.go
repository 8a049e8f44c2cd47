package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// unimplemented answers 501 to every operation. It is embedded in Server while
// the handlers are being written and removed with the last of them.
type unimplemented struct{}

func (unimplemented) IssueCard(_ echo.Context) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) LookUpCard(_ echo.Context) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) PrintCards(_ echo.Context, _ PrintCardsParams) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) ReplaceCard(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) RevokeCard(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) ListHouseholds(_ echo.Context, _ ListHouseholdsParams) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) CreateHousehold(_ echo.Context) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) GetHousehold(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) UpdateHousehold(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) CreateConfirmation(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) SetPin(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) RevealHousehold(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) ListImports(_ echo.Context, _ ListImportsParams) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) CreateImport(_ echo.Context) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) GetImportTemplate(_ echo.Context, _ ImportKind) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) GetImport(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) ApplyImport(_ echo.Context, _ PathId) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
func (unimplemented) ListImportRows(_ echo.Context, _ PathId, _ ListImportRowsParams) error {
	return echo.NewHTTPError(http.StatusNotImplemented)
}
