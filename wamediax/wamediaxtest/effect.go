package wamediaxtest

import (
	"net/http"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// Effect is what a [Fault] does to a request. Use one of the functions that return it; the zero
// value does nothing. An effect on downloads alone ([Tamper], [WrongRange] …) lets other requests
// pass, but it counts them: set the fault's On.
type Effect = cdn.Effect

// Status answers with an HTTP status and takes nothing. A body of up to 256 KiB is read and dropped
// before; with a larger one the answer comes at once and the server drops what the client still
// sends, so that the client sees the status and not a broken connection. (Over HTTP/2, and with
// "Expect: 100-continue", the server need not and does not.)
func Status(code int) Effect {
	return cdn.Status(code)
}

// StatusRetryAfter is [Status] with a Retry-After header, in seconds or as a date.
func StatusRetryAfter(code int, retryAfter string) Effect {
	return cdn.StatusRetryAfter(code, retryAfter)
}

// HangUp breaks the connection (over HTTP/2: resets the stream) once exactly so many bytes of the
// request's body have been taken; they are kept as a partial upload. If the body ends sooner, or
// just there, the object is stored as always and only the answer is missing. Of a download so many
// bytes are sent. 0: at once, before anything is taken.
//
// Go's HTTP/1.1 client repeats a GET by itself that is cut at once on a connection that it had used
// before.
func HangUp(after int64) Effect {
	return cdn.HangUp(after)
}

// HangUpBeforeAnswer takes and stores everything, and then breaks the connection instead of
// answering. Of a download everything is sent before.
func HangUpBeforeAnswer() Effect {
	return cdn.HangUpBeforeAnswer()
}

// StopReading takes exactly so many bytes of the request's body, keeps them as a partial upload,
// and then neither reads nor answers nor hangs up until the client goes away or the server closes.
// Of a download so many bytes are sent. Over HTTP/1.1 the server cannot see the sender of an unread
// body go; there the next request for the same object frees it.
func StopReading(after int64) Effect {
	return cdn.StopReading(after)
}

// AnswerAfter takes and stores everything, but answers only once c is closed; never, if c is nil.
// If the client leaves, or the server closes, before that, there is no answer.
func AnswerAfter(c <-chan struct{}) Effect {
	return cdn.AnswerAfter(c)
}

// Answer takes and stores everything, and then gives this answer (as application/json) instead of
// the proper one.
func Answer(status int, body string) Effect {
	return cdn.Answer(status, body)
}

// HugeAnswer takes and stores everything, and then gives a proper answer in JSON that a padding
// field in front of all others brings to n bytes. It is made as it is sent: its size costs no
// memory.
func HugeAnswer(n int64) Effect {
	return cdn.HugeAnswer(n)
}

// IgnoreRange answers a download of a part with the whole object and status 200.
func IgnoreRange() Effect {
	return cdn.IgnoreRange()
}

// WrongRange answers a download of a part with another part: one that begins a byte too early, or a
// byte too late where the object's first byte was asked for. Content-Range says what is sent.
func WrongRange() Effect {
	return cdn.WrongRange()
}

// BareRange answers a download of a part with that part, but with status 200 and without
// Content-Range: only its length tells.
func BareRange() Effect {
	return cdn.BareRange()
}

// Tamper flips all bits of the byte at that offset of a downloaded object.
func Tamper(offset int64) Effect {
	return cdn.Tamper(offset)
}

// BreakConnection breaks the TCP connection once when is closed (nil: at once), over HTTP/2 with
// everything else that is under way on it. No byte of the body is taken: what the client has sent
// by then is lost in the socket's buffers. A test that closes when as soon as its body has handed
// out enough bytes gets the same loss every time.
//
// [HangUp](0) differs in two ways: it comes at once, while an unknown part of the body is on its
// way, and over HTTP/2 it resets only the stream.
func BreakConnection(when <-chan struct{}) Effect {
	return cdn.BreakConnection(when)
}

// SwitchProtocols answers with status 101 and takes nothing; then the connection stays open and
// silent until the client goes away or the server closes. upgrade is the protocol in the Upgrade
// header, with "Connection: Upgrade"; "" leaves both out. Request bodies are treated as by
// [Status].
//
// Over HTTP/2, which has no such status, it is one more informational answer: the client goes on to
// wait for another.
func SwitchProtocols(upgrade string) Effect {
	return cdn.SwitchProtocols(upgrade)
}

// HalfAnswer answers as e does, but sends only the first half of the answer's body; Content-Length
// announces all of it. Then the connection stays open and silent until the client goes away or the
// server closes. What the client still sends of its own body is read and dropped.
//
//	HalfAnswer(Status(413))       an early refusal whose text never ends
//	HalfAnswer(Answer(500, "…"))  everything is taken and stored, then the answer never ends
//	HalfAnswer(Effect{})          the proper answer, or the first half of a download
//	HalfAnswer(Raw("…"))          all of the text, on a connection that then stays open
//
// It has no effect on answers without a body, on a [HugeAnswer] and on the effects that never
// finish an answer anyway.
func HalfAnswer(e Effect) Effect {
	return cdn.HalfAnswer(e)
}

// Trickle takes nothing, and gives an answer with this status that never ends but never stalls
// either: one space follows another every 20 ms, without a Content-Length, until the client goes
// away or the server closes. A status from 102 to 199 is itself repeated every 20 ms, and no other
// answer follows. The whole request body is read and dropped before.
func Trickle(status int) Effect {
	return cdn.Trickle(status)
}

// Echo answers like [Status], with header fields and a body of the test's own. In both, {auth}
// stands for the request's auth token and {uri} for its path and query as they were sent: a host
// that quotes what it was asked. Put so much in front of {auth} that the token lies across whatever
// limit a client cuts quoted answers at. header may be nil.
//
//	Echo(404, nil, "<p>The requested URL {uri} was not found.")
//	Echo(302, http.Header{"Location": {"https://%zz{uri}"}}, "")
//
// net/http sends no malformed header fields: for those, and for a malformed status line, see [Raw].
func Echo(status int, header http.Header, body string) Effect {
	return cdn.Echo(status, header, body)
}

// Raw takes nothing, sends exactly this text in place of an answer, and closes the connection.
// {auth} and {uri} stand for the same as in [Echo]. The whole request body is read and dropped
// before; the record's Status is 0.
//
//	Raw("HTTP/1.1 200 OK\r\nContent-Length: {auth}\r\n\r\n")
//	Raw("HTTP/1.1 2{auth} OK\r\n\r\n")
//	Raw("POST {uri} HTTP/1.1\r\n\r\n")
//
// There is no text on a connection of HTTP/2: such a request is answered with 505, so that no test
// passes for that reason.
func Raw(text string) Effect {
	return cdn.Raw(text)
}

// FalseSuccess answers an upload, a live chunk or the end of a live upload with a proper success,
// but stores nothing and forgets nothing. It reads so many bytes of the body before: 0 is an answer
// before the body was looked at, and a number beyond its end a host that takes everything and loses
// it. After an early answer the connection closes once the client has had time to read it (over
// HTTP/2: the stream).
//
// The url and direct_path are new, well-formed and lead nowhere: [Server.Object] does not find
// them, and a download gets 404. A body that fits in the socket's buffers may have left the client
// before the answer arrives: to see an early answer for what it is, a client needs some 16 MiB left
// to send. Offsets are not checked.
func FalseSuccess(after int64) Effect {
	return cdn.FalseSuccess(after)
}

// FalseComplete answers a probe as if the whole object were stored. The url and direct_path are
// like those of [FalseSuccess].
func FalseComplete() Effect {
	return cdn.FalseComplete()
}

// FalseOffset answers a probe as if the host held so many bytes. A resumed upload from there is
// judged by what the host really holds: beyond that it is refused with 400 or the status of
// [Server.CheckOffsets], unless the fault behind it is a [FalseSuccess].
func FalseOffset(offset int64) Effect {
	return cdn.FalseOffset(offset)
}

// LateBytes breaks the connection of an upload as HangUp(after) does, and the next probe reports
// what the host then holds. But up to late more bytes were on their way. They arrive when that
// probe has been answered, and if the object's last byte is among them, the object is whole. A
// resumed upload that relies on the probe then has an offset that is too small, which
// [Server.CheckOffsets] refuses. Without a probe, these bytes never arrive.
//
// BodyBytes in the record includes the late bytes. Use LateBytes on Uploads: there are no probes
// for live uploads.
func LateBytes(after, late int64) Effect {
	return cdn.LateBytes(after, late)
}

// ForgetPartial answers a probe truthfully, and then the host loses what it holds of the object, as
// when a partial upload expires just then. A resumed upload that goes by the probe is refused with
// 400, or the status of [Server.CheckOffsets]. Whole objects are not forgotten.
func ForgetPartial() Effect {
	return cdn.ForgetPartial()
}
