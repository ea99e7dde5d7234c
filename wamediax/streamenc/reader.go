package streamenc

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
)

// minObjectSize is the size of an encrypted empty file: one block of padding and the MAC.
const minObjectSize = blockSize + macSize

// Reader decrypts while it is read. What it returns before io.EOF is NOT yet verified as a whole (with VerifySidecar: as a
// whole, but each 64 KiB is): only io.EOF says that MAC, padding and the expected hashes hold, and any other error that what
// was read before must not be used. The last up to 64 KiB are held back until then. It is not safe for concurrent use.
type Reader struct {
	src     filler
	keys    mediaKeys
	cbc     cipher.BlockMode
	digests digests
	checks  *decryptOptions
	workers int

	carry     [minObjectSize]byte // read already, but maybe the end: belongs to the next piece
	carrySize int
	ended     bool // the last piece was read
	mac       [macSize]byte
	padding   error // what is wrong with the last block, told only once the MAC holds
	verified  int   // bytes of the sidecar
	noIV      bool  // the sidecar leaves out the IV
	complete  bool  // MAC, padding and whatever was expected hold

	line pipeline
	ring []piece
	rest []byte // of the piece being read
	open bool   // a piece is being read
	err  error  // what every further call returns
	sink func(plain []byte) error
}

// NewReader returns a Reader of the plaintext of the encrypted object src. It reads ahead of its caller by up to 512 KiB, but
// does not wait for more than 64 KiB while src gives less than it is asked for. Besides the errors of src, reading gives
// ErrInvalidMAC, ErrInvalidPadding, ErrTruncated and ErrHashMismatch; NewReader itself gives ErrKeySize or ErrNotEncrypted.
func NewReader(src io.Reader, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) (*Reader, error) {
	r := &Reader{
		src:     filler{src: src},
		checks:  newDecryptOptions(opts),
		workers: workers(0),
		ring:    make([]piece, 1),
	}
	if err := r.keys.derive(mediaKey, mediaType); err != nil {
		return nil, err
	}
	if src == nil {
		return nil, errNoSource
	}
	r.cbc = r.keys.decrypter(r.keys.iv())
	r.digests.init(&r.keys)
	if r.checks.hasSidecar {
		r.digests.sidecar = newSidecar(&r.keys)
	}
	if r.workers > 1 {
		r.ring = make([]piece, ringPieces)
	}
	r.line.init(r, decryptDigest+1, 1<<decryptRead, r.ring)
	r.line.pull = true
	return r, nil
}

// Read returns the next plaintext. See Reader for what may be done with it.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 {
		if err := r.nextPiece(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// release gives the piece that was read back to the ring.
func (r *Reader) release() {
	if r.open {
		r.open = false
		r.line.taken++
	}
}

// nextPiece opens the next piece and decrypts more where there is none.
func (r *Reader) nextPiece() error {
	if r.err != nil {
		return r.err
	}
	r.release()
	if r.line.taken == r.line.next[decryptDigest] {
		err := r.line.run(r.workers)
		if r.line.taken == r.line.next[decryptDigest] {
			r.finish(err)
			return r.err
		}
	}
	r.rest = r.ring[r.line.taken%int64(len(r.ring))].plain
	r.open = true
	return nil
}

// WriteTo decrypts all that has not been read yet into dst, overlapping reading, decrypting and writing. io.Copy uses it. A
// nil error means what io.EOF means from Read. After any other error, one of dst too, the Reader is of no more use.
func (r *Reader) WriteTo(dst io.Writer) (n int64, err error) {
	if r.err == io.EOF {
		return 0, nil
	} else if r.err != nil {
		return 0, r.err
	}
	r.sink = func(plain []byte) error {
		if len(plain) == 0 {
			return nil // an empty write would wait at a pipe
		}
		m, err := writeAll(dst, plain)
		n += int64(m)
		if err != nil {
			return fmt.Errorf("failed to write plaintext: %w", err)
		}
		return nil
	}
	r.err = errPanicked // if src or dst does
	if len(r.rest) > 0 {
		err = r.sink(r.rest)
		r.rest = nil
		if err != nil {
			r.err = err
			return n, err
		}
	}
	r.release()
	// The sink becomes the last stage. It begins with what is decrypted already.
	r.line.next[decryptWrite] = r.line.taken
	r.line.count, r.line.pull, r.line.outside = decryptWrite+1, false, 1<<decryptRead|1<<decryptWrite
	if r.finish(r.line.run(r.workers)); r.err != io.EOF {
		return n, r.err
	}
	return n, nil
}

// finish settles what every further call returns: io.EOF only if everything was found right.
func (r *Reader) finish(err error) {
	if err == nil && !r.complete {
		err = ErrTruncated
	} else if err == nil {
		err = io.EOF
		recycleRing(r.ring)
	}
	r.err = err
}

// The stages of decryption.
const (
	decryptRead = iota
	decryptCBC
	decryptDigest
	decryptWrite
)

func (r *Reader) do(stage int, p *piece) error {
	switch stage {
	case decryptRead:
		return r.read(p)
	case decryptCBC:
		p.plain = p.plainBuf.data[:len(p.enc)]
		r.cbc.CryptBlocks(p.plain, p.enc)
		if p.last {
			p.plain, r.padding = unpad(p.plain)
		}
		return nil
	case decryptDigest:
		r.digests.update(p.plain, p.enc)
		if p.last {
			return r.verify(p)
		}
		return r.verifySidecar(p)
	default:
		return r.sink(p.plain)
	}
}

// read fills a piece and keeps back what could be the last block and the MAC.
func (r *Reader) read(p *piece) error {
	if r.ended {
		return io.EOF
	}
	p.last = false
	if p.encBuf == nil {
		p.encBuf = newBuffer(streamPiece + minObjectSize)
		p.plainBuf = newBuffer(streamPiece + blockSize)
	}
	enc := p.encBuf.data
	n := copy(enc, r.carry[:r.carrySize])
	m, err := r.src.fill(enc[n:])
	n += m
	if err == nil {
		r.carrySize = copy(r.carry[:], enc[streamPiece:n])
		copy(p.ahead[:], r.carry[:])
		p.enc = enc[:streamPiece]
		if r.src.short && r.line.pull {
			return errPause
		}
		return nil
	}
	if failure := r.src.failure("encrypted media"); failure != nil {
		return failure
	}
	return r.readLast(p, enc[:n])
}

// readLast makes the last piece of what remains: the ciphertext's end and the MAC.
func (r *Reader) readLast(p *piece, rest []byte) error {
	n := len(rest)
	if n < minObjectSize || (n-macSize)%blockSize != 0 {
		return fmt.Errorf("%w: its length is not that of whole blocks and a MAC", ErrTruncated)
	}
	r.ended = true
	p.last = true
	p.enc = rest[:n-macSize]
	r.mac = [macSize]byte(rest[n-macSize:])
	return nil
}

// verify decides, with everything read, whether p, the last piece, may be handed out.
func (r *Reader) verify(p *piece) error {
	valid := hmac.Equal(r.digests.sum(), r.mac[:])
	r.digests.finish(r.mac[:])
	var sum [sha256.Size]byte
	var errs []error
	if want := r.checks.encSHA256; len(want) > 0 && subtle.ConstantTimeCompare(r.digests.enc.Sum(sum[:0]), want) == 0 {
		errs = append(errs, fmt.Errorf("%w: %w", ErrHashMismatch, whatsmeow.ErrInvalidMediaEncSHA256))
	}
	if !valid {
		errs = append(errs, ErrInvalidMAC)
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if err := r.verifySidecar(p); err != nil {
		return err
	}
	if r.padding != nil {
		return r.padding
	}
	if want := r.checks.plainSHA256; len(want) > 0 && subtle.ConstantTimeCompare(r.digests.plain.Sum(sum[:0]), want) == 0 {
		return fmt.Errorf("%w: %w", ErrHashMismatch, whatsmeow.ErrInvalidMediaSHA256)
	}
	r.complete = true
	return nil
}

// verifySidecar compares the entries that p completes. After the last piece there must be no more.
func (r *Reader) verifySidecar(p *piece) error {
	if !r.checks.hasSidecar {
		return nil
	}
	if !r.noIV {
		n, ok := r.entriesWithIV(p)
		if ok {
			r.verified += n
			return nil
		}
		r.noIV = r.verified == 0
		r.digests.sidecar = nil
	}
	n, ok := 0, false
	if r.noIV {
		n, ok = r.entriesWithoutIV(p)
	}
	if !ok {
		return fmt.Errorf("%w: it differs from the sidecar", ErrInvalidMAC)
	}
	r.verified += n
	return nil
}

// entriesWithIV compares what p completes with a sidecar as phones write it, and returns for how many bytes of that it stands.
func (r *Reader) entriesWithIV(p *piece) (n int, ok bool) {
	got, want := r.digests.sidecar.table[r.verified:], r.checks.sidecar[r.verified:]
	if p.last && r.digests.sidecar.alone && len(want) == len(got)-macSize {
		got = got[:len(want)]
	}
	if len(want) < len(got) || p.last && len(want) > len(got) {
		return 0, false
	}
	return len(got), hmac.Equal(got, want[:len(got)])
}

// entriesWithoutIV does the same with a sidecar that leaves out the IV.
func (r *Reader) entriesWithoutIV(p *piece) (n int, ok bool) {
	want := r.checks.sidecar[r.verified:]
	if !p.last {
		return macSize, entryIs(want, 0, entryMAC(&r.keys, p.enc, p.ahead[:]))
	}
	rest := p.enc[:len(p.enc)+macSize] // the MAC follows in the buffer
	for at := 0; at < len(rest); at += sidecarPiece {
		covered := rest[at:min(at+sidecarPiece+blockSize, len(rest))]
		if at > 0 && len(covered) <= blockSize && n == len(want) {
			break // left out, as the entry before it covers all that it would
		}
		if !entryIs(want[n:], 0, entryMAC(&r.keys, covered)) {
			return 0, false
		}
		n += macSize
	}
	return n, n == len(want)
}

// unpad takes off PKCS#7 padding. It may answer differently for different mistakes: callers keep it to themselves until the
// MAC has been checked.
func unpad(plain []byte) ([]byte, error) {
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > blockSize {
		return plain, ErrInvalidPadding
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return plain, ErrInvalidPadding
		}
	}
	return plain[:len(plain)-padding], nil
}
