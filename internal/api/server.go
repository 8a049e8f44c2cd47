package api

import (
	"hufen/internal/config"
	"hufen/internal/database"
)

// Server answers the HTTP interface. Its handlers are in one file per noun;
// each decodes a request, calls one use case and replies. The services are set
// once, before Handler is called.
type Server struct {
	unimplemented

	Config config.Config
	DB     *database.DB
}

var _ ServerInterface = (*Server)(nil)
