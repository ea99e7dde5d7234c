package cdn

import (
	"net/http"
	"time"
)

// SwitchProtocols implements wamediaxtest.SwitchProtocols.
func SwitchProtocols(upgrade string) Effect {
	return Effect{takeOver: func(x *exchange) { x.switchProtocols(upgrade) }}
}

// HalfAnswer implements wamediaxtest.HalfAnswer.
func HalfAnswer(e Effect) Effect {
	e.half = true
	return e
}

// Trickle implements wamediaxtest.Trickle.
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
			_ = x.control.Flush() // the next write returns the error
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
		// without Connection, which would make the response malformed
		x.w.Header().Set("Upgrade", upgrade)
	}
	x.w.WriteHeader(http.StatusSwitchingProtocols)
	x.holdAfterBody()
}
