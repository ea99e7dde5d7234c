package cdn

import "net/http"

// Effect is Effect of wamediaxtest.
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

// Status is wamediaxtest.Status.
func Status(code int) Effect {
	return StatusRetryAfter(code, "")
}

// StatusRetryAfter is wamediaxtest.StatusRetryAfter.
func StatusRetryAfter(code int, retryAfter string) Effect {
	a := errorAnswer(code, "injected")
	if retryAfter != "" {
		a.header = http.Header{"Retry-After": {retryAfter}}
	}
	return Effect{early: &a}
}

// HangUp is wamediaxtest.HangUp.
func HangUp(after int64) Effect {
	return Effect{atLimit: cutAtLimit, limit: max(after, 0)}
}

// HangUpBeforeAnswer is wamediaxtest.HangUpBeforeAnswer.
func HangUpBeforeAnswer() Effect {
	return Effect{atLimit: cutAtLimit, limit: noOffset}
}

// StopReading is wamediaxtest.StopReading.
func StopReading(after int64) Effect {
	return Effect{atLimit: stopAtLimit, limit: max(after, 0)}
}

// AnswerAfter is wamediaxtest.AnswerAfter.
func AnswerAfter(c <-chan struct{}) Effect {
	return Effect{waits: true, after: c}
}

// Answer is wamediaxtest.Answer.
func Answer(status int, body string) Effect {
	return Effect{instead: &answer{status: status, body: []byte(body)}}
}

// HugeAnswer is wamediaxtest.HugeAnswer.
func HugeAnswer(n int64) Effect {
	return Effect{huge: max(n, 1)}
}

// IgnoreRange is wamediaxtest.IgnoreRange.
func IgnoreRange() Effect {
	return Effect{ranges: ignoreRange}
}

// WrongRange is wamediaxtest.WrongRange.
func WrongRange() Effect {
	return Effect{ranges: wrongRange}
}

// BareRange is wamediaxtest.BareRange.
func BareRange() Effect {
	return Effect{ranges: bareRange}
}

// Tamper is wamediaxtest.Tamper.
func Tamper(offset int64) Effect {
	return Effect{tamper: true, tamperAt: offset}
}
