package cdn

import (
	"io"
	"net/http"
	"strconv"
)

// FalseSuccess implements wamediaxtest.FalseSuccess.
func FalseSuccess(after int64) Effect {
	return Effect{kinds: Uploads | LiveChunks | LiveEnds, takeOver: func(x *exchange) {
		a := answer{status: http.StatusOK, body: []byte("{}")}
		if x.route.kind != LiveChunks {
			a = jsonAnswer(http.StatusOK, x.nowhere())
		}
		switch err := x.dropUpTo(after); {
		case err == nil && x.record.body.Load() != x.r.ContentLength:
			x.answerHastily(a)
		case err == nil || err == io.EOF:
			x.send(a)
		default:
			x.cut()
		}
	}}
}

// FalseComplete implements wamediaxtest.FalseComplete.
func FalseComplete() Effect {
	return Effect{kinds: Probes, takeOver: func(x *exchange) {
		a := x.nowhere()
		a.Resume = "complete"
		x.answerEarly(jsonAnswer(http.StatusOK, a))
	}}
}

// FalseOffset implements wamediaxtest.FalseOffset.
func FalseOffset(offset int64) Effect {
	return Effect{kinds: Probes, takeOver: func(x *exchange) {
		x.answerEarly(jsonAnswer(http.StatusOK, uploadAnswer{Resume: strconv.FormatInt(offset, 10)}))
	}}
}

// nowhere returns the response for an object that is not stored.
func (x *exchange) nowhere() uploadAnswer {
	return x.describe(newObject(x.route.key, x.route.key.token, 0))
}
