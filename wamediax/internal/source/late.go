package source

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// lateBuffer is the size in bytes of the buffer for reading a Late.
const lateBuffer = 32 << 10

// Late is a source that is opened on its first read. A separate goroutine opens, reads and closes
// it, so callers need not wait for it after their context has ended.
type Late struct {
	ctx  context.Context
	open func() (io.ReadCloser, error)

	pieces chan latePiece // nil if not opened yet
	taken  chan struct{}  // the last piece has been consumed
	stop   chan struct{}  // closed by Close
	ended  chan struct{}  // closed when the goroutine ends

	rest []byte
	err  error  // follows rest
	note []byte // from the source, once it has ended

	panicked any // the source's panic value, set before ended is closed
}

type latePiece struct {
	data []byte
	err  error
	note []byte
}

// NewLate returns a source that is opened with open.
func NewLate(ctx context.Context, open func() (io.ReadCloser, error)) *Late {
	return &Late{ctx: ctx, open: open}
}

// Note returns the note of a source that was read to its end; nil before that, or if it has none.
func (l *Late) Note() []byte { return l.note }

// Read opens the source on its first call.
func (l *Late) Read(p []byte) (int, error) {
	if l.pieces == nil {
		l.pieces, l.taken = make(chan latePiece), make(chan struct{}, 1)
		l.stop, l.ended = make(chan struct{}), make(chan struct{})
		go l.pump()
	}
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		select {
		case piece := <-l.pieces:
			l.rest, l.err, l.note = piece.data, piece.err, piece.note
			if len(l.rest) == 0 {
				l.taken <- struct{}{}
			}
		case <-l.ended: // without a last piece
			l.repanic()
			l.err = cmp.Or(context.Cause(l.ctx), errGone)
		case <-l.ctx.Done():
			l.err = context.Cause(l.ctx)
		}
	}
	n := copy(p, l.rest)
	if l.rest = l.rest[n:]; len(l.rest) == 0 {
		l.taken <- struct{}{}
	}
	return n, nil
}

// errGone is the error of a source that panicked or called runtime.Goexit.
var errGone = errors.New("source ended its goroutine")

// repanic panics once with the source's panic value, in the goroutine of the caller.
func (l *Late) repanic() {
	if value := l.panicked; value != nil {
		l.panicked, l.err = nil, errGone
		panic(value)
	}
}

func (l *Late) pump() {
	defer close(l.ended)
	defer func() { l.panicked = recover() }()
	src, err := l.open()
	if err == nil && IsNil(src) {
		err = errors.New("Open returned a nil reader")
	}
	if err != nil {
		l.hand(latePiece{err: fmt.Errorf("failed to open: %w", err)})
		return
	}
	defer src.Close()
	buf := make([]byte, lateBuffer)
	for idle := 0; idle < maxEmptyReads; idle++ {
		n, err := src.Read(buf)
		if n < 0 || n > len(buf) {
			n, err = 0, wrongCount(n, buf)
		}
		if n > 0 {
			idle = 0
		}
		piece := latePiece{data: buf[:n], err: err}
		if noted, ok := src.(interface{ Note() []byte }); ok && err == io.EOF {
			piece.note = noted.Note()
		}
		if !l.hand(piece) || err != nil {
			return
		}
	}
	l.hand(latePiece{err: io.ErrNoProgress})
}

// hand passes a piece to the reader and waits until it is consumed. It reports false if the reader
// is gone.
func (l *Late) hand(piece latePiece) bool {
	select {
	case l.pieces <- piece:
	case <-l.stop:
		return false
	case <-l.ctx.Done():
		return false
	}
	select {
	case <-l.taken:
		return true
	case <-l.stop:
	case <-l.ctx.Done():
	}
	return false
}

// Close closes the source if it was opened, and waits for it until its context ends. Call it once,
// after the last Read.
func (l *Late) Close() error {
	if l.pieces == nil {
		return nil
	}
	close(l.stop)
	select {
	case <-l.ended:
		l.repanic()
	case <-l.ctx.Done():
	}
	return nil
}

// LateBody is an unencrypted object with known size and hash. Its source is read only if the object
// is opened.
type LateBody struct {
	late   *Late
	size   int64
	sha256 []byte

	spool  *spool.Spool
	loaded bool
	err    error
}

// Unopened returns the object of size bytes with this SHA-256, to be read from a separate source
// that is opened like l. Once read, up to spoolMemory bytes are kept in memory.
func (l *Late) Unopened(size int64, sha256 []byte, spoolMemory int64) *LateBody {
	return &LateBody{late: NewLate(l.ctx, l.open), size: size, sha256: sha256, spool: spool.New(spoolMemory)}
}

// Size returns the size of the object in bytes.
func (b *LateBody) Size() int64 { return b.size }

// Open reads the whole source on its first call. If the hash does not match, it returns
// [streamenc.ErrSourceChanged].
func (b *LateBody) Open(offset int64) (io.ReadCloser, error) {
	if !b.loaded {
		b.loaded, b.err = true, b.load()
	}
	if b.err != nil {
		return nil, b.err
	}
	return NewSection(b.spool, b.size).Open(offset)
}

func (b *LateBody) load() error {
	hash := sha256.New()
	// one byte more shows that the source is longer
	if _, err := io.Copy(io.MultiWriter(b.spool, hash), io.LimitReader(b.late, b.size+1)); err != nil {
		return err
	}
	if !bytes.Equal(hash.Sum(nil), b.sha256) {
		return fmt.Errorf("%w: its hash is not the recorded one", streamenc.ErrSourceChanged)
	}
	return nil
}

// Close closes the source and releases the spool.
func (b *LateBody) Close() error { return errors.Join(b.late.Close(), b.spool.Close()) }
