// Package prove breaks the service on purpose and looks whether the promises of
// docs/ledger.md hold. Its tests start real processes (the service, MariaDB, a
// proxy between them), put load on them over HTTP, kill, cut and fill what is
// there to be killed, cut and filled, and then ask the oracle: everything that
// was acknowledged is there exactly once with that outcome, everything else once
// or not at all, sending it all again changes nothing, and `hufen verify` is
// clean. Each test prints one line with its counts.
//
// go test ./internal/prove is the short form; make prove the full one.
package prove
