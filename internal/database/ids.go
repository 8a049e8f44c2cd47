package database

import "hufen/internal/id"

// IDs makes arguments of ids, and of what follows them.
func IDs(ids []id.ID, more ...any) []any {
	args := make([]any, 0, len(ids)+len(more))
	for i := range ids {
		args = append(args, ids[i][:])
	}
	return append(args, more...)
}

// OrNull makes an argument of an id that may be absent.
func OrNull(n id.NullID) any {
	if !n.Valid {
		return nil
	}
	return n.ID[:]
}
