package cdn

import "net/http"

// Effect implements Effect of wamediaxtest.
type Effect struct {
	takeOver func(*exchange) // handles requests of the kinds instead of the server
	kinds    Kind            // 0 for all

	early   *answer // sent without reading the body
	instead *answer // sent instead of the normal response
	huge    int64   // > 0: pad the normal response to this many bytes
	half    bool    // stop in the middle of the response
	waits   bool    // do not respond before after is closed
	after   <-chan struct{}

	atLimit limitAction
	limit   int64 // bytes of the request's body, or of a download's response
	late    int64 // > 0: bytes to read after that, which count as held only after the next probe

	forgets bool // drop the partial object after a probe

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

// noOffset is a limit that is never reached.
const noOffset = 1<<63 - 1

// Status implements wamediaxtest.Status.
func Status(code int) Effect {
	return StatusRetryAfter(code, "")
}

// StatusRetryAfter implements wamediaxtest.StatusRetryAfter.
func StatusRetryAfter(code int, retryAfter string) Effect {
	a := errorAnswer(code, "injected")
	if retryAfter != "" {
		a.header = http.Header{"Retry-After": {retryAfter}}
	}
	return Effect{early: &a}
}

// HangUp implements wamediaxtest.HangUp.
func HangUp(after int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0)}
}

// HangUpBeforeAnswer implements wamediaxtest.HangUpBeforeAnswer.
func HangUpBeforeAnswer() Effect {
	return Effect{atLimit: cutAtLimit, limit: noOffset}
}

// StopReading implements wamediaxtest.StopReading.
func StopReading(after int64) Effect {
	return Effect{atLimit: stopAtLimit, limit: max(after, 0)}
}

// AnswerAfter implements wamediaxtest.AnswerAfter.
func AnswerAfter(c <-chan struct{}) Effect {
	return Effect{waits: true, after: c}
}

// Answer implements wamediaxtest.Answer.
func Answer(status int, body string) Effect {
	return Effect{instead: &answer{status: status, body: []byte(body)}}
}

// HugeAnswer implements wamediaxtest.HugeAnswer.
func HugeAnswer(n int64) Effect {
	return Effect{huge: max(n, 1)}
}

// IgnoreRange implements wamediaxtest.IgnoreRange.
func IgnoreRange() Effect {
	return Effect{ranges: ignoreRange}
}

// WrongRange implements wamediaxtest.WrongRange.
func WrongRange() Effect {
	return Effect{ranges: wrongRange}
}

// BareRange implements wamediaxtest.BareRange.
func BareRange() Effect {
	return Effect{ranges: bareRange}
}

// Tamper implements wamediaxtest.Tamper.
func Tamper(offset int64) Effect {
	return Effect{tamper: true, tamperAt: offset}
}
