package resume

import "errors"

// Errors of uploads, for [errors.Is]. Package cdn has those that downloads return as well.
var (
	// ErrBadAnswer means that a host took the object, but its response does not locate it.
	ErrBadAnswer = errors.New("response is not usable")
	// ErrSource means that reading the body failed. The body's error is in the chain as well.
	ErrSource = errors.New("failed to read the object")
	// ErrChanged means that a host refused the object because its hash does not match its token
	// (415), and that the body's bytes have indeed changed.
	ErrChanged = errors.New("the object has changed")
	// ErrLiveUnsupported means that the service refused the first chunk of a live upload: it does
	// not support live uploads, or not for this media type. The chain has the [*cdn.StatusError].
	ErrLiveUnsupported = errors.New("live upload is not supported")
)

var (
	// errEarly means that a host reported success for a request that it cannot have read.
	errEarly = errors.New("host reported success too early")
	// errImplausible means that a probe claims more bytes than can have reached the host.
	errImplausible = errors.New("host claims bytes that were not sent to it")
	// errAttemptOver is returned to a transport that reads a body after its request has ended.
	errAttemptOver = errors.New("attempt is over")
)
