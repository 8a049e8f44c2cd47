// Package household owns the 户: its place, its people, its cards and its
// PIN. Names and phones stand in tables of their own, apart from everything
// else, so that they can be erased when a household leaves. It leaves points
// to the ledger and drop-offs to dropoff.
package household
