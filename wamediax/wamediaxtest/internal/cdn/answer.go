package cdn

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is a complete response. Its body is JSON unless header has another Content-Type.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// uploadAnswer is the response to an upload or probe. Fields that do not apply are omitted.
type uploadAnswer struct {
	Resume     string `json:"resume,omitempty"`
	URL        string `json:"url,omitempty"`
	DirectPath string `json:"direct_path,omitempty"`
	Handle     string `json:"handle,omitempty"`
	ObjectID   string `json:"object_id,omitempty"`

	Thumbnail *thumbnailInfo `json:"thumbnail_info,omitempty"`

	// Instead of a path, for business cover photos.
	Timestamp int64  `json:"ts,omitempty"`
	MetaHMAC  string `json:"meta_hmac,omitempty"`
	FBID      string `json:"fbid,omitempty"`
}

// thumbnailInfo is the thumbnail of a newsletter's image or video.
type thumbnailInfo struct {
	DirectPath string `json:"thumbnail_direct_path"`
	SHA256     string `json:"thumbnail_sha256"`
}

func jsonAnswer(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic("wamediaxtest: an answer does not marshal: " + err.Error())
	}
	return answer{status: status, body: body}
}

func errorAnswer(status int, message string) answer {
	return jsonAnswer(status, map[string]any{"error": map[string]any{"code": status, "message": message}})
}

func refuse(status int, message string) *answer {
	a := errorAnswer(status, message)
	return &a
}

// answer sends a, or what the active fault replaces it with.
func (x *exchange) answer(a answer) {
	x.beforeAnswer()
	switch {
	case x.effect.huge > 0:
		x.sendHuge(a)
	case x.effect.instead != nil:
		x.send(*x.effect.instead)
	default:
		x.send(a)
	}
}

// beforeAnswer applies faults between the request's last byte and the response's first.
func (x *exchange) beforeAnswer() {
	switch x.effect.atLimit {
	case cutAtLimit:
		x.cut()
	case stopAtLimit:
		x.hold()
	}
	if x.effect.waits {
		x.waitFor(x.effect.after)
	}
}

func (x *exchange) head(status int, contentLength int64) {
	x.w.Header().Set("Content-Length", strconv.FormatInt(contentLength, 10))
	x.cdn.setStatus(x.record, status)
	x.w.WriteHeader(status)
}

func (x *exchange) send(a answer) {
	x.w.Header().Set("Content-Type", "application/json")
	maps.Copy(x.w.Header(), a.header)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		x.cdn.setStatus(x.record, a.status)
		x.w.WriteHeader(a.status)
		return
	}
	x.head(a.status, int64(len(a.body)))
	if x.effect.half && len(a.body) > 0 {
		x.write(a.body[:len(a.body)/2])
		_ = x.control.Flush()
		x.holdAfterBody()
	}
	x.write(a.body)
}

// write sends a part of the response's body, and cuts the exchange if the client does not read it.
func (x *exchange) write(piece []byte) {
	if x.r.Method == http.MethodHead {
		return
	}
	// Counted first, so that a client with the complete body never sees less in the record.
	x.cdn.sent(x.record, int64(len(piece)))
	n, err := x.w.Write(piece)
	if err != nil {
		x.cdn.sent(x.record, int64(n-len(piece)))
		x.cut()
	}
}

// smallBody is the size up to which a request's body is read before a response that does not need
// it.
const smallBody = 256 << 10

// answerEarly responds without evaluating the body, in a way that lets the client see the response:
// if a server closes the connection while a client is sending, the client gets a broken pipe
// instead. It reads and drops a small body first. It reads and drops the rest of a large one after
// the response, until the client stops sending. Over HTTP/2, or with "Expect: 100-continue", this
// is not necessary.
func (x *exchange) answerEarly(a answer) {
	awaitsContinue := strings.EqualFold(x.r.Header.Get("Expect"), "100-continue")
	switch length := x.r.ContentLength; {
	case length == 0 || awaitsContinue:
		x.send(a)
	case length > 0 && length <= smallBody:
		if x.drop() != nil {
			x.cut()
		}
		x.send(a)
	case x.r.ProtoMajor >= 2:
		x.send(a)
	default:
		_ = x.control.EnableFullDuplex()
		x.send(a)
		_ = x.control.Flush()
		_ = x.drop()
	}
}

// drop reads and discards the rest of the body.
func (x *exchange) drop() error {
	err := x.dropUpTo(noOffset)
	if err == io.EOF {
		return nil
	}
	return err
}

// dropUpTo reads and discards up to limit bytes of the body. It returns io.EOF if the body ends
// earlier.
func (x *exchange) dropUpTo(limit int64) error {
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for limit > 0 {
		n, err := x.r.Body.Read(buf[:min(limit, bufferSize)])
		limit -= int64(n)
		x.cdn.took(x.record, int64(n), true)
		if err != nil {
			return err
		}
	}
	return nil
}

// answerHastily responds while the client is sending its body, and stops reading it. The connection
// closes once the client has probably read the response: closing it immediately could destroy the
// response in transit.
func (x *exchange) answerHastily(a answer) {
	if x.r.ProtoMajor >= 2 {
		x.send(a)
		return
	}
	// otherwise the response would wait for the rest of a small body
	x.w.Header().Set("Connection", "close")
	x.send(a)
	_ = x.control.Flush()
	next := x.cdn.stall(x.route.key) // closed by the next request about this object
	defer x.cdn.unstall(x.route.key, next)
	timer := time.NewTimer(500 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-next:
	case <-timer.C:
	case <-x.cdn.done:
	}
	x.cut()
}

// sendHuge pads a to the effect's size with an additional first field.
func (x *exchange) sendHuge(a answer) {
	open, end := []byte(`{"padding":"`), []byte(`"}`)
	if fields, ok := bytes.CutPrefix(a.body, []byte("{")); ok && len(fields) > 1 {
		end = append([]byte(`",`), fields...)
	}
	padding := max(x.effect.huge-int64(len(open)+len(end)), 0)
	x.w.Header().Set("Content-Type", "application/json")
	x.head(http.StatusOK, int64(len(open)+len(end))+padding)
	if x.r.Method == http.MethodHead {
		return
	}
	x.write(open)
	chunk := bytes.Repeat([]byte("."), bufferSize)
	for padding > 0 {
		piece := chunk[:min(padding, bufferSize)]
		x.write(piece)
		padding -= int64(len(piece))
	}
	x.write(end)
}
