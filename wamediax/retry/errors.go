package retry

import "errors"

var (
	// ErrNewsletter: media of newsletters is not encrypted and has no media key, without which nothing can be asked for.
	ErrNewsletter = errors.New("the media of newsletter messages cannot be requested again")
	// ErrKeySize: the media key is not one. Nothing has been sent.
	ErrKeySize = errors.New("a media key has 32 bytes")
	// ErrTimeout: no answer in time. The phone may be offline; an answer that comes later changes nothing. With
	// whatsmeow.ErrNotConnected in the chain it is the client that was offline.
	ErrTimeout = errors.New("the phone did not answer in time")
	// ErrInvalidAnswer: the answer is to this request, but cannot be used: it does not decrypt, says success without a path,
	// or names another message inside than outside.
	ErrInvalidAnswer = errors.New("the phone's answer is not valid")
	// ErrInEventHandler: an event handler called Request or RequestAll directly. Nothing has been sent. Call it in a
	// goroutine that the handler does not wait for.
	ErrInEventHandler = errors.New(
		"called within an event handler, which the phone's answer would have to wait for; call it in a goroutine")
	// ErrClosed: the requester was closed, before the request or while it was under way.
	ErrClosed = errors.New("the requester is closed")
)

// errStalled is in an ErrTimeout that is not the phone's fault.
var errStalled = errors.New("the client's connection takes no data")
