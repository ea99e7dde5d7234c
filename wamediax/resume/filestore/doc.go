// Package filestore keeps the records of uploads as files.
//
//	use this         when
//	filestore        one machine uploads; there is nothing to set up
//	sqlstore         several machines share uploads, or the bot has a database
//
// # What it keeps where
//
// The directory holds, named after the SHA-256 of the upload's key:
//
//	….upload   the record: some hundred bytes, and up to 240 per MiB of media
//	….lock     exists while its lock is held or after its holder died
//	….broken   a damaged record; it counts as not found, and Purge removes it
//	           once it is old enough
//	…-….tmp    a record that is being written; Purge removes what a crash left,
//	           after an hour
//
// and guard.lock, which is empty and stays. Files have mode 0600. A record is
// written to a temporary file, synced and renamed, so a crash of the program or
// the machine leaves the old record or the new one. The operating system frees
// the lock of a process that dies. Whatever else is in the place of a file (a
// symlink, a FIFO, a directory) is an error that names it, and is not opened.
//
// # What it does not do
//
// It does not encrypt: whoever can read the files has the media keys. It creates
// the directory with mode 0700 and leaves the mode of an existing one alone. It
// does not clean up unless Purge is called. It needs a local file system: over
// NFS, locks and renames promise less, and a call may hang with the server.
package filestore
