package streamenc

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"go.mau.fi/whatsmeow"
)

// ReaderAt gives random access to the plaintext of an encrypted object, reading only what it needs. It may be used
// concurrently if its source may. For an io.ReadSeeker, as http.ServeContent wants it:
// io.NewSectionReader(r, 0, r.Size()).
//
// With VerifySidecar each 64 KiB piece is checked before a byte of it is handed out, and so is Size. WITHOUT it nothing is
// verified: neither the MAC nor the hashes can be known without reading everything, so whoever can change the ciphertext can
// change the plaintext and its length. The MAC over the whole object is not checked in either case.
type ReaderAt struct {
	src     io.ReaderAt
	objSize int64
	size    int64
	keys    *mediaKeys
	sidecar []byte
	checked bool
	noIV    bool // the sidecar leaves out the IV

	// spare is the piece that was decrypted last. A reader takes it out, so that two never share it, and puts its own back:
	// small reads in a row decrypt a piece once.
	spare atomic.Pointer[plainPiece]
}

// plainPiece is a decrypted piece.
type plainPiece struct {
	index int64
	buf   [blockSize + sidecarPiece + blockSize]byte // source bytes first: the block before the piece, the piece, and what its entry covers beyond
	plain []byte                                     // in buf
	last  [blockSize]byte                            // the last ciphertext block, verified if plain is
}

// NewReaderAt returns the plaintext of the encrypted object src, which has size bytes, MAC included. It reads the last piece
// at once, to learn the plaintext's size. Besides the errors of src it and ReadAt give ErrTruncated (src ends before size, or
// size is that of no object), ErrInvalidPadding, and with VerifySidecar ErrInvalidMAC; NewReaderAt also gives ErrKeySize and
// ErrNotEncrypted. ExpectHashes has no effect here.
func NewReaderAt(src io.ReaderAt, size int64, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) (*ReaderAt, error) {
	keys := new(mediaKeys)
	if err := keys.derive(mediaKey, mediaType); err != nil {
		return nil, err
	}
	if src == nil {
		return nil, errNoSource
	}
	if size < minObjectSize || (size-macSize)%blockSize != 0 {
		return nil, fmt.Errorf("%w: no object has %d bytes", ErrTruncated, size)
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

// lastPiece returns the last piece, and finds out by it what form the sidecar has.
func (r *ReaderAt) lastPiece() (*plainPiece, error) {
	last := (r.size - 1) / sidecarPiece
	if !r.checked {
		return r.piece(last)
	}
	err := fmt.Errorf("%w: a sidecar of %d bytes does not belong to an object of %d", ErrInvalidMAC, len(r.sidecar), r.objSize)
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

// checkTail compares the entry behind p, the last piece: it stands for the MAC, and with the IV counted for a last block that
// ends with the piece.
func (r *ReaderAt) checkTail(p *plainPiece) error {
	covered := p.buf[blockSize+r.size-p.index*sidecarPiece:][:macSize]
	if !r.noIV && r.size%sidecarPiece == 0 {
		covered = append(p.last[:], covered...)
	}
	return r.check(p.index+1, covered)
}

// Size returns the size of the plaintext in bytes.
func (r *ReaderAt) Size() int64 { return r.size }

// ReadAt reads plaintext from off on, as io.ReaderAt says: fewer bytes than len(p) come only with an error.
func (r *ReaderAt) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("cannot read at a negative offset")
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

// piece returns the piece of plaintext with this index, padding included, for the caller alone.
func (r *ReaderAt) piece(index int64) (*plainPiece, error) {
	p := r.spare.Swap(nil)
	if p == nil {
		p = new(plainPiece)
	} else if p.plain != nil && p.index == index {
		return p, nil
	}
	start := index * sidecarPiece
	covers := min(start+sidecarPiece, r.objSize) // up to where the piece's entry stands for
	if r.noIV {
		covers = min(covers+blockSize, r.objSize)
	}
	end := covers
	if r.objSize-macSize <= start+sidecarPiece {
		end = r.objSize // the last window has the MAC
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

// lastBlock returns the last ciphertext block of a piece that is not the last one, verified: a sidecar without the IV
// authenticates it by that piece's entry only.
func (r *ReaderAt) lastBlock(index int64) (block [blockSize]byte, err error) {
	buf := newBuffer(sidecarPiece + blockSize)
	if err = r.readFull(buf.data, index*sidecarPiece); err != nil {
		return block, err
	}
	if err = r.check(index, buf.data); err != nil {
		return block, err
	}
	copy(block[:], buf.data[sidecarPiece-blockSize:])
	buf.recycle() // it holds ciphertext: no need to wipe it
	return block, nil
}

// check compares what a sidecar's entry covers with the entry.
func (r *ReaderAt) check(index int64, covered []byte) error {
	if r.checked && !entryIs(r.sidecar, index, entryMAC(r.keys, covered)) {
		return fmt.Errorf("%w: piece %d differs from the sidecar", ErrInvalidMAC, index)
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
