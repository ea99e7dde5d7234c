package resume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

var errAttemptOver = errors.New("the attempt is over")

// meter is the request body that the HTTP transport reads. It counts what leaves, and cuts the attempt when nothing does.
//
// What one Read hands out has left for the network when the transport comes back for more: HTTP/1.1 and HTTP/2 alike
// write all of it before they do. So bytes count as sent one Read late, and time between Reads is the host's, while time
// within a Read is the body's own.
type meter struct {
	cut      context.CancelCauseFunc // ends the attempt
	progress func(sent int64)        // bytes of this attempt that left
	stall    time.Duration
	answer   time.Duration

	mu        sync.Mutex
	body      io.ReadCloser // nil once closed
	remaining int64         // bytes that body still has to give
	handed    int64         // bytes given to the transport
	sent      int64         // of those, the ones that left
	err       error         // what reading the body failed with
	over      bool
	timer     *time.Timer
	deadline  time.Time // when the timer means it; zero while it stands still
}

// newMeter counts and watches the size bytes of body. The clock runs from now on: connecting is the host's time too.
func newMeter(body io.ReadCloser, size int64, stall, answer time.Duration, cut context.CancelCauseFunc, progress func(int64)) *meter {
	m := &meter{cut: cut, progress: progress, stall: stall, answer: answer, body: body, remaining: size}
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
	if m.remaining == 0 && m.sent == m.handed {
		m.cut(fmt.Errorf("%w: no answer %v after the last byte", cdn.ErrStalled, m.answer))
	} else {
		m.cut(fmt.Errorf("%w: no byte taken for %v", cdn.ErrStalled, m.stall))
	}
}

func (m *meter) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over || m.body == nil {
		return 0, errAttemptOver
	}
	m.unwatch()
	m.left()
	if m.remaining == 0 {
		m.watch(m.answer)
		return 0, io.EOF
	}
	n, err := m.body.Read(p[:min(int64(len(p)), m.remaining)])
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

// left counts all that was handed out as sent.
func (m *meter) left() {
	if m.sent == m.handed {
		return
	}
	m.sent = m.handed
	if m.progress != nil {
		m.progress(m.sent)
	}
}

// wrote is told that the whole request is written: the host's time to answer begins.
func (m *meter) wrote() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over && m.remaining == 0 {
		m.left()
		m.watch(m.answer)
	}
}

// Close is the transport's: it needs no more of the body.
func (m *meter) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closeBody()
}

func (m *meter) closeBody() error {
	if m.body == nil {
		return nil
	}
	err := m.body.Close()
	m.body = nil
	return err
}

// finish ends the count. It waits for a Read that is under way; after it neither the body nor progress is touched.
func (m *meter) finish() (handed, sent int64, sourceErr error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.unwatch()
	_ = m.closeBody()
	return m.handed, m.sent, m.err
}
