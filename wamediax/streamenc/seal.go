package streamenc

import (
	"bytes"
	"crypto/subtle"
	"encoding"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
)

// checkpointSpan is how much ciphertext one checkpoint stands for.
const checkpointSpan = 1 << 20

var (
	_ encoding.BinaryMarshaler   = (*Sealed)(nil)
	_ encoding.BinaryUnmarshaler = (*Sealed)(nil)
)

// Sealed is an encrypted view of a source: the object can be read from any offset, as often as wanted, and is made anew from
// the source each time. It keeps one ciphertext block (16 bytes) per MiB. Its methods, Bind and UnmarshalBinary aside, may be
// called concurrently.
type Sealed struct {
	src         io.ReaderAt // nil after UnmarshalBinary, until Bind
	mediaType   whatsmeow.MediaType
	keys        *mediaKeys
	info        Info
	mac         [macSize]byte
	checkpoints []byte // the last ciphertext block of each MiB, and of the rest
	workers     int
	object      *memoryObject // nil: not in memory
}

// Seal reads the size bytes of src once, in order, and returns a view of what they encrypt to. src stays the caller's: it
// must neither change nor be closed as long as the Sealed is in use. Errors: ErrKeySize, ErrNotEncrypted, io.ErrUnexpectedEOF
// if src has fewer bytes, and whatever src returns, wrapped; to cancel, let src fail.
func Seal(src io.ReaderAt, size int64, mediaType whatsmeow.MediaType, opts ...Option) (*Sealed, error) {
	e, err := NewEncryptor(mediaType, opts...)
	switch {
	case err != nil:
		return nil, err
	case src == nil:
		return nil, errNoSource
	case size < 0:
		return nil, fmt.Errorf("cannot seal %d bytes", size)
	}
	keys := e.keys // not a pointer into e, which would outlive this call
	s := &Sealed{src: src, mediaType: mediaType, keys: &keys, workers: e.options.parallelism}
	var buf *buffer
	var object []byte
	if objectSize := EncryptedSize(min(size, maxPlaintext)); objectSize <= e.options.inMemory {
		buf = newBuffer(int(objectSize))
		object = buf.data
	}
	if _, err = e.pump(&section{src: src, left: size}, size, object, s.keep()); err != nil {
		return nil, err
	}
	tail, info, err := e.Finalize(nil)
	if err != nil {
		return nil, err
	}
	if info.FileLength != size {
		return nil, fmt.Errorf("source ended after %d of %d bytes: %w", info.FileLength, size, io.ErrUnexpectedEOF)
	}
	s.info = info
	s.mac = [macSize]byte(tail[blockSize:])
	// The last block ends a whole MiB or the rest: either way it is the last checkpoint.
	s.checkpoints = append(s.checkpoints, tail[:blockSize]...)
	if buf != nil {
		copy(object[len(object)-len(tail):], tail)
		s.object = newMemoryObject(buf, object)
	}
	return s, nil
}

// keep returns a sink that picks the checkpoints out of the ciphertext. Pieces do not cross a MiB.
func (s *Sealed) keep() func(enc []byte) error {
	var offset int64
	return func(enc []byte) error {
		offset += int64(len(enc))
		if offset%checkpointSpan == 0 {
			s.checkpoints = append(s.checkpoints, enc[len(enc)-blockSize:]...)
		}
		return nil
	}
}

// Info describes the object. The slices are the caller's own copies.
func (s *Sealed) Info() Info {
	info := s.info
	for _, field := range []*[]byte{&info.MediaKey, &info.FileSHA256, &info.FileEncSHA256, &info.Sidecar, &info.FirstFrameSidecar} {
		*field = bytes.Clone(*field)
	}
	return info
}

// Size returns the size of the object in bytes.
func (s *Sealed) Size() int64 { return EncryptedSize(s.info.FileLength) }

// Open returns a reader of the object from this offset to its end; at Size it is empty. Several may be open at once, each
// with a buffer of up to 1.25 MiB and a position of its own. Close ends the goroutine that encrypts ahead (with
// WithParallelism(1) there is none) and must be called, also after an error. If the source panics, the Read that needed it
// panics with the same value, and later ones return an error.
//
// With WithObjectInMemory the object comes from memory until Release, and neither the source nor what follows matters.
//
// Each MiB is encrypted whole and compared with what was sealed before the first byte of it is handed out. If the source has
// changed or become shorter, that gives ErrSourceChanged. The last block is compared too, so what was read up to io.EOF is
// byte for byte the object whose hash Info names.
func (s *Sealed) Open(offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > s.Size() {
		return nil, fmt.Errorf("offset %d is outside the object of %d bytes", offset, s.Size())
	}
	if s.object != nil {
		if r, ok := s.object.open(offset); ok {
			return r, nil
		}
	}
	if s.src == nil {
		return nil, errors.New("sealed media has no source: call Bind")
	}
	return newSealedReader(s, offset), nil
}

// Release gives back the memory of an object that is kept (see WithObjectInMemory) once the readers that are open are closed.
// Open works as before, but encrypts the source again. Calling it again, or without such an object, does nothing. Without it
// the garbage collector frees the memory, but nothing else can use it before.
func (s *Sealed) Release() {
	if s.object != nil {
		s.object.release()
	}
}

// Bind gives a Sealed that came from UnmarshalBinary its source. Call it before the first Open. Nothing is read from src
// now; if it is not what was sealed, reading gives ErrSourceChanged.
func (s *Sealed) Bind(src io.ReaderAt) { s.src = src }

func (s *Sealed) matches(span int64, block []byte) bool {
	return subtle.ConstantTimeCompare(s.checkpoints[span*blockSize:(span+1)*blockSize], block) == 1
}
