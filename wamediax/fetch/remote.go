package fetch

import (
	"context"
	"errors"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

const (
	// firstWindow is how many bytes are asked for after a seek.
	firstWindow = 256 << 10
	// maxGap is up to how many bytes are read for nothing rather than asking anew.
	maxGap = 128 << 10
	// overlap is how many bytes before its own a piece needs to be decrypted: the block before it.
	overlap = 16
	// lastPiece is what the end of an object is read by: pieces of so many bytes.
	lastPiece = 64 << 10
)

// remote is an object on the media hosts that is read in place. It is an io.ReaderAt that expects to be read more or less in
// order, by one goroutine at a time.
type remote struct {
	d   *download
	ctx context.Context

	stream *stream       // nil: not reading
	tail   [overlap]byte // the last bytes that came of stream …
	have   int           // … as many as there are, at the end
	err    error         // how reading failed last
}

// size learns the size in bytes. Where the message gives an idea of it the object's end is asked for, which is what decrypting
// begins with.
func (r *remote) size() (int64, error) {
	if r.d.size >= 0 {
		return r.d.size, nil
	}
	var from int64
	d := r.d
	if d.encrypted() && d.length > 0 {
		from = max(0, d.length/lastPiece*lastPiece-overlap)
	}
	for {
		r.seek(from)
		if from > 0 || d.length == 0 { // without an idea of the size, a part and the whole could not be told apart
			r.stream.window = 0
		}
		err := r.stream.open()
		if err != nil && err != io.EOF {
			r.err = err
			return 0, err
		}
		if d.size >= 0 {
			break
		}
		r.close()
		if err = d.failed(r.ctx, failover.Result{Outcome: failover.Refused, Err: errors.New("host does not say how large the object is")}); err != nil {
			r.err = err
			return 0, err
		}
	}
	if d.size != d.objectSize(d.length) {
		d.Reset() // a host that had nothing at that place may be good at parts
		clear(d.whole)
	}
	return d.size, nil
}

func (r *remote) ReadAt(p []byte, offset int64) (n int, err error) {
	r.err = nil
	if r.stream != nil && offset < r.stream.offset && offset >= r.stream.offset-int64(r.have) {
		n = copy(p, r.tail[int64(overlap)-(r.stream.offset-offset):])
		if n == len(p) {
			return n, nil
		}
	} else if r.stream == nil || offset < r.stream.offset || offset > r.stream.offset+maxGap {
		r.seek(offset)
	} else if _, err = io.CopyN(io.Discard, r, offset-r.stream.offset); err != nil {
		return 0, r.failed(err)
	}
	m, err := io.ReadFull(r, p[n:])
	if err != nil {
		return n + m, r.failed(err)
	}
	return n + m, nil
}

// Read is the next bytes of stream, and keeps the last of them.
func (r *remote) Read(p []byte) (int, error) {
	n, err := r.stream.Read(p)
	if n >= overlap {
		copy(r.tail[:], p[n-overlap:n])
	} else {
		copy(r.tail[:], r.tail[n:])
		copy(r.tail[overlap-n:], p[:n])
	}
	r.have = min(overlap, r.have+n)
	return n, err
}

// failed lets go of what does not go on. The end of the object is none of it.
func (r *remote) failed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return io.EOF
	}
	r.err = err
	r.close()
	return err
}

func (r *remote) seek(offset int64) {
	r.close()
	clear(r.d.givers)
	r.stream = r.d.stream(r.ctx, offset)
	r.stream.window = firstWindow
}

// unwrapped is err, or the failure of the network that it was wrapped around on its way.
func (r *remote) unwrapped(err error) error {
	if err != nil && err != io.EOF && r.err != nil {
		return r.err
	}
	return err
}

func (r *remote) close() {
	if r.stream != nil {
		r.stream.Close()
		r.stream = nil
	}
	r.have = 0
}
