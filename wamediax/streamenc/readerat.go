package streamenc

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"go.mau.fi/whatsmeow"
)

// ReaderAt gives random access to the plaintext of an encrypted object, and reads only what it
// needs. It is safe for concurrent use if its source is. For an io.ReadSeeker, such as
// http.ServeContent needs, use io.NewSectionReader(r, 0, r.Size()).
//
// With VerifySidecar, each 64 KiB piece is verified before any of it is returned, and so is Size.
// WITHOUT it nothing is verified: the MAC and the hashes require reading everything, so anyone who
// can modify the ciphertext can modify the plaintext and its length. The MAC of the whole object is
// not verified in either case.
type ReaderAt struct {
	src     io.ReaderAt
	objSize int64
	size    int64
	keys    *mediaKeys
	sidecar []byte
	checked bool
	noIV    bool // the sidecar does not cover the IV

	// spare is the last decrypted piece. A reader takes it out, so that no two readers share it,
	// and puts its own back. Consecutive small reads therefore decrypt a piece once.
	spare atomic.Pointer[plainPiece]
}

// plainPiece is a decrypted piece.
type plainPiece struct {
	index int64
	// source bytes first: the block before the piece, the piece, and the rest that its entry covers
	buf   [blockSize + sidecarPiece + blockSize]byte
	plain []byte // in buf
	// the last ciphertext block, verified if plain is
	last [blockSize]byte
}

// NewReaderAt returns a ReaderAt of the plaintext of the encrypted object src, whose size in bytes
// includes the MAC. It reads the last piece at once to find the plaintext's size. Both NewReaderAt
// and ReadAt return src's errors, ErrTruncated (src ends before size, or size is impossible),
// ErrInvalidPadding, and with VerifySidecar ErrInvalidMAC. NewReaderAt also returns ErrKeySize and
// ErrNotEncrypted. It ignores ExpectHashes.
func NewReaderAt(src io.ReaderAt, size int64, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) (*ReaderAt, error) {
	keys := new(mediaKeys)
	if err := keys.derive(mediaKey, mediaType); err != nil {
		return nil, err
	}
	if src == nil {
		return nil, errNoSource
	}
	if size < minObjectSize || (size-macSize)%blockSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes is not the size of an encrypted object", ErrTruncated, size)
	}
	checks := newDecryptOptions(opts)
	r := &ReaderAt{src: src, objSize: size, keys: keys, sidecar: checks.sidecar, checked: checks.hasSidecar}
	r.size = size - macSize // until the padding is known
	last, err := r.lastPiece()
	if err != nil {
		return nil, err
	}
	defer r.spare.Store(last)
	plain, err := unpad(last.plain)
	if err != nil {
		return nil, err
	}
	r.size -= int64(len(last.plain) - len(plain))
	return r, nil
}

// lastPiece returns the last piece, from which it detects the form of the sidecar.
func (r *ReaderAt) lastPiece() (*plainPiece, error) {
	last := (r.size - 1) / sidecarPiece
	if !r.checked {
		return r.piece(last)
	}
	err := fmt.Errorf("%w: sidecar of %d bytes does not fit an object of %d bytes", ErrInvalidMAC, len(r.sidecar), r.objSize)
	for _, r.noIV = range []bool{false, true} {
		if !sidecarFits(int64(len(r.sidecar)), r.objSize, !r.noIV) {
			continue
		}
		var p *plainPiece
		p, err = r.piece(last)
		if err == nil && int64(len(r.sidecar)) > macSize*(last+1) {
			err = r.checkTail(p)
		}
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, ErrInvalidMAC) {
			return nil, err
		}
	}
	return nil, err
}

// checkTail verifies the sidecar entry after the last piece p. It covers the MAC and, in the form
// with the IV, a last block that ends with the piece.
func (r *ReaderAt) checkTail(p *plainPiece) error {
	covered := p.buf[blockSize+r.size-p.index*sidecarPiece:][:macSize]
	if !r.noIV && r.size%sidecarPiece == 0 {
		covered = append(p.last[:], covered...)
	}
	return r.check(p.index+1, covered)
}

// Size returns the size of the plaintext in bytes.
func (r *ReaderAt) Size() int64 { return r.size }

// ReadAt implements io.ReaderAt for the plaintext.
func (r *ReaderAt) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("failed to read: offset is negative")
	}
	for n < len(p) && off < r.size {
		piece, err := r.piece(off / sidecarPiece)
		if err != nil {
			return n, err
		}
		end := min(int64(len(piece.plain)), r.size-piece.index*sidecarPiece)
		m := copy(p[n:], piece.plain[off%sidecarPiece:end])
		r.spare.Store(piece)
		n += m
		off += int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// piece returns the piece of plaintext with this index, including padding. The caller owns it.
func (r *ReaderAt) piece(index int64) (*plainPiece, error) {
	p := r.spare.Swap(nil)
	if p == nil {
		p = new(plainPiece)
	} else if p.plain != nil && p.index == index {
		return p, nil
	}
	start := index * sidecarPiece
	// where the range that the piece's entry covers ends
	covers := min(start+sidecarPiece, r.objSize)
	if r.noIV {
		covers = min(covers+blockSize, r.objSize)
	}
	end := covers
	if r.objSize-macSize <= start+sidecarPiece {
		end = r.objSize // the last piece includes the MAC
	}
	before, known := p.last, p.plain != nil && p.index == index-1
	p.index, p.plain = index, nil
	window := p.buf[:blockSize+end-start]
	covered := window[:blockSize+covers-start]
	var err error
	switch {
	case index == 0:
		copy(window, r.keys.iv())
		err = r.readFull(window[blockSize:], 0)
	case !r.noIV:
		err = r.readFull(window, start-blockSize)
	default:
		if !known {
			before, err = r.lastBlock(index - 1)
		}
		copy(window, before[:])
		if err == nil {
			err = r.readFull(window[blockSize:], start)
		}
	}
	if err != nil {
		return nil, err
	}
	if r.noIV {
		covered = covered[blockSize:]
	}
	if err = r.check(index, covered); err != nil {
		return nil, err
	}
	end = min(start+sidecarPiece, r.objSize-macSize)
	enc := window[blockSize : blockSize+end-start]
	copy(p.last[:], enc[len(enc)-blockSize:])
	r.keys.decrypter(window[:blockSize]).CryptBlocks(enc, enc)
	p.plain = enc
	return p, nil
}

// lastBlock returns the verified last ciphertext block of any piece but the last: in a sidecar
// without the IV, only that piece's entry authenticates it.
func (r *ReaderAt) lastBlock(index int64) (block [blockSize]byte, err error) {
	buf := newBuffer(sidecarPiece + blockSize)
	if err = r.readFull(buf.data, index*sidecarPiece); err != nil {
		return block, err
	}
	if err = r.check(index, buf.data); err != nil {
		return block, err
	}
	copy(block[:], buf.data[sidecarPiece-blockSize:])
	buf.recycle() // ciphertext: no need to wipe it
	return block, nil
}

// check verifies the sidecar entry with this index, which covers covered.
func (r *ReaderAt) check(index int64, covered []byte) error {
	if r.checked && !entryIs(r.sidecar, index, entryMAC(r.keys, covered)) {
		return fmt.Errorf("%w: piece %d does not match the sidecar", ErrInvalidMAC, index)
	}
	return nil
}

func (r *ReaderAt) readFull(p []byte, off int64) error {
	n, err := r.src.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if n < 0 || n > len(p) {
		return fmt.Errorf("failed to read encrypted media: %w", errImpossibleCount)
	}
	if err == nil || err == io.EOF {
		return fmt.Errorf("%w: it ends before byte %d of %d", ErrTruncated, off+int64(len(p)), r.objSize)
	}
	return fmt.Errorf("failed to read encrypted media: %w", err)
}
