package dropoff

import (
	"context"

	"hufen/internal/auth"
	"hufen/internal/id"
)

// AcceptAndReverse accepts a drop-off and takes it back, in one group.
func (s *Service) AcceptAndReverse(ctx context.Context, actor auth.Actor, dropOffID id.ID) []Outcome {
	return s.submitAll(ctx, []*decision{
		newDecision("review", accepted, actor, id.New(), dropOffID, ""),
		newDecision("reversal", "", actor, id.New(), dropOffID, "称错了"),
	})
}
