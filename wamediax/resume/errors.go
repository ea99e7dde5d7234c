package resume

import "errors"

// Errors of uploads, for [errors.Is]. Those that downloads have as well are in package cdn.
var (
	// ErrBadAnswer: a host took the object, but its answer does not say where the object is.
	ErrBadAnswer = errors.New("answer is not usable")
	// ErrSource: the body could not be read. The body's own error is in the chain as well.
	ErrSource = errors.New("failed to read the object")
	// ErrChanged: a host refused the object because its hash does not match its token (415), and the host is right: the
	// body's bytes have changed.
	ErrChanged = errors.New("the object has changed")
	// ErrLiveUnsupported: the service refused the first chunk of a live upload. It does not support live uploads, or not of
	// this media type. The host's answer is in the chain, as a [*cdn.StatusError].
	ErrLiveUnsupported = errors.New("live upload is not supported")
)

var (
	// errEarly: a host reported success for a request that it cannot have read.
	errEarly = errors.New("host reported success too early")
	// errUnbelievable: a probe's answer claims more than can have reached a host.
	errUnbelievable = errors.New("host claims to hold what it was not sent")
	// errAttemptOver is what the transport gets if it reads a body on after its request has ended.
	errAttemptOver = errors.New("the attempt is over")
)
