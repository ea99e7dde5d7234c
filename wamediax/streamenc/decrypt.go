package streamenc

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
)

// Decrypt decrypts all of src to dst and returns the number of bytes written. It verifies the MAC,
// the padding, and what the options ask for. Its errors are those of NewReader and Reader, and
// those of src and dst.
//
// After an error, dst contains unverified plaintext, as many bytes as Decrypt returned. Do not use
// it. Decrypt writes the last bytes, up to 64 KiB, only after it has verified everything, so an
// unverified file is always incomplete. Applications should nevertheless write to a temporary file
// and rename it on success.
//
// If dst is also an io.WriterAt, such as an *os.File, Decrypt writes in place: from dst's position
// if dst is an io.Seeker, and from the beginning otherwise. dst and src may then be the same file.
// The caller must truncate it to the returned size to remove the rest of the ciphertext. After an
// error such a file is unusable. On success the position is at the end of the plaintext. A pipe, or
// a file opened with O_APPEND, is written to sequentially.
func Decrypt(dst io.Writer, src io.Reader, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) (int64, error) {
	r, err := NewReader(src, mediaKey, mediaType, opts...)
	if err != nil {
		return 0, err
	}
	if dst == nil {
		return 0, errNoDestination
	}
	place := newPlaceWriter(dst)
	if place == nil {
		return r.WriteTo(dst)
	}
	n, err := r.WriteTo(place)
	if seekErr := place.finish(); err == nil {
		err = seekErr
	}
	return n, err
}

// DecryptBytes decrypts object in place and returns the plaintext, which shares object's memory.
// Its memory use does not depend on the size of object. It verifies the MAC, the padding, and what
// the options ask for, before it returns any plaintext. Its errors are those of NewReader and
// Reader; after an error, discard the contents of object.
func DecryptBytes(object, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) ([]byte, error) {
	r := &Reader{checks: newDecryptOptions(opts)}
	if err := r.keys.derive(mediaKey, mediaType); err != nil {
		return nil, err
	}
	last := piece{last: true}
	if err := r.readLast(&last, object); err != nil {
		return nil, err
	}
	if r.checks.hasSidecar {
		return decryptBytesBySidecar(object, mediaKey, mediaType, opts)
	}
	r.digests.init(&r.keys)
	cbc := r.keys.decrypter(r.keys.iv())
	var plain []byte // of the previous piece
	for rest := last.enc; len(rest) > 0; {
		enc := rest[:min(len(rest), smallPiece)]
		rest = rest[len(enc):]
		r.digests.updateApart(plain, enc)
		cbc.CryptBlocks(enc, enc)
		plain = enc
	}
	plain, r.padding = unpad(plain)
	r.digests.updateApart(plain, nil)
	if err := r.verify(&last); err != nil {
		return nil, err
	}
	return object[:r.digests.plainLength], nil
}

// decryptBytesBySidecar handles the rare case of a sidecar. A Reader copies its input, so its
// output may overwrite the input.
func decryptBytesBySidecar(object, mediaKey []byte, mediaType whatsmeow.MediaType, opts []DecryptOption) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(object), mediaKey, mediaType, opts...)
	if err != nil {
		return nil, err
	}
	n, err := io.ReadFull(r, object) // the object is longer than the plaintext
	if !r.complete {
		return nil, err
	}
	return object[:n], nil
}

// DecryptOption is an option for decryption.
type DecryptOption func(*decryptOptions)

type decryptOptions struct {
	encSHA256, plainSHA256 []byte // nil: not checked
	sidecar                []byte
	hasSidecar             bool
}

// ExpectHashes verifies the SHA-256 of the encrypted object and of the plaintext, as given in a
// message. An empty hash is not verified. Since hashes are only known at the end, NewReaderAt
// ignores this option.
func ExpectHashes(fileEncSHA256, fileSHA256 []byte) DecryptOption {
	return func(o *decryptOptions) {
		o.encSHA256, o.plainSHA256 = bytes.Clone(fileEncSHA256), bytes.Clone(fileSHA256)
	}
}

// VerifySidecar verifies each 64 KiB against the streaming sidecar before returning any of it, in
// NewReader, NewReaderAt and Decrypt. A sidecar of the wrong length or content gives ErrInvalidMAC.
// It must come from the same trusted message as the media key. It may have the form that phones
// write, or that of zapo or whatsapp-rust: without an entry for the MAC alone, or without the IV.
// With the latter, a ReaderAt reads up to twice as much after a seek.
func VerifySidecar(sidecar []byte) DecryptOption {
	return func(o *decryptOptions) { o.sidecar, o.hasSidecar = bytes.Clone(sidecar), true }
}

func newDecryptOptions(opts []DecryptOption) *decryptOptions {
	o := new(decryptOptions)
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}

// minObjectSize is the size of an encrypted empty file: one block of padding and the MAC.
const minObjectSize = blockSize + macSize

// Reader decrypts an object while it is read. Data that it returns before io.EOF is NOT yet
// verified. Only io.EOF means that the MAC, the padding and the expected hashes are right; after
// any other error, discard all data. With VerifySidecar, each 64 KiB is verified before it is
// returned. Reader holds back the last bytes, up to 64 KiB, until everything is verified. It is not
// safe for concurrent use.
type Reader struct {
	src     filler
	keys    mediaKeys
	cbc     cipher.BlockMode
	digests digests
	checks  *decryptOptions
	workers int

	carry     [minObjectSize]byte // read, but possibly the object's end; belongs to the next piece
	carrySize int
	ended     bool // the last piece was read
	mac       [macSize]byte
	padding   error // error in the last block, reported only after the MAC was verified
	verified  int   // bytes of the sidecar verified so far
	noIV      bool  // the sidecar does not cover the IV
	complete  bool  // everything is verified

	line pipeline
	ring []piece
	rest []byte // unread plaintext of the current piece
	open bool   // there is a current piece
	err  error  // returned by every further call
	sink func(plain []byte) error
}

// NewReader returns a Reader of the plaintext of the encrypted object src. It reads up to 512 KiB
// ahead, but if src returns less than requested, it waits for at most 64 KiB before it returns
// data. Reads return src's errors, ErrInvalidMAC, ErrInvalidPadding, ErrTruncated and
// ErrHashMismatch. NewReader itself returns ErrKeySize or ErrNotEncrypted.
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

// Read returns the next plaintext, which is not verified before io.EOF: see Reader.
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

// release returns the current piece to the ring.
func (r *Reader) release() {
	if r.open {
		r.open = false
		r.line.taken++
	}
}

// nextPiece opens the next piece, and decrypts more if there is none.
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

// WriteTo decrypts the rest to dst. Reading, decrypting and writing overlap. io.Copy uses it. A nil
// error means that everything is verified, like io.EOF from Read. After an error, also of dst, the
// Reader cannot be used any more.
func (r *Reader) WriteTo(dst io.Writer) (n int64, err error) {
	if r.err == io.EOF {
		return 0, nil
	} else if r.err != nil {
		return 0, r.err
	}
	r.sink = func(plain []byte) error {
		if len(plain) == 0 {
			return nil // an empty write could block on a pipe
		}
		m, err := writeAll(dst, plain)
		n += int64(m)
		if err != nil {
			return fmt.Errorf("failed to write plaintext: %w", err)
		}
		return nil
	}
	r.err = errPanicked // in case src or dst panics
	if len(r.rest) > 0 {
		err = r.sink(r.rest)
		r.rest = nil
		if err != nil {
			r.err = err
			return n, err
		}
	}
	r.release()
	// The sink becomes the last stage. It starts with the pieces that are decrypted already.
	r.line.next[decryptWrite] = r.line.taken
	r.line.count, r.line.pull, r.line.outside = decryptWrite+1, false, 1<<decryptRead|1<<decryptWrite
	if r.finish(r.line.run(r.workers)); r.err != io.EOF {
		return n, r.err
	}
	return n, nil
}

// finish sets what further calls return: io.EOF only if everything is verified.
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

// read fills a piece, and holds back what may be the last block and the MAC.
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

// readLast builds the last piece from the rest of the ciphertext and the MAC.
func (r *Reader) readLast(p *piece, rest []byte) error {
	n := len(rest)
	if n < minObjectSize || (n-macSize)%blockSize != 0 {
		return fmt.Errorf("%w: its length is not a whole number of blocks plus a MAC", ErrTruncated)
	}
	r.ended = true
	p.last = true
	p.enc = rest[:n-macSize]
	r.mac = [macSize]byte(rest[n-macSize:])
	return nil
}

// verify is called after everything was read, and decides whether the last piece p may be returned.
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

// verifySidecar verifies the entries that p completes. At the last piece, no further entries may
// remain.
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
		return fmt.Errorf("%w: media does not match the sidecar", ErrInvalidMAC)
	}
	r.verified += n
	return nil
}

// entriesWithIV verifies the entries that p completes in a sidecar with the IV, as phones write it.
// It returns their size.
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

// entriesWithoutIV is entriesWithIV for a sidecar without the IV.
func (r *Reader) entriesWithoutIV(p *piece) (n int, ok bool) {
	want := r.checks.sidecar[r.verified:]
	if !p.last {
		return macSize, entryIs(want, 0, entryMAC(&r.keys, p.enc, p.ahead[:]))
	}
	rest := p.enc[:len(p.enc)+macSize] // the MAC follows in the buffer
	for at := 0; at < len(rest); at += sidecarPiece {
		covered := rest[at:min(at+sidecarPiece+blockSize, len(rest))]
		if at > 0 && len(covered) <= blockSize && n == len(want) {
			break // omitted: the previous entry covers all that it would
		}
		if !entryIs(want[n:], 0, entryMAC(&r.keys, covered)) {
			return 0, false
		}
		n += macSize
	}
	return n, n == len(want)
}

// unpad removes PKCS#7 padding. Its result must stay secret until the MAC is verified, as it
// depends on unauthenticated data.
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
