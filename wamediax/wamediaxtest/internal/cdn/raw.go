package cdn

import "io"

// dropSmall reads and discards a small body, or one of unknown length.
func (x *exchange) dropSmall() {
	if x.r.ContentLength <= smallBody && x.drop() != nil {
		x.cut()
	}
}

// sendRaw hijacks the HTTP/1.1 connection, sends text on it, and reads and discards the rest of the
// request's body. Then it closes the connection. If staysOpen, it first waits until the client
// closes it or the server closes.
func (x *exchange) sendRaw(text string, staysOpen bool) {
	// below 0 if the length was unknown and everything has been read
	left := x.r.ContentLength - x.record.body.Load()
	conn, buffered, err := x.control.Hijack()
	if err != nil {
		x.cut()
	}
	defer conn.Close()
	select {
	case <-x.cdn.done: // Hijack may have cleared the deadlines that CDN.Close had set
		return
	default:
	}
	x.cdn.sent(x.record, int64(len(text)))
	if _, err := io.WriteString(conn, text); err != nil {
		return
	}
	if staysOpen {
		x.cdn.setHeld(x.record, true)
	}
	if left > 0 {
		if _, err := io.CopyN(droppedBytes{x}, buffered, left); err != nil {
			return
		}
	}
	if staysOpen {
		// until the client has gone, or CDN.Close sets a deadline in the past
		_, _ = io.Copy(io.Discard, conn)
	}
}

// droppedBytes counts bytes written to it as dropped bytes of the request's body.
type droppedBytes struct{ x *exchange }

func (d droppedBytes) Write(p []byte) (int, error) {
	d.x.cdn.took(d.x.record, int64(len(p)), true)
	return len(p), nil
}
