# make run     the service with a demo town on http://localhost:8080
# make build   bin/hufen with the front end inside
# make test    everything: Go on SQLite and MariaDB, front end, browser
# make check   format, vet, staticcheck, types, generated code up to date
# make prove   kill, cut, fill and forge until something gives way: about 20 minutes
# make prove-galera   the same promises on a three-node Galera cluster
# make bench   throughput on SQLite and MariaDB, beside a floor program
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: run build test test-go test-web test-browser check prove prove-galera bench generate clean

export CGO_ENABLED := 0
GO_TEST := go test -timeout 20m

web_sources := $(shell find web/src web/public web/scripts -type f) $(wildcard web/*.ts web/*.json web/*.html)
go_sources := go.mod go.sum $(shell find cmd internal migrations -type f -not -name '*_test.go' -not -path '*/testdata/*') web/embed.go

run: bin/hufen
	bin/hufen serve --demo

build: bin/hufen

bin/hufen: web/dist/index.html $(go_sources)
	go build -trimpath -ldflags "-s -w" -o $@ ./cmd/hufen

web/dist/index.html: web/node_modules/.package-lock.json $(web_sources)
	cd web && npm run build
	touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci
	touch $@

test:
	scripts/need.sh
	$(MAKE) test-web
	$(MAKE) test-go
	$(MAKE) test-browser

test-web: web/node_modules/.package-lock.json
	cd web && npm run check && npm test
	$(MAKE) build

test-go:
	go vet ./...
	scripts/mariadb.sh -- $(GO_TEST) ./...

test-browser: build
	cd web && npm run e2e

check: web/node_modules/.package-lock.json
	@unformatted=$$(gofmt -l cmd internal migrations web/*.go); \
	  [ -z "$$unformatted" ] || { echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go tool -modfile=internal/tools/go.mod staticcheck ./...
	cd web && npm run check
	scripts/generated.sh

generate: web/node_modules/.package-lock.json
	go generate ./...
	cd web && npm run types

prove:
	scripts/prove.sh

prove-galera:
	scripts/galera.sh go test -count=1 -timeout 20m ./internal/prove -run Galera -full -v

bench: build
	scripts/mariadb.sh --durable -- bin/hufen bench

clean:
	rm -rf bin web/node_modules
	find web/dist -mindepth 1 -not -name .keep -delete
