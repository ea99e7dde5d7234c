// Package failover decides what follows an attempt at a media host: which host
// is next, how long to wait, whether to do something else first, and when to
// give up. Uploads and downloads share it.
//
// It is a state machine without HTTP, contexts or clocks: callers report the
// result of an attempt and the time, and carry out the returned [Step].
//
//	result of an attempt             next
//	Broken, and bytes moved          the same host; after two stalls in a row the next
//	Broken, and nothing moved        the next host; after all of them, a growing pause
//	Busy                             the next host; RetryAfter applies only to that host
//	Denied                           one new token, then the same host; then as Refused
//	                                 (downloads: as Gone)
//	Refused, of a resumed request    the same host: probe it, then start at byte 0;
//	                                 then as Refused
//	Refused                          each remaining host once, then an error
//	Gone                             recovery, if possible; then each remaining host once
//	Fatal                            an error
//
// Every host is tried at least once before the machine gives up, whatever the
// limits of its [Policy]. Only [Machine.Progressed] counts as progress, not
// bytes that were merely sent.
package failover
