package streamenc

import (
	"errors"
	"io"

	"go.mau.fi/whatsmeow"
)

var errWriterClosed = errors.New("encrypting writer is closed")

// Writer encrypts what is written to it. The caller must call Close, which writes the last block
// and the MAC.
type Writer struct {
	dst  io.Writer
	enc  *Encryptor
	buf  []byte
	info Info
	err  error // of dst or src; returned by all further calls
	done bool
}

// NewWriter returns a Writer that encrypts to dst. It does not close dst. It returns ErrKeySize or
// ErrNotEncrypted.
func NewWriter(dst io.Writer, mediaType whatsmeow.MediaType, opts ...Option) (*Writer, error) {
	enc, err := NewEncryptor(mediaType, opts...)
	if err != nil {
		return nil, err
	}
	if dst == nil {
		return nil, errNoDestination
	}
	return &Writer{dst: dst, enc: enc}, nil
}

// Write encrypts p and writes the ciphertext before it returns, except for up to 15 bytes. After an
// error of dst all further calls return that error. n then counts the bytes whose ciphertext was
// written completely; dst may have up to 256 KiB more.
func (w *Writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 && w.usable() == nil {
		chunk := p[:min(len(p), w.chunkSize())]
		w.buf = w.enc.Update(w.buf[:0], chunk)
		if w.write(w.buf); w.err != nil {
			break
		}
		n += len(chunk)
		p = p[len(chunk):]
	}
	return n, w.usable()
}

func (w *Writer) chunkSize() int {
	if w.enc.options.parallelism > 1 {
		return 4 * streamPiece
	}
	return smallPiece
}

// ReadFrom encrypts all of src. It is faster than single writes, because reading, encrypting and
// hashing overlap. io.Copy uses it. n is the number of bytes read.
func (w *Writer) ReadFrom(src io.Reader) (n int64, err error) {
	if err = w.usable(); err != nil {
		return 0, err
	}
	if src == nil {
		return 0, errNoSource
	}
	w.err = errPanicked // in case src or dst panics
	n, w.err = w.enc.pump(src, unknownSize, nil, func(enc []byte) error {
		if _, err := writeAll(w.dst, enc); err != nil {
			return writeError(err)
		}
		return nil
	})
	return n, w.err
}

// Close writes the last block and the MAC. After an earlier error it writes nothing and returns
// that error, so it is enough to check Close. A second Close returns the same result.
func (w *Writer) Close() error {
	if w.done || w.err != nil {
		w.done = true
		return w.err
	}
	w.done = true
	tail, info, err := w.enc.Finalize(w.buf[:0])
	if err != nil {
		return err
	}
	if w.write(tail); w.err == nil {
		w.info = info
	}
	return w.err
}

// Info describes the object. It is empty until Close has succeeded.
func (w *Writer) Info() Info { return w.info }

func (w *Writer) usable() error {
	if w.err == nil && w.done {
		return errWriterClosed
	}
	return w.err
}

func (w *Writer) write(p []byte) {
	if len(p) == 0 {
		return
	}
	w.err = errPanicked // in case dst panics
	if _, err := writeAll(w.dst, p); err != nil {
		w.err = writeError(err)
		return
	}
	w.err = nil
}
