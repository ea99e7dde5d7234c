package upload

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Flights makes one upload of many that have the same content, like singleflight, and keeps the results: once an object was
// sent, later uploads of it get that one. The zero value is ready; a nil *Flights shares nothing.
type Flights struct {
	mu      sync.Mutex
	flights map[identity]*flight
}

// identity is what makes two uploads one.
type identity struct {
	path, mediaType string
	sha256          string // of the plaintext
	mediaKey        string // if the caller has set one
	sidecar         bool
}

func identityOf(job Job, content Content) identity {
	return identity{
		path: job.Dest.path, mediaType: string(job.MediaType), sha256: string(content.Info.FileSHA256),
		mediaKey: string(job.MediaKey), sidecar: job.Dest.encrypted && job.Sidecar,
	}
}

// flight is one upload. Its result is set before done is closed.
type flight struct {
	done   chan struct{}
	result Result
	err    error
}

// Add notes the result of an upload that has ended, unless there is one already.
func (f *Flights) Add(job Job, result Result) {
	if flight, first := f.join(identityOf(job, result.Content)); first {
		flight.result = result
		close(flight.done)
	}
}

// Join returns the result of an upload of the same content, or adds this one if there is none.
func (f *Flights) Join(ctx context.Context, job Job, result Result) (Result, error) {
	return f.do(ctx, identityOf(job, result.Content), func() (Result, error) { return result, nil })
}

// do returns what upload returns, or the result of the same content's upload, marked as shared. It shares that one's error as
// well, unless its source failed: then upload gets its turn.
func (f *Flights) do(ctx context.Context, id identity, upload func() (Result, error)) (Result, error) {
	if f == nil {
		return upload()
	}
	for {
		flight, first := f.join(id)
		if first {
			return f.fly(id, flight, upload)
		}
		select {
		case <-flight.done:
		case <-ctx.Done():
			return Result{}, fmt.Errorf("failed to upload: %w while waiting for the upload of the same content", ctxerr.Of(ctx))
		}
		switch {
		case flight.err == nil:
			result := flight.result
			result.Shared = true
			return result, nil
		case !errors.Is(flight.err, resume.ErrSource):
			return Result{}, flight.err
		}
	}
}

// fly makes the upload. A failed one leaves its place to the next.
func (f *Flights) fly(id identity, flight *flight, upload func() (Result, error)) (Result, error) {
	flight.err = errors.New("the upload of the same content panicked") // unless it returns
	defer func() {
		if flight.err != nil {
			f.mu.Lock()
			delete(f.flights, id)
			f.mu.Unlock()
		}
		close(flight.done)
	}()
	flight.result, flight.err = upload()
	return flight.result, flight.err
}

// join returns the flight for a content, and whether the caller has to make it.
func (f *Flights) join(id identity) (_ *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if under := f.flights[id]; under != nil {
		return under, false
	}
	if f.flights == nil {
		f.flights = make(map[identity]*flight)
	}
	begun := &flight{done: make(chan struct{})}
	f.flights[id] = begun
	return begun, true
}
