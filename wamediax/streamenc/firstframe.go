package streamenc

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
)

// FirstFrameLength returns how many bytes of an animated WebP there are up to the end of its first animation frame (ANMF
// chunk, padding byte included): what a sticker message calls firstFrameLength. The start of the file is enough, as far as
// that chunk's header. ok is false if webp is no WebP, not animated, or cut off before; a frame that claims to reach
// beyond the file's own length does not count.
func FirstFrameLength(webp []byte) (length int64, ok bool) {
	var w webpWalk
	w.walk(webp)
	return w.length, w.length > 0
}

// webpWalk goes through the chunks of a WebP file (RIFF container) that comes in pieces, and stops at the first frame. It
// keeps one header at a time, whatever the file claims.
type webpWalk struct {
	header  [12]byte
	filled  int   // bytes of header so far
	started bool  // the RIFF header was right
	skip    int64 // bytes until the next header
	offset  int64 // bytes seen
	end     int64 // of the file, as its RIFF header says
	length  int64 // up to the first frame's end; 0: not found
	done    bool  // nothing more to find
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
		size := 8 // a chunk's header: name and length
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

// next acts on a header. Lengths are 32 bits and padded to an even number.
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

// firstFrame makes the first-frame sidecar of an animated WebP sticker (PROTOCOL: WA Web): the shortened HMAC of
// iv ‖ ciphertext up to the block in which the first frame ends. That is what the object's own HMAC stands at on passing
// that block, so it only has to be read off there.
type firstFrame struct {
	webpWalk
	encrypted int64 // bytes of ciphertext so far
	sidecar   []byte
}

// room returns how many bytes of ciphertext come before the place where the HMAC is to be read.
func (f *firstFrame) room() int64 {
	if f.length == 0 || f.sidecar != nil {
		return math.MaxInt64
	}
	return f.cut() - f.encrypted
}

func (f *firstFrame) cut() int64 {
	return (f.length + blockSize - 1) / blockSize * blockSize
}

// advance notes that n more bytes of ciphertext are in mac.
func (f *firstFrame) advance(n int, mac hash.Hash) {
	f.encrypted += int64(n)
	if f.length > 0 && f.sidecar == nil && f.encrypted == f.cut() {
		f.sidecar = mac.Sum(make([]byte, 0, sha256.Size))[:macSize:macSize]
	}
}
