package wamediax

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// lateBuffer is how much of a late source is read at a time, in bytes.
const lateBuffer = 32 << 10

// lateSource is a source that is opened when it is first read. All that is done with it is done in one goroutine, so that
// nobody has to wait for it once ctx has ended.
type lateSource struct {
	ctx  context.Context
	open func() (io.ReadCloser, error)

	pieces chan latePiece // nil: not opened yet
	taken  chan struct{}  // the piece before has been used up
	stop   chan struct{}  // closed by Close
	ended  chan struct{}  // closed when the goroutine ends

	rest []byte
	err  error  // follows rest
	note []byte // what the source says of itself at its end
}

type latePiece struct {
	data []byte
	err  error
	note []byte
}

// again is the same source from its beginning, not opened.
func (l *lateSource) again() *lateSource { return &lateSource{ctx: l.ctx, open: l.open} }

func (l *lateSource) Read(p []byte) (int, error) {
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

func (l *lateSource) pump() {
	defer close(l.ended)
	src, err := l.open()
	if err == nil && src == nil {
		err = errors.New("there is nothing to read")
	}
	if err != nil {
		l.hand(latePiece{err: fmt.Errorf("failed to open: %w", err)})
		return
	}
	defer src.Close()
	buf := make([]byte, lateBuffer)
	for idle := 0; idle < 100; idle++ {
		n, err := src.Read(buf)
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

// hand gives a piece to the reader and waits until that has used it up. It reports false if there is no reader any more.
func (l *lateSource) hand(piece latePiece) bool {
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

// Close closes the source, if it was opened. It is called once, after the last Read, and waits for the source as long as
// its context has not ended.
func (l *lateSource) Close() error {
	if l.pieces == nil {
		return nil
	}
	close(l.stop)
	select {
	case <-l.ended:
	case <-l.ctx.Done():
	}
	return nil
}

// unopened makes the recorded object of a source that is as it was recorded. It is opened only if the CDN asks for bytes.
func (m *remembered) unopened(late *lateSource) *object {
	late.note = m.rec.Note
	body := &lateBody{late: late.again(), size: m.rec.FileLength, sha256: m.rec.FileSHA256, spool: spool{limit: m.c.spoolMemory}}
	return &object{
		body: body, info: streamenc.Info{FileSHA256: m.rec.FileSHA256, FileLength: m.rec.FileLength},
		mimetype: m.rec.Mimetype, made: m.rec.MediaKeyTimestamp, recalled: true, Closer: body,
	}
}

// lateBody is what is not encrypted and known by its hash, read when somebody asks for it.
type lateBody struct {
	late   *lateSource
	size   int64
	sha256 []byte

	spool  spool
	loaded bool
	err    error
}

func (b *lateBody) Size() int64 { return b.size }

func (b *lateBody) Open(offset int64) (io.ReadCloser, error) {
	if !b.loaded {
		b.loaded, b.err = true, b.load()
	}
	if b.err != nil {
		return nil, b.err
	}
	return sectionBody{io.NewSectionReader(&b.spool, 0, b.size)}.Open(offset)
}

func (b *lateBody) load() error {
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(&b.spool, hash), b.late); err != nil {
		return err
	}
	if !bytes.Equal(hash.Sum(nil), b.sha256) {
		return fmt.Errorf("%w: it is not what was recorded", streamenc.ErrSourceChanged)
	}
	return nil
}

func (b *lateBody) Close() error { return errors.Join(b.late.Close(), b.spool.Close()) }
