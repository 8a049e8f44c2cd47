// Package api is the HTTP face of Hufen: the contract in openapi.yaml, the
// routes, who may call them, and one file of handlers per noun. It holds no
// rule of the trade; every handler decodes, calls one use case and replies.
package api

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config codegen.yaml openapi.yaml
