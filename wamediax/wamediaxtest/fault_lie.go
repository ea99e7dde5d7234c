package wamediaxtest

import (
	"io"
	"net/http"
	"strconv"
)

// FalseSuccess answers an upload, a live chunk or the end of a live upload with a proper success, but stores nothing and
// forgets nothing. It reads so many bytes of the body before: 0 is an answer before the body was looked at, and a number
// beyond its end a host that takes everything and loses it. After an early answer the connection closes once the client has
// had time to read it (over HTTP/2: the stream).
//
// The url and direct_path are new, well-formed and lead nowhere: [Server.Object] does not find them, and a download gets
// 404. A body that fits in the socket's buffers may have left the client before the answer arrives: to see an early answer
// for what it is, a client needs some 16 MiB left to send. Offsets are not checked.
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

// FalseComplete answers a probe as if the whole object were stored. The url and direct_path are like those of
// [FalseSuccess].
func FalseComplete() Effect {
	return Effect{kinds: Probes, takeOver: func(x *exchange) {
		a := x.nowhere()
		a.Resume = "complete"
		x.answerEarly(jsonAnswer(http.StatusOK, a))
	}}
}

// FalseOffset answers a probe as if the host held so many bytes. A resumed upload from there is judged by what the host
// really holds: beyond that it is refused with 400 or the status of [Server.CheckOffsets], unless the fault behind it is a
// [FalseSuccess].
func FalseOffset(offset int64) Effect {
	return Effect{kinds: Probes, takeOver: func(x *exchange) {
		x.answerEarly(jsonAnswer(http.StatusOK, uploadAnswer{Resume: strconv.FormatInt(offset, 10)}))
	}}
}

// nowhere describes an object that is not stored.
func (x *exchange) nowhere() uploadAnswer {
	return newObject(x.route.key, x.route.key.token, 0).describe(x.host)
}
