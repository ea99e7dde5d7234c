// Package sqlstore stores the records of resumable uploads in SQLite or
// PostgreSQL.
//
//	use this         when
//	filestore        one machine uploads; it needs no setup
//	sqlstore         several machines share uploads, or the bot has a database
//
// # Tables
//
// The tables are wamediax_upload (records), wamediax_lease (locks) and
// wamediax_version. They can share a database with those of whatsmeow's
// sqlstore. A PostgreSQL database can hold only one store, whatever the schema,
// because dbutil looks for tables by name. Load, Save and Delete take part in a
// dbutil transaction of their context. Lock returns an error in a transaction.
//
// SQLite should wait instead of failing when there are several writers. With
// modernc.org/sqlite:
//
//	file:bot.db?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate
//
// # Locks
//
// A lock is a lease of 30 s ([WithLease]) by the database's clock; the clocks
// of the machines may differ. Its holder renews it every third of that time
// until it unlocks. The lease of a dead holder expires, after at most three
// times its length if the database's clock jumps back. If a holder cannot renew
// in time, because the database was unreachable, its clock jumped or the
// machine was suspended, another may take the lease ([WithLeaseLost]). Then two
// may send the same upload, which wastes traffic but does no damage.
//
// # Cancelling
//
// A call returns promptly when its context ends, and unlock within about half a
// second, even while SQLite waits for another writer. The statement itself
// continues in a goroutine until the database finishes it, at most for SQLite's
// busy_timeout. Closing the database waits for it.
//
// # Limits
//
// The store does not encrypt: everybody who can read wamediax_upload has the
// media keys. It does not log, and the database's own logger does not see the
// contents of records. It does not close the database, and removes old records
// only in Purge. A damaged record counts as not found until it is replaced or
// purged.
package sqlstore
