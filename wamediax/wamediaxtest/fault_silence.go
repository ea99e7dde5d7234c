package wamediaxtest

import (
	"net/http"
	"time"
)

// SwitchProtocols answers with status 101 and takes nothing; then the connection stays open and silent until the client goes
// away or the server closes. upgrade is the protocol in the Upgrade header, with "Connection: Upgrade"; "" leaves both out.
// Request bodies are treated as by [Status].
//
// Over HTTP/2, which has no such status, it is one more informational answer: the client goes on to wait for another.
func SwitchProtocols(upgrade string) Effect {
	return Effect{takeOver: func(x *exchange) { x.switchProtocols(upgrade) }}
}

// HalfAnswer answers as e does, but sends only the first half of the answer's body; Content-Length announces all of it. Then
// the connection stays open and silent until the client goes away or the server closes. What the client still sends of its
// own body is read and dropped.
//
//	HalfAnswer(Status(413))       an early refusal whose text never ends
//	HalfAnswer(Answer(500, "…"))  everything is taken and stored, then the answer never ends
//	HalfAnswer(Effect{})          the proper answer, or the first half of a download
//	HalfAnswer(Raw("…"))          all of the text, on a connection that then stays open
//
// It has no effect on answers without a body, on a [HugeAnswer] and on the effects that never finish an answer anyway.
func HalfAnswer(e Effect) Effect {
	e.half = true
	return e
}

// Trickle takes nothing, and gives an answer with this status that never ends but never stalls either: one space follows
// another every 20 ms, without a Content-Length, until the client goes away or the server closes. A status from 102 to 199
// is itself repeated every 20 ms, and no other answer follows. The whole request body is read and dropped before.
func Trickle(status int) Effect {
	return Effect{takeOver: func(x *exchange) { x.trickle(status) }}
}

func (x *exchange) trickle(status int) {
	if x.drop() != nil {
		x.cut()
	}
	informational := status < http.StatusOK
	if !informational {
		x.cdn.setStatus(x.record, status)
		x.w.WriteHeader(status)
	}
	x.cdn.setHeld(x.record, true)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		if informational {
			x.w.WriteHeader(status)
		} else {
			x.write([]byte(" "))
			_ = x.control.Flush() // write fails next time
		}
		select {
		case <-ticker.C:
		case <-x.r.Context().Done():
			x.cut()
		case <-x.cdn.done:
			x.cut()
		}
	}
}

func (x *exchange) switchProtocols(upgrade string) {
	x.dropSmall()
	x.cdn.setStatus(x.record, http.StatusSwitchingProtocols)
	if x.r.ProtoMajor == 1 {
		fields := ""
		if upgrade != "" {
			fields = "Connection: Upgrade\r\nUpgrade: " + upgrade + "\r\n"
		}
		x.sendRaw("HTTP/1.1 101 Switching Protocols\r\n"+fields+"\r\n", true)
		return
	}
	if upgrade != "" {
		x.w.Header().Set("Upgrade", upgrade) // and no Connection, which would make the answer malformed
	}
	x.w.WriteHeader(http.StatusSwitchingProtocols)
	x.holdAfterBody()
}
