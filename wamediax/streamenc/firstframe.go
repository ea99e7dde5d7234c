package streamenc

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
)

// FirstFrameLength returns the number of bytes of an animated WebP up to the end of its first
// animation frame (ANMF chunk with padding byte): the firstFrameLength of a sticker message. It
// only needs the start of the file, up to that chunk's header. ok is false if webp is not an
// animated WebP, or ends too early, or if the frame extends beyond the length that the file states.
func FirstFrameLength(webp []byte) (length int64, ok bool) {
	var w webpWalk
	w.walk(webp)
	return w.length, w.length > 0
}

// webpWalk scans the chunks of a WebP file (RIFF container) that arrives in pieces, and stops at
// the first frame. It keeps one header at a time, whatever sizes the file claims.
type webpWalk struct {
	header  [12]byte
	filled  int   // bytes of header so far
	started bool  // the RIFF header was valid
	skip    int64 // bytes until the next header
	offset  int64 // bytes seen
	end     int64 // size of the file, from its RIFF header
	length  int64 // up to the first frame's end; 0: not found
	done    bool  // the scan is complete
}

func (w *webpWalk) walk(p []byte) {
	for len(p) > 0 && !w.done {
		if w.skip > 0 {
			n := min(w.skip, int64(len(p)))
			w.skip -= n
			w.offset += n
			p = p[n:]
			continue
		}
		size := 8 // size of a chunk's header: name and length
		if !w.started {
			size = 12
		}
		n := copy(w.header[w.filled:size], p)
		w.filled += n
		w.offset += int64(n)
		p = p[n:]
		if w.filled == size {
			w.filled = 0
			w.next(w.header[:size])
		}
	}
}

// next handles a header. Lengths are 32 bits and padded to an even number.
func (w *webpWalk) next(header []byte) {
	length := int64(binary.LittleEndian.Uint32(header[4:]))
	if !w.started {
		w.started = bytes.HasPrefix(header, []byte("RIFF")) && bytes.HasSuffix(header, []byte("WEBP"))
		w.done = !w.started
		w.end = 8 + length
		return
	}
	length += length & 1
	switch {
	case w.offset+length > w.end:
		w.done = true
	case bytes.HasPrefix(header, []byte("ANMF")):
		w.length = w.offset + length
		w.done = true
	default:
		w.skip = length
	}
}

// firstFrame computes the first-frame sidecar of an animated WebP sticker (PROTOCOL: WA Web): the
// truncated HMAC of iv ‖ ciphertext up to the block in which the first frame ends. That is the
// state of the object's own HMAC after that block.
type firstFrame struct {
	webpWalk
	encrypted int64 // bytes of ciphertext so far
	sidecar   []byte
}

// room returns how many bytes of ciphertext precede the point where the HMAC must be read.
func (f *firstFrame) room() int64 {
	if f.length == 0 || f.sidecar != nil {
		return math.MaxInt64
	}
	return f.cut() - f.encrypted
}

func (f *firstFrame) cut() int64 {
	return (f.length + blockSize - 1) / blockSize * blockSize
}

// advance records that n more bytes of ciphertext were added to mac.
func (f *firstFrame) advance(n int, mac hash.Hash) {
	f.encrypted += int64(n)
	if f.length > 0 && f.sidecar == nil && f.encrypted == f.cut() {
		f.sidecar = mac.Sum(make([]byte, 0, sha256.Size))[:macSize:macSize]
	}
}
