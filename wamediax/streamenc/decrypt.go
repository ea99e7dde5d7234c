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
	plain := bytes.NewBuffer(object[:0]) // does not grow: plaintext is shorter than the object
	if _, err = r.WriteTo(plain); err != nil {
		return nil, err
	}
	return plain.Bytes(), nil
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

// errPause ends a run of a Reader before the end of the stream.
var errPause = errors.New("paused")

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

	ring  []piece
	ready [][]byte // decrypted and not yet returned
	err   error    // after ready; returned by every further call
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
	return r, nil
}

// Read returns the next plaintext, which is not verified before io.EOF: see Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.ready) == 0 {
		if r.err == io.EOF {
			recycleRing(r.ring)
		}
		if r.err != nil {
			return 0, r.err
		}
		r.err = errPanicked // in case src panics
		r.err = r.decryptSome()
	}
	n := copy(p, r.ready[0])
	if r.ready[0] = r.ready[0][n:]; len(r.ready[0]) == 0 {
		r.ready = r.ready[1:]
	}
	return n, nil
}

// decryptSome decrypts the next pieces, as many as fit into the ring. It reads no further piece if
// src returns less than requested.
func (r *Reader) decryptSome() error {
	pieces := 0
	read := func(p *piece) error {
		if pieces == len(r.ring) || pieces > 0 && r.src.short {
			return errPause
		}
		pieces++
		return r.read(p)
	}
	err := r.run(read, func(p *piece) error {
		if len(p.plain) > 0 {
			r.ready = append(r.ready, p.plain)
		}
		return nil
	})
	if err == errPause {
		return nil
	}
	return err
}

// WriteTo decrypts the rest to dst. Reading, decrypting and writing overlap. io.Copy uses it. A nil
// error means that everything is verified, like io.EOF from Read. After an error, also of dst, the
// Reader cannot be used any more.
func (r *Reader) WriteTo(dst io.Writer) (n int64, err error) {
	write := func(plain []byte) error {
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
	ready, end := r.ready, r.err
	r.ready, r.err = nil, errPanicked // in case src or dst panics
	for _, plain := range ready {
		if err := write(plain); err != nil {
			r.err = err
			return n, err
		}
	}
	if end == nil {
		end = r.run(r.read, func(p *piece) error { return write(p.plain) })
	}
	if r.err = end; end != io.EOF {
		return n, end
	}
	recycleRing(r.ring)
	return n, nil
}

// run decrypts the pieces that read returns, verifies them as far as that is possible, and passes
// them to write.
func (r *Reader) run(read, write func(p *piece) error) error {
	decrypt := func(p *piece) {
		p.plain = p.plainBuf.data[:len(p.enc)]
		r.cbc.CryptBlocks(p.plain, p.enc)
		if p.last {
			p.plain, r.padding = unpad(p.plain)
		}
	}
	digest := func(p *piece) {
		r.digests.update(p.plain, p.enc)
		if p.last {
			p.err = r.verify(p)
		} else {
			p.err = r.verifySidecar(p)
		}
	}
	line := pipeline{r.ring, read, []func(p *piece){decrypt, digest}, write}
	return line.run(r.workers)
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
	var mismatch error
	if want := r.checks.encSHA256; len(want) > 0 && subtle.ConstantTimeCompare(r.digests.enc.Sum(sum[:0]), want) == 0 {
		mismatch = fmt.Errorf("%w: %w", ErrHashMismatch, whatsmeow.ErrInvalidMediaEncSHA256)
	}
	switch {
	case !valid && mismatch != nil:
		return fmt.Errorf("%w, %w", mismatch, ErrInvalidMAC)
	case !valid:
		return ErrInvalidMAC
	case mismatch != nil:
		return mismatch
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
