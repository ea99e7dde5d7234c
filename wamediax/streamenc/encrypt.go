package streamenc

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"go.mau.fi/whatsmeow"
)

// EncryptBytes encrypts plaintext to a new slice. It does not modify plaintext or its spare
// capacity. It returns ErrKeySize or ErrNotEncrypted.
func EncryptBytes(plaintext []byte, mediaType whatsmeow.MediaType, opts ...Option) ([]byte, Info, error) {
	return AppendEncrypted(nil, plaintext, mediaType, opts...)
}

// AppendEncrypted is like EncryptBytes, but appends the object, of EncryptedSize(len(plaintext))
// bytes, to dst and returns the extended slice. plaintext must not overlap dst's spare capacity.
// After an error it returns dst unchanged.
func AppendEncrypted(dst, plaintext []byte, mediaType whatsmeow.MediaType, opts ...Option) ([]byte, Info, error) {
	e, err := NewEncryptor(mediaType, opts...)
	if err != nil {
		return dst, Info{}, err
	}
	dst = slices.Grow(dst, int(EncryptedSize(int64(len(plaintext)))))
	return e.Finalize(e.Update(dst, plaintext))
}

// Encrypt encrypts all of src to dst in constant memory. Its errors distinguish reading from
// writing and wrap those of src and dst. After an error, discard what dst has. Encrypt does not
// read after io.EOF or an error of src, and reads at most 512 KiB ahead of what it has written.
func Encrypt(dst io.Writer, src io.Reader, mediaType whatsmeow.MediaType, opts ...Option) (Info, error) {
	w, err := NewWriter(dst, mediaType, opts...)
	if err != nil {
		return Info{}, err
	}
	if _, err = w.ReadFrom(src); err != nil {
		return Info{}, err
	}
	if err = w.Close(); err != nil {
		return Info{}, err
	}
	return w.Info(), nil
}

// Info describes an encrypted object: what a message must contain so that others can download and
// decrypt it. The caller owns the slices.
type Info struct {
	MediaKey      []byte // 32 bytes
	FileSHA256    []byte // of the plaintext
	FileEncSHA256 []byte // of the object, including the MAC
	FileLength    int64  // bytes of plaintext

	// Sidecar is the streaming sidecar, 10 bytes per 64 KiB. It is nil without WithSidecar.
	Sidecar []byte
	// FirstFrameLength and FirstFrameSidecar are set only for an animated WebP, with
	// WithFirstFrameSidecar.
	FirstFrameLength  int64  // bytes of the file up to the end of its first animation frame
	FirstFrameSidecar []byte // 10 bytes
}

// EncryptedSize returns the size in bytes of the object for plaintextSize bytes: padded to a whole
// number of blocks (by a full block if it is one already), plus 10 bytes of MAC.
func EncryptedSize(plaintextSize int64) int64 {
	return paddedSize(plaintextSize) + macSize
}

func paddedSize(plaintextSize int64) int64 {
	return (plaintextSize/blockSize + 1) * blockSize
}

var (
	errFinalized    = errors.New("encryptor is already finalized")
	errWriterClosed = errors.New("encrypting writer is closed")
)

// Encryptor encrypts one object from pieces of any size. Call Update for each piece, then Finalize
// once. It is not safe for concurrent use, and cannot be used after Finalize.
type Encryptor struct {
	options  options
	mediaKey []byte
	freshKey [mediaKeySize]byte // a random key, unless WithKey gave one
	keys     mediaKeys
	cbc      cipher.BlockMode
	digests  digests

	held      [blockSize]byte // plaintext that does not fill a block yet
	heldSize  int
	finalized bool
}

// NewEncryptor returns an Encryptor for an object of this media type. It uses a random media key
// unless WithKey gives one. It returns ErrKeySize or ErrNotEncrypted.
func NewEncryptor(mediaType whatsmeow.MediaType, opts ...Option) (*Encryptor, error) {
	e := new(Encryptor)
	e.options.apply(opts)
	e.mediaKey = e.options.key(&e.freshKey)
	if err := e.keys.derive(e.mediaKey, mediaType); err != nil {
		return nil, err
	}
	e.cbc = e.keys.encrypter(e.keys.iv())
	e.digests.init(&e.keys)
	if e.options.sidecar {
		e.digests.sidecar = newSidecar(&e.keys)
	}
	if e.options.firstFrame {
		e.digests.firstFrame = new(firstFrame)
	}
	return e, nil
}

// Update encrypts plaintext, appends the ciphertext to dst and returns the extended slice. It keeps
// up to 15 bytes that do not fill a block for the next call. It does not modify plaintext, which
// must not overlap dst's spare capacity. Update panics after Finalize.
func (e *Encryptor) Update(dst, plaintext []byte) []byte {
	if e.finalized {
		panic("streamenc: Update after Finalize")
	}
	if e.heldSize > 0 {
		n := copy(e.held[e.heldSize:], plaintext)
		e.heldSize += n
		plaintext = plaintext[n:]
		if e.heldSize < blockSize {
			return dst
		}
		dst = e.appendBlock(dst, blockSize)
		e.heldSize = 0
	}
	whole := len(plaintext) / blockSize * blockSize
	e.heldSize = copy(e.held[:], plaintext[whole:])
	if whole == 0 {
		return dst
	}
	dst = slices.Grow(dst, whole)
	enc := dst[len(dst) : len(dst)+whole]
	if e.options.parallelism > 1 && whole >= worthSharing {
		e.encryptShared(enc, plaintext[:whole])
	} else {
		e.encryptAlone(enc, plaintext[:whole])
	}
	return dst[:len(dst)+whole]
}

// encryptAlone encrypts plain, whole blocks, to enc in small pieces, which stay in the cache.
func (e *Encryptor) encryptAlone(enc, plain []byte) {
	for len(plain) > 0 {
		n := min(len(plain), smallPiece)
		e.cbc.CryptBlocks(enc, plain[:n])
		e.digests.update(plain[:n], enc[:n])
		plain, enc = plain[n:], enc[n:]
	}
}

// encryptShared is encryptAlone with helpers.
func (e *Encryptor) encryptShared(enc, plain []byte) {
	cut := func(p *piece) error {
		if len(plain) == 0 {
			return io.EOF
		}
		n := min(len(plain), streamPiece)
		p.plain, plain = plain[:n], plain[n:]
		p.enc, enc = enc[:n], enc[n:]
		return nil
	}
	line := pipeline{make([]piece, ringPieces), cut, e.work(), func(*piece) error { return nil }}
	// With nothing to read or write, the caller's goroutine encrypts. Memory cannot fail.
	_ = line.run(min(e.options.parallelism, len(line.work)))
}

// Finalize appends the last block and the MAC to dst, and returns the extended slice and the
// description of the object. It fails only if it is called twice.
func (e *Encryptor) Finalize(dst []byte) ([]byte, Info, error) {
	if e.finalized {
		return dst, Info{}, errFinalized
	}
	e.finalized = true
	padding := byte(blockSize - e.heldSize)
	for i := e.heldSize; i < blockSize; i++ {
		e.held[i] = padding
	}
	dst = e.appendBlock(dst, e.heldSize)
	mac := e.digests.sum()
	e.digests.finish(mac)
	return append(dst, mac...), e.digests.info(e.mediaKey), nil
}

// appendBlock encrypts the held block: size bytes of plaintext, then padding.
func (e *Encryptor) appendBlock(dst []byte, size int) []byte {
	start := len(dst)
	dst = append(dst, e.held[:]...)
	e.cbc.CryptBlocks(dst[start:], dst[start:])
	e.digests.update(e.held[:size], dst[start:])
	return dst
}

// unknownSize makes pump work in large pieces.
const unknownSize = math.MaxInt64

// pump encrypts all of src, of which size bytes are expected, and passes the pieces to write in
// order, without the part that Finalize returns. It returns the number of bytes read. The
// ciphertext goes to object, which must be large enough; if object is nil, it is valid only until
// write returns.
func (e *Encryptor) pump(src io.Reader, size int64, object []byte, write func(p *piece) error) (int64, error) {
	goroutines, pieces, pieceSize := 1, 1, smallPiece
	if e.options.parallelism > 1 && size >= worthSharing {
		goroutines, pieces, pieceSize = e.options.parallelism, ringPieces, streamPiece
	}
	in := &filler{src: src}
	read := func(p *piece) error {
		if p.plainBuf == nil {
			p.plainBuf = newBuffer(pieceSize)
			if object == nil {
				p.encBuf = newBuffer(pieceSize)
			}
		}
		plain := p.plainBuf.data
		n := copy(plain, e.held[:e.heldSize])
		m, err := in.fill(plain[n:])
		n += m
		whole := n / blockSize * blockSize
		e.heldSize = copy(e.held[:], plain[whole:n]) // an incomplete block
		if whole == 0 {
			if failure := in.failure("plaintext"); failure != nil {
				return failure
			}
			return err
		}
		p.plain = plain[:whole]
		if p.encBuf != nil {
			p.enc = p.encBuf.data[:whole]
		} else {
			p.enc, object = object[:whole], object[whole:]
		}
		return nil
	}
	line := pipeline{make([]piece, pieces), read, e.work(), write}
	if err := line.run(goroutines); err != io.EOF { // a wrapped io.EOF is a failure of src
		return in.total, err
	}
	recycleRing(line.ring)
	return in.total, nil
}

// work returns the steps of encryption between reading plaintext and writing ciphertext.
func (e *Encryptor) work() []func(p *piece) {
	encrypt := func(p *piece) { e.cbc.CryptBlocks(p.enc, p.plain) }
	if e.options.parallelism < maxWorkers {
		return []func(p *piece){encrypt, func(p *piece) { e.digests.update(p.plain, p.enc) }}
	}
	return []func(p *piece){
		encrypt,
		func(p *piece) { e.digests.updateHashes(p.plain, p.enc) },
		func(p *piece) { e.digests.updateMACs(p.plain, p.enc) },
	}
}

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
	n, w.err = w.enc.pump(src, unknownSize, nil, func(p *piece) error {
		if _, err := writeAll(w.dst, p.enc); err != nil {
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

func writeError(err error) error {
	return fmt.Errorf("failed to write ciphertext: %w", err)
}
