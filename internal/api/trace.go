package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/id"
	"hufen/internal/trace"
)

// GetTrace follows points both ways.
func (s *Server) GetTrace(c echo.Context, of PathId) error {
	ctx := c.Request().Context()
	found, err := s.Traces.Follow(ctx, actorOf(c), langOf(c), of)
	if err != nil {
		return err
	}
	answer, err := s.traceAnswer(ctx, found)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

func (s *Server) traceAnswer(ctx context.Context, found *trace.Trace) (Trace, error) {
	answer := Trace{Id: found.ID, Subject: TraceSubject(found.Subject), Points: Points(found.Points), Fen: optional(found.Fen),
		Steps: make([]TraceStep, len(found.Steps)), Flow: make([]TraceAmount, len(found.Flow)), More: found.More, Sealed: found.Sealed}
	for i, step := range found.Steps {
		answer.Steps[i] = stepAnswer(step)
	}
	for i, a := range found.Flow {
		answer.Flow[i] = TraceAmount{Stage: TraceAmountStage(a.Stage), Points: Points(a.Points), Fen: a.Fen}
	}
	if seal := found.Seal; seal != nil {
		hash := seal.Hash()
		answer.Seal = &TraceSeal{Height: seal.Height, SealedAt: seal.SealedAt, Hash: hash.Short()}
	}
	if found.HouseholdID.IsZero() {
		return answer, nil
	}
	briefs, err := s.briefs(ctx, []id.ID{found.HouseholdID}, nil)
	answer.Household = briefs.household(found.HouseholdID)
	return answer, err
}

func stepAnswer(step trace.Step) TraceStep {
	answer := TraceStep{Kind: TraceStepKind(step.Kind), Id: step.ID, EntryId: optionalID(step.EntryID), At: step.At, RecordedAt: step.RecordedAt,
		Points: Points(step.Points), Fen: optional(step.Fen), Share: optional(int64(step.Share)), ShareFen: optional(step.ShareFen),
		Number: optional(step.Number), Facts: make([]TraceFact, len(step.Facts)), Hash: optional(step.Hash), SealHeight: optional(step.Height), This: step.This}
	if len(step.By) > 0 {
		answer.By = &step.By
	}
	for i, f := range step.Facts {
		answer.Facts[i] = TraceFact{Label: f.Label, Value: f.Value}
	}
	return answer
}
