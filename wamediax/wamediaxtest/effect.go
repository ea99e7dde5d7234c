package wamediaxtest

import (
	"net/http"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// Effect is what a [Fault] does to a request. The functions of this package that return an Effect
// make one; the zero value does nothing. Effects for downloads, such as [Tamper] and [WrongRange],
// do nothing to other requests, but the fault still counts them: set its On.
type Effect = cdn.Effect

// Status answers with an HTTP status and stores nothing. The server first reads and discards a body
// of up to 256 KiB. If the body is larger, the server answers at once and then discards what the
// client still sends, so that the client sees the status and not a broken connection. HTTP/2 and
// "Expect: 100-continue" do not need this, and there the server reads nothing.
func Status(code int) Effect {
	return cdn.Status(code)
}

// StatusRetryAfter is [Status] with a Retry-After header, in seconds or as a date.
func StatusRetryAfter(code int, retryAfter string) Effect {
	return cdn.StatusRetryAfter(code, retryAfter)
}

// HangUp breaks the connection, or over HTTP/2 resets the stream, after exactly that many bytes of
// the request body. The server keeps these bytes as a partial upload. If the body is not longer
// than that, the server stores the object and only the answer is missing. A download breaks after
// that many bytes of the response. 0 means at once.
//
// Go's HTTP/1.1 client repeats a GET on its own if a reused connection breaks before the response.
func HangUp(after int64) Effect {
	return cdn.HangUp(after)
}

// HangUpBeforeAnswer stores the whole upload, and breaks the connection instead of answering. A
// download is sent completely before the connection breaks.
func HangUpBeforeAnswer() Effect {
	return cdn.HangUpBeforeAnswer()
}

// StopReading reads exactly that many bytes of the request body and keeps them as a partial upload.
// Then the server neither reads nor answers nor hangs up, until the client disconnects or the
// server closes. A download stops after that many bytes. Over HTTP/1.1 the server cannot notice
// that a client with an unread body has disconnected; there the next request for the same object
// ends the wait.
func StopReading(after int64) Effect {
	return cdn.StopReading(after)
}

// AnswerAfter stores the whole upload, but answers only when c is closed; if c is nil, never. If
// the client disconnects or the server closes first, there is no answer.
func AnswerAfter(c <-chan struct{}) Effect {
	return cdn.AnswerAfter(c)
}

// Answer stores the whole upload, and answers with this status and body, as application/json,
// instead of the correct answer.
func Answer(status int, body string) Effect {
	return cdn.Answer(status, body)
}

// HugeAnswer stores the whole upload, and answers with the correct JSON, preceded by a padding
// field that makes it n bytes long. The server generates the padding while sending and needs no
// memory for it.
func HugeAnswer(n int64) Effect {
	return cdn.HugeAnswer(n)
}

// IgnoreRange answers a range request with the whole object and status 200.
func IgnoreRange() Effect {
	return cdn.IgnoreRange()
}

// WrongRange answers a range request with another range, which starts one byte too early, or one
// byte too late if the request starts at byte 0. Content-Range describes what the server sends.
func WrongRange() Effect {
	return cdn.WrongRange()
}

// BareRange answers a range request with the correct range, but with status 200 and without
// Content-Range, so that only the length shows that it is not the whole object.
func BareRange() Effect {
	return cdn.BareRange()
}

// Tamper inverts the byte at that offset of a downloaded object.
func Tamper(offset int64) Effect {
	return cdn.Tamper(offset)
}

// BreakConnection breaks the TCP connection when the channel is closed, or at once if it is nil.
// Over HTTP/2 this ends all requests on the connection. The server reads nothing of the body: the
// bytes that the client has sent are lost in the buffers of the socket. A test that closes the
// channel after its body has returned enough bytes loses the same bytes every time.
//
// [HangUp](0) is different: it breaks at once, while an unknown part of the body is on its way, and
// over HTTP/2 it resets only the stream.
func BreakConnection(when <-chan struct{}) Effect {
	return cdn.BreakConnection(when)
}

// SwitchProtocols answers with status 101 and stores nothing. Then the connection stays open and
// silent until the client disconnects or the server closes. upgrade is the value of the Upgrade
// header, sent with "Connection: Upgrade"; "" omits both. The server treats request bodies as
// [Status] does.
//
// HTTP/2 has no such status. There it is an informational response, and the client waits for
// another one.
func SwitchProtocols(upgrade string) Effect {
	return cdn.SwitchProtocols(upgrade)
}

// HalfAnswer answers like e, but sends only the first half of the response body, although
// Content-Length announces all of it. Then the connection stays open and silent until the client
// disconnects or the server closes. The server discards what the client still sends.
//
//	HalfAnswer(Status(413))       an early refusal whose text never ends
//	HalfAnswer(Answer(500, "…"))  the upload is stored, then the answer never ends
//	HalfAnswer(Effect{})          half of the correct answer, or of a download
//	HalfAnswer(Raw("…"))          the whole text, on a connection that stays open
//
// HalfAnswer does not change responses without a body, a [HugeAnswer], or effects that never finish
// an answer.
func HalfAnswer(e Effect) Effect {
	return cdn.HalfAnswer(e)
}

// Trickle discards the whole request body and sends a response that never ends and never stalls:
// one space every 20 ms, without a Content-Length, until the client disconnects or the server
// closes. A status from 102 to 199 is itself repeated every 20 ms, and no other response follows.
func Trickle(status int) Effect {
	return cdn.Trickle(status)
}

// Echo answers like [Status], but with the given header and body, and quotes the request in them:
// {auth} becomes the request's auth token, and {uri} its path and query as sent. Use it to check
// that a client's errors hide tokens. If the client truncates quoted answers, add enough text
// before {auth} that the cut falls inside the token. header may be nil.
//
//	Echo(404, nil, "<p>The requested URL {uri} was not found.")
//	Echo(302, http.Header{"Location": {"https://%zz{uri}"}}, "")
//
// net/http does not send malformed header fields or status lines: use [Raw] for those.
func Echo(status int, header http.Header, body string) Effect {
	return cdn.Echo(status, header, body)
}

// Raw discards the whole request body, sends exactly this text instead of a response, and closes
// the connection. {auth} and {uri} are replaced as in [Echo]. The Status of the [Request] is 0.
//
//	Raw("HTTP/1.1 200 OK\r\nContent-Length: {auth}\r\n\r\n")
//	Raw("HTTP/1.1 2{auth} OK\r\n\r\n")
//	Raw("POST {uri} HTTP/1.1\r\n\r\n")
//
// Over HTTP/2, which has no text format, the server answers 505, so that a test does not pass by
// accident.
func Raw(text string) Effect {
	return cdn.Raw(text)
}

// FalseSuccess answers an upload, a live chunk or the end of a live upload as if it had succeeded,
// but stores nothing and forgets nothing. The server answers after it has read that many bytes of
// the body: 0 means before reading, and a number beyond the end means a host that reads everything
// and loses it. After an early answer, the server closes the connection (over HTTP/2: the stream)
// once the client has had time to read the answer.
//
// The url and direct_path are new and well-formed, but no object has them: [Server.Object] does not
// find one, and a download gets 404. The client may have sent a small body completely before the
// answer arrives. To make sure that the answer comes early, use a body with about 16 MiB left to
// send. Offsets are not checked.
func FalseSuccess(after int64) Effect {
	return cdn.FalseSuccess(after)
}

// FalseComplete answers a probe as if the host had the whole object. The url and direct_path are
// like those of [FalseSuccess].
func FalseComplete() Effect {
	return cdn.FalseComplete()
}

// FalseOffset answers a probe as if the host had that many bytes. A resumed upload from there is
// checked against the bytes that the host really has: a larger offset is refused with 400 or the
// status of [Server.CheckOffsets], unless a [FalseSuccess] is queued for that upload.
func FalseOffset(offset int64) Effect {
	return cdn.FalseOffset(offset)
}

// LateBytes breaks the connection of an upload like HangUp(after), and the next probe reports the
// bytes that arrived. Up to late further bytes arrive just after the answer to that probe, and
// complete the object if the last byte is among them. A resumed upload that trusts the probe then
// has too small an offset, which [Server.CheckOffsets] refuses. Without a probe, the late bytes
// never arrive.
//
// BodyBytes of the [Request] includes the late bytes. Use LateBytes with Uploads: live uploads have
// no probes.
func LateBytes(after, late int64) Effect {
	return cdn.LateBytes(after, late)
}

// ForgetPartial answers a probe correctly, and then the host loses its partial upload of the
// object, as if it expired at that moment. The resumed upload that follows is refused with 400 or
// the status of [Server.CheckOffsets]. Whole objects stay.
func ForgetPartial() Effect {
	return cdn.ForgetPartial()
}
