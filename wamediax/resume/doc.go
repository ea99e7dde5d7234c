// Package resume gets one object onto the WhatsApp CDN, whatever happens on the way.
//
// It knows hosts, offsets, tokens and retries; it knows nothing of encryption and of the WhatsApp socket. What it needs
// of those it is handed: a [cdn.ConnSource] that says which hosts there are and under which auth token they answer, and a
// [Body] that can be opened at any offset. Package wamediax puts the parts together; use this package by itself only to
// upload objects that you sealed yourself, or over a connection of your own.
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
// An upload is a row of attempts. Each goes to one host and is, from a threshold on ([WithThreshold]) and always once
// bytes have moved, preceded by a probe that asks the host how much of the object it holds. What then happens depends on
// how the attempt ended:
//
//	how it ended                              what follows
//	the host has the whole object             the answer is returned
//	bytes moved, then the connection broke,   the same host, from what it holds
//	stalled, or the answer was no good
//	nothing moved, or stalled once more       the next host; after all of them a pause
//	408, 429, 5xx                             a pause (Retry-After, else a growing one), then the next host
//	401, 403                                  one new auth token, then the same host
//	413, 415, any other 4xx                   each remaining host once, then an error
//	reading the body failed                   an error
//	the context ended                         its cause
//
// As long as bytes move an upload does not give up. Without progress it does after [WithMaxElapsed], or after
// [WithMaxAttempts] if that is set.
//
// # Live uploads
//
// [Uploader.Live] sends an object that is still being made, chunk by chunk. Each chunk goes the way of an upload, but without
// probes: it is sent again from its beginning. The host that has the chunks before it is offered it twice before another is,
// and one that has refused a chunk is not asked again.
//
// # Errors
//
// What every host said last is joined in one error: [errors.As] finds a [*cdn.StatusError] in it, [errors.Is] finds
// [cdn.ErrStalled] or [cdn.ErrTooLarge]. Where a host says that the object has not the hash that its token says (415), the body is
// read once more: [ErrChanged] tells that it is the body that changed. Neither the auth token nor the object's token is in any error's text.
package resume
