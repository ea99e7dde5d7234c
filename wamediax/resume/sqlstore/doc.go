// Package sqlstore keeps the records of uploads in SQLite or PostgreSQL.
//
//	use this         when
//	filestore        one machine uploads; there is nothing to set up
//	sqlstore         several machines share uploads, or the bot has a database
//
// # What it keeps where
//
// The tables wamediax_upload (records), wamediax_lease (locks) and
// wamediax_version go well with those of whatsmeow's sqlstore. In PostgreSQL one
// database takes the tables of one store, in whatever schema: dbutil looks for
// them by name. Load, Save and Delete are part of the database's transaction if
// their context comes from one; Lock is an error there.
//
// SQLite should pause instead of failing when several write at once. With
// modernc.org/sqlite:
//
//	file:bot.db?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate
//
// # Locks
//
// A lock is a lease of 30 s ([WithLease]) by the database's clock; those of the
// machines may differ. Its holder renews it every third of that time until it
// unlocks. The lease of a holder that died runs out, after three times its length
// at most if the database's clock jumps back. A holder that cannot renew in time,
// because the database was away, its clock jumped or the machine slept, may lose
// the lease to another ([WithLeaseLost]). Then two send the same object, which
// wastes bytes but breaks nothing.
//
// # Cancelling
//
// A call returns promptly when its context ends, and unlock within about half a
// second, even while SQLite waits for another writer. The statement itself then
// goes on in a goroutine until the database ends it, after its busy_timeout at
// the latest. Closing the database waits for it.
//
// # What it does not do
//
// It does not encrypt: whoever can read wamediax_upload has the media keys. It
// does not log, and the database's own logger does not see what is in a record.
// It does not close the database, and does not clean up unless Purge is called.
// A damaged record counts as not found until it is replaced or purged.
package sqlstore
