package api

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/export"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// PrintSealBoard answers with the newest seal as a page for the village board.
func (s *Server) PrintSealBoard(c echo.Context) error {
	newest, err := ledger.NewestSeal(c.Request().Context(), s.DB.Read)
	if err != nil {
		return fault.New(fault.NotFound, "seal.none").Because(err)
	}
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	return proof.WriteBoard(c.Response(), newest, s.Config.Zone, langOf(c))
}

// exporting lets one file of the whole book be made at a time on an instance.
var exporting sync.Mutex

// ExportBook answers with the whole book as one file, for those whose scope it
// is. The file is made before anything is sent, so that a failure gets a proper
// answer.
func (s *Server) ExportBook(c echo.Context) error {
	ctx := c.Request().Context()
	villages, err := s.exportedVillages(ctx, actorOf(c), nil, auth.Auditor, auth.Administrator)
	if err != nil {
		return err
	}
	if villages != nil {
		return fault.New(fault.Forbidden, "export.not_all")
	}
	if !exporting.TryLock() {
		return fault.New(fault.Unavailable, "export.busy")
	}
	defer exporting.Unlock()
	folder, err := os.MkdirTemp(s.Config.DataDir, ".export-")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "book.db")
	if err := export.WriteFile(ctx, s.DB, path, nil); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/vnd.sqlite3")
	return c.Attachment(path, "hufen-"+s.today()+".db")
}

// ExportSheets answers with tables for a spreadsheet, row by row.
func (s *Server) ExportSheets(c echo.Context, params ExportSheetsParams) error {
	ctx := c.Request().Context()
	villages, err := s.exportedVillages(ctx, actorOf(c), params.Division, auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "application/zip")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="hufen-`+s.today()+`.zip"`)
	c.Response().WriteHeader(http.StatusOK)
	return export.WriteSheets(ctx, s.DB, c.Response(), export.Sheets{Villages: villages, Zone: s.Config.Zone, Lang: langOf(c)})
}

func (s *Server) today() string { return calendar.DayOf(calendar.Now(), s.Config.Zone).String() }

// exportedVillages returns the villages of a division, or of all divisions in
// which the actor has one of the roles; nil are all there are.
func (s *Server) exportedVillages(ctx context.Context, actor auth.Actor, division *id.ID, roles ...auth.Role) ([]id.ID, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	under := actor.Divisions(roles...)
	if division != nil {
		if !actor.Covers(tree, *division, roles...) {
			return nil, fault.New(fault.NotFound, "division.unknown").At("?division")
		}
		under = []id.ID{*division}
	}
	chosen, all := tree.Villages(under...), tree.Villages(id.ID{})
	if len(chosen) == len(all) {
		return nil, nil
	}
	villages := make([]id.ID, len(chosen))
	for i, v := range chosen {
		villages[i] = v.ID
	}
	return villages, nil
}
