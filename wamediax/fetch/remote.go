package fetch

import (
	"context"
	"errors"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

const (
	// firstWindow is how many bytes the first request after a seek asks for.
	firstWindow = 256 << 10
	// maxGap is the largest gap in bytes that is read and discarded to avoid a new request.
	maxGap = 128 << 10
	// overlap is how many bytes before a piece are needed to decrypt it: one AES block.
	overlap = 16
	// lastPiece is the piece size in bytes with which the decrypting reader reads the object's end.
	lastPiece = 64 << 10
)

// remote is an io.ReaderAt of an object on the media hosts. It is fast for nearly sequential reads,
// and not safe for concurrent use.
type remote struct {
	d   *download
	ctx context.Context

	stream *stream       // nil: no open response
	tail   [overlap]byte // the last bytes read from stream …
	have   int           // … of which these many are valid, at the end
	err    error         // error of the last read
}

// size finds the object's size in bytes. If the message states a length, size requests the object's
// end, which the decrypting reader needs first.
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
		// without an expected size, a part and the whole object look the same
		if from > 0 || d.length == 0 {
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
		if err = d.failed(r.ctx, failover.Result{Outcome: failover.Refused, Err: errors.New("host does not report the object's size")}); err != nil {
			r.err = err
			return 0, err
		}
	}
	if d.size != d.objectSize(d.length) {
		d.Reset() // a host without these bytes may still serve ranges
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

// Read reads from stream, and keeps the last bytes for ReadAt.
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

// failed closes a stream that cannot continue. The end of the object is no failure.
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
	clear(r.d.sources)
	r.stream = r.d.stream(r.ctx, offset)
	r.stream.window = firstWindow
}

// unwrapped returns the network error behind err if there is one, otherwise err.
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
