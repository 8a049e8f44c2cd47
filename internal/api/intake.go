package api

import (
	"bytes"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/fault"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/sheet"
)

// ListImports lists imports, newest first.
func (s *Server) ListImports(c echo.Context, params ListImportsParams) error {
	var after intake.Cursor
	if err := readCursor(params.Cursor, &after); err != nil {
		return err
	}
	imports, more, err := s.Intake.List(c.Request().Context(), actorOf(c), after, limitOf(params.Limit))
	if err != nil {
		return err
	}
	list := ImportList{Items: make([]Import, len(imports))}
	for i, imp := range imports {
		list.Items[i] = importAnswer(langOf(c), imp)
	}
	if more {
		last := imports[len(imports)-1]
		list.NextCursor = writeCursor(more, intake.Cursor{CreatedAt: last.CreatedAt, ID: last.ID})
	}
	return c.JSON(http.StatusOK, list)
}

// CreateImport takes a file in and has it checked.
func (s *Server) CreateImport(c echo.Context) error {
	upload, err := readUpload(c)
	if err != nil {
		return err
	}
	imp, replayed, err := s.Intake.Create(c.Request().Context(), actorOf(c), upload)
	if err != nil {
		return err
	}
	return created(c, replayed, importAnswer(langOf(c), imp))
}

// readUpload reads the form, which was checked against the contract.
func readUpload(c echo.Context) (upload intake.Upload, err error) {
	upload.Kind, upload.Mapping = intake.Kind(c.FormValue("kind")), c.FormValue("map")
	if upload.ID, err = id.Parse(c.FormValue("id")); err != nil {
		return upload, fault.New(fault.Malformed, "request.malformed").At("/id")
	}
	if division := c.FormValue("division"); division != "" {
		if upload.DivisionID, err = id.Parse(division); err != nil {
			return upload, fault.New(fault.Malformed, "request.malformed").At("/division")
		}
	}
	header, err := c.FormFile("file")
	if err != nil {
		return upload, fault.New(fault.Malformed, "request.malformed").Because(err).At("/file")
	}
	file, err := header.Open()
	if err != nil {
		return upload, err
	}
	defer file.Close()
	upload.FileName = header.Filename
	upload.File, err = io.ReadAll(io.LimitReader(file, sheet.MaxBytes+1))
	return upload, err
}

// GetImport shows how far an import is.
func (s *Server) GetImport(c echo.Context, importID PathId) error {
	imp, err := s.Intake.Get(c.Request().Context(), actorOf(c), importID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, importAnswer(langOf(c), imp))
}

// ListImportRows shows what each row would do, and what is wrong with it.
func (s *Server) ListImportRows(c echo.Context, importID PathId, params ListImportRowsParams) error {
	after := 0
	if err := readCursor(params.Cursor, &after); err != nil {
		return err
	}
	rows, more, err := s.Intake.Rows(c.Request().Context(), actorOf(c), importID, intake.Verdict(orZero(params.Verdict)), after, limitOf(params.Limit))
	if err != nil {
		return err
	}
	list := ImportRowList{Items: make([]ImportRow, len(rows))}
	for i, row := range rows {
		list.Items[i] = importRowAnswer(langOf(c), row)
	}
	if more {
		list.NextCursor = writeCursor(more, rows[len(rows)-1].Number)
	}
	return c.JSON(http.StatusOK, list)
}

// ApplyImport stores a checked file.
func (s *Server) ApplyImport(c echo.Context, importID PathId) error {
	var req ApplyImport
	if err := bind(c, &req); err != nil {
		return err
	}
	imp, err := s.Intake.Apply(c.Request().Context(), actorOf(c), importID, intake.Mode(req.Mode))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, importAnswer(langOf(c), imp))
}

// GetImportTemplate answers with an empty sheet to fill in.
func (s *Server) GetImportTemplate(c echo.Context, kind ImportKind) error {
	var file bytes.Buffer
	if err := intake.WriteTemplate(&file, intake.Kind(kind)); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="hufen-`+string(kind)+`.xlsx"`)
	return c.Blob(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", file.Bytes())
}

func importAnswer(lang i18n.Lang, imp intake.Import) Import {
	answer := Import{
		Id: imp.ID, Kind: ImportKind(imp.Kind), FileName: imp.FileName, State: ImportState(imp.State), CreatedAt: imp.CreatedAt,
		TotalRows: imp.Counts.Total, DoneRows: imp.Counts.Done, CreatedRows: imp.Counts.Created, ChangedRows: imp.Counts.Changed,
		SameRows: imp.Counts.Same, WrongRows: imp.Counts.Wrong,
	}
	if imp.Mode != "" {
		mode := ImportMode(imp.Mode)
		answer.Mode = &mode
	}
	if f := imp.Fault; f != nil {
		answer.Problem = &Problem{
			Type: "about:blank", Title: i18n.Sentence(lang, "kind."+f.Kind.String(), nil), Status: f.Kind.Status(),
			Code: f.Code, Detail: i18n.Sentence(lang, f.Code, f.Args),
		}
	}
	return answer
}

func importRowAnswer(lang i18n.Lang, row intake.Row) ImportRow {
	answer := ImportRow{Row: row.Number, Verdict: Verdict(row.Verdict), Preview: row.Preview}
	if f := row.Fault; f != nil {
		detail := i18n.Sentence(lang, "import.row", map[string]any{"row": row.Number, "reason": i18n.Sentence(lang, f.Code, f.Args)})
		answer.Code, answer.Detail = &f.Code, &detail
	}
	return answer
}
