package api

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
)

// CreatePhoto keeps a photo.
func (s *Server) CreatePhoto(c echo.Context, params CreatePhotoParams) error {
	content, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	replayed, err := s.DropOffs.AddPhoto(c.Request().Context(), actorOf(c), params.Id, content)
	if err != nil {
		return err
	}
	return created(c, replayed, Photo(params))
}

// GetPhoto shows a photo.
func (s *Server) GetPhoto(c echo.Context, photoID PathId) error {
	photo, err := s.DropOffs.GetPhoto(c.Request().Context(), actorOf(c), photoID)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, photo.ContentType, photo.Bytes)
}

// ErasePhoto removes a photo.
func (s *Server) ErasePhoto(c echo.Context, photoID PathId) error {
	var req Reveal
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := s.DropOffs.ErasePhoto(c.Request().Context(), actorOf(c), photoID, req.Reason); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
