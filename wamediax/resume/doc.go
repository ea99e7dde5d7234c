// Package resume uploads one object to the WhatsApp CDN and survives broken
// connections, dead hosts and stale tokens.
//
// It handles hosts, offsets, tokens and retries. It does not encrypt, and it
// has no WhatsApp socket: a [cdn.ConnSource] supplies the hosts and the auth
// token, and a [Body] supplies the bytes, from any offset. Package wamediax
// puts the parts together. Use this package directly only to upload objects
// that you encrypted yourself, or over a connection of your own.
//
//	Uploader.Upload   an object whose size and hash are known
//	Uploader.Live     an object that is still being made, chunk by chunk
//
//	uploader := resume.NewUploader(conns)
//	answer, err := uploader.Upload(ctx, resume.Object{
//		Path:  "/mms/video",
//		Token: resume.Token(sealed.Info().FileEncSHA256),
//		Body:  sealed,
//	}, nil)
//
// # What an upload does
//
// An upload makes attempts. Each goes to one host. From a threshold on
// ([WithThreshold]), and always once bytes may have reached a host, it begins
// with a probe that asks the host how much of the object it holds. The result
// decides what follows, as for downloads:
//
//	an attempt ended with                     next
//	all bytes sent, and a usable answer       the answer is returned
//	bytes moved, then the connection broke,   the same host, from what it holds;
//	stalled, or gave no usable answer         after two stalls in a row the next
//	nothing moved                             the next host; after all a pause
//	408, 429, 5xx                             the next host; Retry-After applies
//	                                          only to the host that sent it
//	401, 403                                  one new token, then the same host
//	a resumed request refused (4xx)           another probe, then byte 0, and
//	                                          only then it counts as a refusal
//	413, 415, any other 4xx                   each remaining host once
//	reading the body failed                   an error
//	the context ended                         an error with its cause
//
// Every host is tried at least once. After that an upload without progress
// ends after [WithMaxElapsed], or after [WithMaxAttempts] if that is set.
// Progress is what a host confirms: bytes that merely left are none.
//
// # What is believed
//
// A success counts only if the host was sent everything. A probe's answer
// counts only up to what this upload may have sent, unless the caller says
// that the object may exist already ([Object.MayExist], [Object.Probe]). What
// a host claims beyond that is a failed probe. A host that was sent the whole
// object, and lost it, cannot be told from one that has it.
//
// # Live uploads
//
// [Uploader.Live] sends each chunk as an upload sends an object, but without
// probes: a chunk that fails is sent again from its beginning. Only the host
// that has the earlier chunks may know how to go on, so it gets each chunk
// twice before another host does. A host that refused a chunk is not asked
// again.
//
// # Errors
//
// An error names each host and what it said last, on one line. [errors.As]
// finds a [*cdn.StatusError] in it, [errors.Is] finds [cdn.ErrUnreachable] if
// hosts might still serve later, [cdn.ErrStalled], [cdn.ErrTooLarge], and the
// context's error and cause. If a host says that the hash is wrong (415), the
// body is read once more: [ErrChanged] means that the body did change. No
// error's text contains the auth token or the object's token.
package resume
