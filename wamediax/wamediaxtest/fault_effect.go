package wamediaxtest

import "net/http"

// Effect is what a [Fault] does to a request. Use one of the functions that return it; the zero value does nothing. An
// effect on downloads alone ([Tamper], [WrongRange] …) lets other requests pass, but it counts them: set the fault's On.
type Effect struct {
	takeOver func(*exchange) // does everything in place of the server, if the request is of one of the kinds
	kinds    Kind            // 0: all

	early   *answer // given without looking at the body
	instead *answer // given in place of the proper one
	huge    int64   // > 0: the proper answer, padded to so many bytes
	half    bool    // the answer stops in the middle of its body
	waits   bool    // no answer before after is closed
	after   <-chan struct{}

	atLimit limitAction
	limit   int64 // bytes of the body; of a download's answer
	late    int64 // > 0: bytes that are read off the body after that, and held only after the next probe

	forgets bool // after a probe, what is held of the object

	ranges   rangeFault
	tamper   bool
	tamperAt int64
}

type limitAction int

const (
	noLimit limitAction = iota
	cutAtLimit
	stopAtLimit
)

type rangeFault int

const (
	obeyRange rangeFault = iota
	ignoreRange
	wrongRange
	bareRange
)

// noOffset is a limit that no body reaches.
const noOffset = 1<<63 - 1

// Status answers with an HTTP status and takes nothing. A body of up to 256 KiB is read and dropped before; with a
// larger one the answer comes at once and the server drops what the client still sends, so that the client sees the
// status and not a broken connection. (Over HTTP/2, and with "Expect: 100-continue", the server need not and does not.)
func Status(code int) Effect {
	return StatusRetryAfter(code, "")
}

// StatusRetryAfter is [Status] with a Retry-After header, in seconds or as a date.
func StatusRetryAfter(code int, retryAfter string) Effect {
	a := errorAnswer(code, "injected")
	if retryAfter != "" {
		a.header = http.Header{"Retry-After": {retryAfter}}
	}
	return Effect{early: &a}
}

// HangUp breaks the connection (over HTTP/2: resets the stream) once exactly so many bytes of the request's body have
// been taken; they are kept as a partial upload. If the body ends sooner, or just there, the object is stored as always
// and only the answer is missing. Of a download so many bytes are sent. 0: at once, before anything is taken.
//
// Go's HTTP/1.1 client repeats a GET by itself that is cut at once on a connection that it had used before.
func HangUp(after int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0)}
}

// HangUpBeforeAnswer takes and stores everything, and then breaks the connection instead of answering. Of a download
// everything is sent before.
func HangUpBeforeAnswer() Effect {
	return Effect{atLimit: cutAtLimit, limit: noOffset}
}

// StopReading takes exactly so many bytes of the request's body, keeps them as a partial upload, and then neither reads
// nor answers nor hangs up until the client goes away or the server closes. Of a download so many bytes are sent. Over
// HTTP/1.1 the server cannot see the sender of an unread body go; there the next request for the same object frees it.
func StopReading(after int64) Effect {
	return Effect{atLimit: stopAtLimit, limit: max(after, 0)}
}

// AnswerAfter takes and stores everything, but answers only once c is closed; never, if c is nil. If the client leaves, or the
// server closes, before that, there is no answer.
func AnswerAfter(c <-chan struct{}) Effect {
	return Effect{waits: true, after: c}
}

// Answer takes and stores everything, and then gives this answer (as application/json) instead of the proper one.
func Answer(status int, body string) Effect {
	return Effect{instead: &answer{status: status, body: []byte(body)}}
}

// HugeAnswer takes and stores everything, and then gives a proper answer in JSON that a padding field in front of all
// others brings to n bytes. It is made as it is sent: its size costs no memory.
func HugeAnswer(n int64) Effect {
	return Effect{huge: max(n, 1)}
}

// IgnoreRange answers a download of a part with the whole object and status 200.
func IgnoreRange() Effect {
	return Effect{ranges: ignoreRange}
}

// WrongRange answers a download of a part with another part: one that begins a byte too early, or a byte too late where
// the object's first byte was asked for. Content-Range says what is sent.
func WrongRange() Effect {
	return Effect{ranges: wrongRange}
}

// BareRange answers a download of a part with that part, but with status 200 and without Content-Range: only its length
// tells.
func BareRange() Effect {
	return Effect{ranges: bareRange}
}

// Tamper flips all bits of the byte at that offset of a downloaded object.
func Tamper(offset int64) Effect {
	return Effect{tamper: true, tamperAt: offset}
}
