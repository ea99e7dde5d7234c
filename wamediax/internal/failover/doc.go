// Package failover decides what follows an attempt at a media host: which
// host is next, how long to wait before it, when to ask for something other
// than another attempt, and when to give up. Uploads and downloads share it.
//
// It is a state machine. It knows no HTTP, no context and no clock: callers
// say how an attempt ended and what time it is, and carry out the [Step] that
// comes back.
//
//	an attempt ended with            next
//	Broken, and bytes moved          the same host; after two stalls in a row the next
//	Broken, and nothing moved        the next host; after all of them, a growing pause
//	Busy                             the next host; RetryAfter binds only the host that sent it
//	Denied                           one new token, then the same host; then it is Refused
//	                                 (of a download: Gone)
//	Refused, of a resumed request    the same host: ask what it holds, then begin at byte 0;
//	                                 only then it is Refused
//	Refused                          each remaining host once, then an error
//	Gone                             recovery, if there is one; then each remaining host once
//	Fatal                            an error
//
// Every host is tried at least once before the machine gives up, whatever the
// limits of its [Policy]. Only [Machine.Progressed] counts as progress: bytes
// that merely left the client do not.
package failover
