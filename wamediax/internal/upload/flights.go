package upload

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Flights merges uploads of the same content into one, like singleflight, and keeps the results for
// later uploads. The zero value is ready to use. A nil *Flights merges nothing.
type Flights struct {
	mu      sync.Mutex
	flights map[identity]*flight
}

// identity is what uploads must have in common to be merged.
type identity struct {
	path, mediaType string
	sha256          string // of the plaintext
	mediaKey        string // if set by the caller
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

// Add stores the result of a finished upload, unless there is one already.
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

// do returns the result of upload, or that of an upload of the same content, marked as shared. It
// also shares that upload's error, unless its source failed: then it calls upload.
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

// fly runs the upload. If it fails, the next caller uploads.
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

// join returns the flight for a content, and reports whether the caller must run it.
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
