package api

import (
	_ "embed"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"hufen/internal/adjustment"
	"hufen/internal/api/contract"
	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/config"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
	"hufen/internal/trace"
)

// Server answers the HTTP interface. Its handlers are in one file per noun;
// each decodes a request, calls one use case and replies. The fields are set
// once, before Handler is called.
type Server struct {
	Config  config.Config
	DB      *database.DB
	Metrics *Metrics

	Divisions   *division.Service
	Auth        *auth.Service
	Households  *household.Service
	Collection  *collection.Service
	DropOffs    *dropoff.Service
	Redemptions *redemption.Service
	Settlements *settlement.Service
	Successions *succession.Service
	Traces      *trace.Service
	Adjustments *adjustment.Service
	Expiries    *expiry.Service
	Reports     *report.Service
	Budgets     *budget.Service
	Closings    *closing.Service
	Intake      *intake.Service

	ownPages   *database.Reads[id.ID, OwnHousehold]
	oneDropOff *contract.Operation // judges the parts of a batch
}

var _ ServerInterface = (*Server)(nil)

// prefix is where the operations of the contract are.
const prefix = "/api/v1"

// Handler returns everything the service answers: the operations of the
// contract, the documentation, the front end, and what an operator looks at.
func (s *Server) Handler() (http.Handler, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	e, err := s.router(doc)
	if err != nil {
		return nil, err
	}
	return headAsGet(e), nil
}

//go:embed openapi.yaml
var contractText []byte

// document parses the contract.
func document() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contractText)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	return doc, nil
}

func (s *Server) router(doc *openapi3.T) (*echo.Echo, error) {
	s.ownPages = database.NewReads(s.ownAnswers)
	agreed, err := contract.New(doc)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	e := echo.New()
	e.HTTPErrorHandler = answerError
	e.IPExtractor = clientAddress(s.Config.TrustedProxies)
	e.Use(s.observe, s.secure, s.limitRate())
	if err := s.routeOperations(e, agreed); err != nil {
		return nil, err
	}
	s.routeOperator(e)
	e.GET(household.SheetCSSPath, printStyle(household.SheetCSS))
	e.GET(settlement.SheetCSSPath, printStyle(settlement.SheetCSS))
	if err := s.routeDocs(e, doc); err != nil {
		return nil, err
	}
	return e, s.routeFrontEnd(e)
}

// routeOperations registers every operation of the contract behind its guard.
// An operation that would be left without one is an error.
func (s *Server) routeOperations(e *echo.Echo, agreed *contract.Contract) error {
	forgery := s.forgery()
	s.oneDropOff = agreed.Operation("createDropOff")
	guards := map[string][]echo.MiddlewareFunc{}
	for _, id := range agreed.IDs() {
		guards[id] = []echo.MiddlewareFunc{noStore, forgery, s.guard(agreed.Operation(id))}
	}
	var unguarded error
	e.OnAddRouteHandler = func(_ string, route echo.Route, _ echo.HandlerFunc, before []echo.MiddlewareFunc) {
		if len(before) != 3 {
			unguarded = fmt.Errorf("%s %s has no guard: the generated code and the contract differ", route.Method, route.Path)
		}
	}
	RegisterHandlersWithOptions(e, s, RegisterHandlersOptions{BaseURL: prefix, OperationMiddlewares: guards})
	e.OnAddRouteHandler = nil
	return unguarded
}

// headAsGet answers HEAD as GET; net/http leaves the body away.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}
