// Package source makes the sources that callers pass re-readable, and
// identifies them.
//
//	a caller has                             it becomes
//	a file, a bytes.Reader                   InPlace: a section that is read in place
//	an io.ReadSeeker                         Seeked: a section that seeks before each read
//	a plain stream                           a spool.Spool, or the caller's own file (ScratchOn)
//	a function that opens a source           Late
//
// Watch ends reads of a source with a context and counts its bytes. Identify
// returns a fingerprint that shows, without reading a file, whether it has
// changed. Sniff returns the MIME type for the first bytes.
package source
