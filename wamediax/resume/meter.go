package resume

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// meter is the request body that the HTTP transport reads. It counts what leaves, and cuts the attempt when nothing does.
//
// What one Read hands out has left for the network when the transport comes back for more: HTTP/1.1 and HTTP/2 alike
// write all of it before they do. So bytes count as sent one Read late, and time between Reads is the host's, while time
// within a Read is the body's own.
//
// Its methods are called from goroutines of the transport. A panic of the body is kept for the one who uploads.
type meter struct {
	cut    context.CancelCauseFunc // ends the attempt
	moved  chan struct{}           // has a value when left has grown; of capacity 1
	count  atomic.Int64            // what left returns
	stall  time.Duration
	answer time.Duration
	closed chan struct{} // by Close or finish

	mu        sync.Mutex
	body      io.ReadCloser // nil once closed
	remaining int64         // bytes that body still has to give
	handed    int64         // bytes given to the transport
	sent      int64         // of those, the ones that left
	err       error         // what reading the body failed with
	panicked  any           // what the body panicked with
	status    bool          // the host has answered: it is given no more of the body
	over      bool
	timer     *time.Timer
	deadline  time.Time // when the timer means it; zero while it stands still
}

// newMeter counts and watches the size bytes of body. The clock runs from now on: connecting is the host's time too.
func newMeter(body io.ReadCloser, size int64, stall, answer time.Duration, cut context.CancelCauseFunc) *meter {
	m := &meter{
		cut: cut, moved: make(chan struct{}, 1), closed: make(chan struct{}),
		stall: stall, answer: answer, body: body, remaining: size,
	}
	m.deadline = time.Now().Add(stall)
	m.timer = time.AfterFunc(stall, m.stalled)
	return m
}

func (m *meter) watch(d time.Duration) {
	m.deadline = time.Now().Add(d)
	m.timer.Reset(d)
}

func (m *meter) unwatch() {
	m.deadline = time.Time{}
	m.timer.Stop()
}

func (m *meter) stalled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over || m.deadline.IsZero() || time.Now().Before(m.deadline) {
		return // it fired while somebody was about to set or stop it
	}
	if m.status || m.remaining == 0 && m.sent == m.handed {
		m.cut(fmt.Errorf("%w: no answer %v after the last byte", cdn.ErrStalled, m.answer))
	} else {
		m.cut(fmt.Errorf("%w: no byte taken for %v", cdn.ErrStalled, m.stall))
	}
}

func (m *meter) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.status && m.remaining > 0 {
		// An error would break the connection before the host's answer has been read.
		m.mu.Unlock()
		<-m.closed
		m.mu.Lock()
	}
	if m.over || m.body == nil {
		return 0, errAttemptOver
	}
	m.unwatch()
	m.countSent()
	if m.remaining == 0 {
		m.watch(m.answer)
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), m.remaining)]
	n, err := m.readBody(p)
	m.handed += int64(n)
	m.remaining -= int64(n)
	if err == io.EOF && m.remaining > 0 {
		err = fmt.Errorf("it ended %d bytes early: %w", m.remaining, io.ErrUnexpectedEOF)
	}
	if err != nil && err != io.EOF {
		m.err = err
		return n, err
	}
	m.watch(m.stall)
	return n, nil
}

// readBody is a Read of the body that harms no goroutine of the transport.
func (m *meter) readBody(p []byte) (n int, err error) {
	defer func() {
		if m.panicked = recover(); m.panicked != nil {
			n, err = 0, errAttemptOver
		}
	}()
	n, err = m.body.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("its Read returned %d for a buffer of %d bytes", n, len(p))
	}
	return n, err
}

// countSent counts all that was handed out as sent.
func (m *meter) countSent() {
	if m.sent == m.handed {
		return
	}
	m.sent = m.handed
	m.count.Store(m.sent)
	select {
	case m.moved <- struct{}{}:
	default: // it is noticed already
	}
}

// left is how many bytes of this attempt have left. It does not wait for a Read that is under way.
func (m *meter) left() int64 { return m.count.Load() }

// wrote notes that the whole request is written: the host's time to answer begins.
func (m *meter) wrote() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over && m.remaining == 0 {
		m.countSent()
		m.watch(m.answer)
	}
}

// answered notes the status of the host's answer. No more of the body leaves, and a success has some time to be complete;
// how long a refusal may take is package exchange's business.
func (m *meter) answered(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = true
	switch {
	case m.over:
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		m.watch(m.answer)
	default:
		m.unwatch()
	}
}

// Close is the transport's: it needs no more of the body.
func (m *meter) Close() (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() {
		if value := recover(); value != nil {
			m.panicked, err = value, errAttemptOver
		}
	}()
	return m.closeBody()
}

func (m *meter) closeBody() error {
	if m.body == nil {
		return nil
	}
	close(m.closed)
	body := m.body
	m.body = nil
	return body.Close()
}

// finish ends the count. It waits for a Read that is under way; after it the body is not touched any more.
func (m *meter) finish() (handed, sent int64, sourceErr error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.unwatch()
	_ = m.closeBody()
	return m.handed, m.sent, m.err
}

// repanic panics with what the body panicked with, once all is over.
func (m *meter) repanic() {
	if m.panicked != nil {
		panic(m.panicked)
	}
}
