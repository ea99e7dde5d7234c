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

// meter is the request body that the HTTP transport reads. It counts the bytes sent, and cancels
// the attempt if it stalls.
//
// HTTP/1.1 and HTTP/2 transports write all bytes of one Read to the network before the next Read.
// So bytes count as sent one Read later; time between Reads belongs to the host, and time within a
// Read to the body.
//
// The transport's goroutines call its methods. A panic of the body is kept, and raised again on the
// uploading goroutine.
type meter struct {
	cut    context.CancelCauseFunc // cancels the attempt
	moved  chan struct{}           // has a value if left has grown; capacity 1; nil if nobody asks
	count  atomic.Int64            // returned by left
	stall  time.Duration
	answer time.Duration

	mu        sync.Mutex
	closed    sync.Cond     // signals that body is nil
	body      io.ReadCloser // nil once closed
	remaining int64         // bytes not yet read from body
	handed    int64         // bytes given to the transport
	sent      int64         // bytes of handed that were sent
	err       error         // error of reading the body
	panicked  any           // panic value of the body
	status    bool          // the host has answered, so it gets no more of the body
	over      bool
	timer     *time.Timer
	deadline  time.Time // when the timer is due; zero while it is stopped
}

// newMeter wraps body, which has size bytes. The stall timer starts now, because connecting is up
// to the host, too.
func newMeter(body io.ReadCloser, size int64, stall, answer time.Duration, cut context.CancelCauseFunc) *meter {
	m := &meter{
		cut: cut, stall: stall, answer: answer, body: body, remaining: size,
	}
	m.closed.L = &m.mu
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
		return // fired while it was being reset or stopped
	}
	if m.status || m.remaining == 0 && m.sent == m.handed {
		m.cut(fmt.Errorf("%w: no response within %v after the last byte", cdn.ErrStalled, m.answer))
	} else {
		m.cut(fmt.Errorf("%w: host accepted no byte for %v", cdn.ErrStalled, m.stall))
	}
}

func (m *meter) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.status && m.remaining > 0 && m.body != nil {
		// An error would break the connection before the host's response has been read.
		m.closed.Wait()
	}
	if m.over || m.body == nil {
		return 0, errAttemptOver
	}
	m.countSent()
	if m.remaining == 0 {
		m.awaitAnswer()
		return 0, io.EOF
	}
	m.unwatch()
	p = p[:min(int64(len(p)), m.remaining)]
	n, err := m.readBody(p)
	m.handed += int64(n)
	m.remaining -= int64(n)
	if err == io.EOF && m.remaining > 0 {
		err = fmt.Errorf("body ended %d bytes early: %w", m.remaining, io.ErrUnexpectedEOF)
	}
	if err != nil && err != io.EOF {
		m.err = err
		return n, err
	}
	m.watch(m.stall)
	return n, nil
}

// readBody reads from the body, and returns panics and invalid counts as errors.
func (m *meter) readBody(p []byte) (n int, err error) {
	defer func() {
		if m.panicked = recover(); m.panicked != nil {
			n, err = 0, errAttemptOver
		}
	}()
	n, err = m.body.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("body's Read returned %d for a buffer of %d bytes", n, len(p))
	}
	return n, err
}

// countSent counts all bytes given to the transport as sent.
func (m *meter) countSent() {
	if m.sent == m.handed {
		return
	}
	m.sent = m.handed
	m.count.Store(m.sent)
	select {
	case m.moved <- struct{}{}:
	default: // already signalled, or nobody asks
	}
}

// left returns how many bytes of this attempt were sent. It does not wait for an active Read.
func (m *meter) left() int64 { return m.count.Load() }

// wrote is called when the whole request is written. The host's time to answer starts.
func (m *meter) wrote() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over && m.remaining == 0 {
		m.countSent()
		m.awaitAnswer()
	}
}

// awaitAnswer starts the host's time to answer. If the host has answered already, before the
// transport noticed that everything was sent, answered has set the time.
func (m *meter) awaitAnswer() {
	if !m.status {
		m.watch(m.answer)
	}
}

// answered is called with the status of the host's response. The body ends, and a success gets some
// time to arrive completely; package exchange limits the time for other statuses.
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

// Close is called by the transport when it needs no more of the body.
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
	body := m.body
	m.body = nil
	m.closed.Broadcast()
	return body.Close()
}

// finish stops counting. It waits for an active Read; after that the body is no longer used.
func (m *meter) finish() (handed, sent int64, sourceErr error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.unwatch()
	_ = m.closeBody()
	return m.handed, m.sent, m.err
}

// repanic raises the body's panic again after the request has ended.
func (m *meter) repanic() {
	if m.panicked != nil {
		panic(m.panicked)
	}
}
