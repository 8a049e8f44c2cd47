package api

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/proof"
)

// verifications tells the newest verification that was kept, whichever instance
// did it.
type verifications struct{ db *database.DB }

var (
	verifyEnded = prometheus.NewDesc("hufen_verify_end_timestamp_seconds", "When the newest verification ended.", nil, nil)
	verifyTook  = prometheus.NewDesc("hufen_verify_duration_seconds", "How long the newest verification took.", nil, nil)
	verifyFound = prometheus.NewDesc("hufen_verify_findings", "What the newest verification found wrong; 0 is good.", nil, nil)
	verifyOK    = prometheus.NewDesc("hufen_verify_ok", "1 if the newest verification found everything in order.", nil, nil)
)

// Describe implements prometheus.Collector.
func (v verifications) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{verifyEnded, verifyTook, verifyFound, verifyOK} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (v verifications) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	runs, err := proof.Runs(ctx, v.db.Read, 1)
	if err != nil || len(runs) == 0 {
		return
	}
	r, ok := runs[0], 0.0
	if r.OK() {
		ok = 1
	}
	for d, value := range map[*prometheus.Desc]float64{
		verifyEnded: seconds(r.EndedAt), verifyTook: seconds(r.EndedAt - r.BeganAt), verifyFound: float64(r.Found), verifyOK: ok,
	} {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
}

func seconds(at calendar.Micros) float64 { return float64(at) / 1e6 }
