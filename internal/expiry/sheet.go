package expiry

import (
	"context"
	"io"
	"iter"

	"hufen/internal/auth"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// WriteCSV writes all notices of a division, or of the actor's scope, as CSV
// that Excel opens, in a language. Names are masked, so the list may hang on the
// village board. Returns NotFound "division.unknown" outside the scope.
func (s *Service) WriteCSV(ctx context.Context, w io.Writer, actor auth.Actor, divisionID id.ID, lang i18n.Lang) error {
	return sheet.WriteCSV(w, s.lines(ctx, actor, divisionID, lang))
}

var noticeColumns = []string{"village", "group", "number", "name", "points", "expires_on"}

func (s *Service) lines(ctx context.Context, actor auth.Actor, divisionID id.ID, lang i18n.Lang) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		tree, err := s.divisions.Tree(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		heading := make([]any, len(noticeColumns))
		for i, column := range noticeColumns {
			heading[i] = i18n.Sentence(lang, "expiry.column."+column, nil)
		}
		if !yield(heading, nil) {
			return
		}
		for n, err := range s.eachNotice(ctx, actor, Filter{DivisionID: divisionID}) {
			if err != nil {
				yield(nil, err)
				return
			}
			group := ""
			if n.DivisionID != n.VillageID {
				group = tree.Name(n.DivisionID)
			}
			if !yield([]any{tree.Name(n.VillageID), group, n.HouseNumber, n.MaskedName, n.Points, n.ExpiresOn.String()}, nil) {
				return
			}
		}
	}
}
