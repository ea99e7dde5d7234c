package retry

import "errors"

var (
	// ErrNewsletter means that the message is from a newsletter. Its media is not encrypted, and a
	// request needs the media key.
	ErrNewsletter = errors.New("the media of newsletter messages cannot be requested again")
	// ErrKeySize means that the media key is not 32 bytes. Nothing was sent.
	ErrKeySize = errors.New("media key is not 32 bytes")
	// ErrTimeout means that no answer arrived in time. The phone may be offline; a later answer is
	// ignored. If the chain has whatsmeow.ErrNotConnected, the client was offline, and not the
	// phone.
	ErrTimeout = errors.New("the phone did not answer in time")
	// ErrInvalidAnswer means that the phone's answer cannot be used: it does not decrypt, reports
	// success without a path, or names another message in its encrypted part.
	ErrInvalidAnswer = errors.New("the phone's answer is not valid")
	// ErrInEventHandler means that an event handler of the client called Request or RequestAll.
	// whatsmeow delivers the phone's answer only after the handler returns, so waiting there cannot
	// succeed. Nothing was sent. Call it in a goroutine that the handler does not wait for.
	ErrInEventHandler = errors.New(
		"called from an event handler, which blocks the event that has the phone's answer until it returns; call it in a goroutine")
	// ErrClosed means that the requester was closed before or during the request.
	ErrClosed = errors.New("the requester is closed")
)

// errStalled is in the chain of an ErrTimeout if the client's socket caused it.
var errStalled = errors.New("client's connection accepts no data")
