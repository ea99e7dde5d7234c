// Package filestore stores the records of resumable uploads as files.
//
//	use this         when
//	filestore        one machine uploads; it needs no setup
//	sqlstore         several machines share uploads, or the bot has a database
//
// # Files
//
// The directory contains the following files, named after the SHA-256 of the
// upload's key:
//
//	….upload   the record: a few hundred bytes, plus up to 240 per MiB of media
//	….lock     exists while its lock is held, or after its holder died
//	….broken   a damaged record; it counts as not found, and Purge removes it
//	           once it is old enough
//	…-….tmp    a record being written; if a crash leaves one, Purge removes it
//	           after an hour
//
// It also contains guard.lock, which is empty and permanent. Files have mode
// 0600. The store writes a record to a temporary file, syncs and renames it, so
// that a crash of the program or the machine leaves either the old or the new
// record. The operating system releases the locks of a process that dies. If
// there is anything but a regular file in the place of a file (a symlink, a
// FIFO, a directory), the store does not open it and returns an error that
// names it.
//
// # Limits
//
// The store does not encrypt: everybody who can read the files has the media
// keys. It creates the directory with mode 0700, but does not change the mode
// of an existing one. It removes old records only in Purge. It needs a local
// file system: over NFS, locks and renames are less reliable, and a call may
// hang with the server.
package filestore
