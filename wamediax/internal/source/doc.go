// Package source turns what callers hand in into something that can be read
// again, and identifies it.
//
//	a caller has                             it becomes
//	a file, a bytes.Reader                   InPlace: a section that is read where it is
//	an io.ReadSeeker                         Seeked: a section that seeks before each read
//	a plain stream                           a spool.Spool, or the caller's own file (ScratchOn)
//	something to open when its turn comes    Late
//
// Watch ends a source with its context and counts what is read of it. Identify
// says whether a file is the one that was read before, without reading it.
// Sniff returns the MIME type by the first bytes.
package source
