package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"gorm.io/gorm"

	"hufen/internal/database"
)

// Metrics counts what an operator wants to see. No label holds anything about a
// person: routes are named by their pattern.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	groups   prometheus.Histogram
}

// NewMetrics returns the metrics of a service and its database.
func NewMetrics(db *database.DB) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "hufen_http_request_seconds",
			Help:    "Time to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		groups: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "hufen_group_size",
			Help:    "Postings written together.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500},
		}),
	}
	m.registry.MustRegister(m.requests, m.groups, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(verifications{db})
	m.addPool("read", db.Read)
	m.addPool("write", db.Write)
	return m
}

func (m *Metrics) addPool(name string, db *gorm.DB) {
	if pool, err := db.DB(); err == nil {
		m.registry.MustRegister(collectors.NewDBStatsCollector(pool, name))
	}
}

// ObserveGroup is what database.DB.OnGroup is set to.
func (m *Metrics) ObserveGroup(size int) { m.groups.Observe(float64(size)) }

func (m *Metrics) observe(c echo.Context, took time.Duration) {
	m.requests.WithLabelValues(methodOf(c), routeOf(c), strconv.Itoa(c.Response().Status)).Observe(took.Seconds())
}

// methodOf keeps made-up methods from becoming labels.
func methodOf(c echo.Context) string {
	switch method := c.Request().Method; method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
