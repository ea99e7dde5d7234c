// Package resume uploads one object to the WhatsApp CDN. It resumes after
// broken connections, fails over to other hosts, and replaces stale tokens.
//
// It handles hosts, offsets, tokens and retries. It does not encrypt, and it
// has no WhatsApp socket: a [cdn.ConnSource] provides the hosts and the auth
// token, and a [Body] provides the bytes, from any offset. Package wamediax
// combines these parts. Use this package directly only to upload objects that
// you encrypted yourself, or with your own source of hosts.
//
//	Uploader.Upload   an object whose size and hash are known
//	Uploader.Live     an object that is still growing, chunk by chunk
//
//	uploader := resume.NewUploader(conns)
//	answer, err := uploader.Upload(ctx, resume.Object{
//		Path:  "/mms/video",
//		Token: resume.Token(sealed.Info().FileEncSHA256),
//		Body:  sealed,
//	}, nil)
//
// # Attempts
//
// An upload makes one or more attempts, each on one host. If the object reaches
// a threshold ([WithThreshold]), or if bytes may already have reached a host,
// the attempt starts with a probe, which asks the host how much of the object
// it has. The result of an attempt decides what follows, as for downloads:
//
//	result of an attempt                      next
//	all bytes sent, and a usable response     the upload is done
//	bytes moved, then the connection broke,   the same host, from what it has;
//	stalled, or gave no usable response       after two stalls in a row the next
//	nothing moved                             the next host; a pause after the last
//	408, 429, 5xx                             the next host; Retry-After applies
//	                                          only to the host that sent it
//	401, 403                                  one new token, then the same host
//	a resumed request refused (4xx)           another probe, then byte 0; only
//	                                          after that it counts as a refusal
//	413, 415, any other 4xx                   each remaining host once
//	reading the body failed                   an error
//	the context ended                         an error with its cause
//
// Every host is tried at least once. After that, an upload without progress
// fails after [WithMaxElapsed], or after [WithMaxAttempts] if that is set. Only
// bytes that a host confirms are progress.
//
// # Untrusted responses
//
// A success counts only if all bytes were sent to the host. A probe's result
// counts only up to the bytes that this upload may have sent, unless the caller
// states that the object may exist already ([Object.MayExist],
// [Object.Probe]). A host that claims more fails the probe. A host that
// received the whole object and lost it cannot be detected.
//
// # Live uploads
//
// [Uploader.Live] sends each chunk like an object, but without probes: a chunk
// that fails is sent again from its start. Only the host that has the earlier
// chunks may be able to continue, so it gets each chunk twice before another
// host does. A host that refused a chunk is not tried again.
//
// # Errors
//
// An error names each host with its last error, on one line. [errors.As] finds
// a [*cdn.StatusError] in it. [errors.Is] finds [cdn.ErrUnreachable] if a later
// upload might succeed, [cdn.ErrStalled], [cdn.ErrTooLarge], and the context's
// error and cause. If a host reports a wrong hash (415), Upload reads the body
// once more, and returns [ErrChanged] if it did change. No error text contains
// the auth token or the object's token.
package resume
