package streamenc

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
)

// The binary form of a Sealed, integers big-endian:
//
//	"WMXS" version(1) flags(1)
//	media type: length(1) bytes
//	media key(32) plaintext SHA-256(32) object SHA-256(32) plaintext length(8) MAC(10)
//	streaming sidecar, if flagged: 10 bytes per entry
//	first frame, if flagged: length(8) sidecar(10)
//	checkpoints: 16 bytes each
//	SHA-256 of everything above(32)
//
// All lengths follow from the plaintext length, so decoding never allocates more than the size of
// its input.
const (
	sealedMagic      = "WMXS\x01"
	sealedSidecar    = 1 << 0
	sealedFirstFrame = 1 << 1

	// maxPlaintext keeps all sizes computed from a stored length far from overflow.
	maxPlaintext = 1 << 56
)

var errSealedForm = errors.New("data is not a stored Sealed, or is damaged")

// MarshalBinary encodes what another process needs to continue with the object: the unencrypted
// media key, hashes, MAC, sidecars and checkpoints. It takes about 200 bytes, and 16 more per MiB
// (176 with a streaming sidecar). Keep it as secret as the media. It does not include the source:
// see Bind.
func (s *Sealed) MarshalBinary() ([]byte, error) {
	if s.keys == nil {
		return nil, errors.New("failed to encode Sealed: it is empty")
	}
	var flags byte
	if s.info.Sidecar != nil {
		flags |= sealedSidecar
	}
	if s.info.FirstFrameSidecar != nil {
		flags |= sealedFirstFrame
	}
	if len(s.mediaType) > 255 {
		return nil, fmt.Errorf("media type is too long (%d bytes)", len(s.mediaType))
	}
	out := append([]byte(sealedMagic), flags, byte(len(s.mediaType)))
	out = append(out, s.mediaType...)
	out = append(out, s.info.MediaKey...)
	out = append(out, s.info.FileSHA256...)
	out = append(out, s.info.FileEncSHA256...)
	out = binary.BigEndian.AppendUint64(out, uint64(s.info.FileLength))
	out = append(out, s.mac[:]...)
	out = append(out, s.info.Sidecar...)
	if flags&sealedFirstFrame != 0 {
		out = binary.BigEndian.AppendUint64(out, uint64(s.info.FirstFrameLength))
		out = append(out, s.info.FirstFrameSidecar...)
	}
	out = append(out, s.checkpoints...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// UnmarshalBinary decodes the result of MarshalBinary. data may be untrusted: it returns an error
// for any other data, and does not modify s then. On success s has no source and default
// parallelism; call Bind before Open.
func (s *Sealed) UnmarshalBinary(data []byte) error {
	f := &form{rest: data}
	if len(data) < sha256.Size {
		return errSealedForm
	}
	f.rest = data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(f.rest); !bytes.Equal(sum[:], data[len(f.rest):]) {
		return errSealedForm
	}
	if string(f.take(int64(len(sealedMagic)))) != sealedMagic {
		return fmt.Errorf("%w: unknown version", errSealedForm)
	}
	flags := f.take(2)
	if f.bad || flags[0]&^(sealedSidecar|sealedFirstFrame) != 0 {
		return errSealedForm
	}
	restored := Sealed{mediaType: whatsmeow.MediaType(f.take(int64(flags[1]))), workers: workers(0)}
	info := &restored.info
	info.MediaKey = bytes.Clone(f.take(mediaKeySize))
	info.FileSHA256 = bytes.Clone(f.take(sha256.Size))
	info.FileEncSHA256 = bytes.Clone(f.take(sha256.Size))
	info.FileLength = f.number(maxPlaintext)
	copy(restored.mac[:], f.take(macSize))
	if flags[0]&sealedSidecar != 0 {
		info.Sidecar = bytes.Clone(f.take(macSize * sidecarEntries(EncryptedSize(info.FileLength))))
	}
	if flags[0]&sealedFirstFrame != 0 {
		info.FirstFrameLength = f.number(info.FileLength)
		info.FirstFrameSidecar = bytes.Clone(f.take(macSize))
	}
	restored.checkpoints = bytes.Clone(f.take(blockSize * checkpointCount(info.FileLength)))
	if f.bad || len(f.rest) > 0 {
		return errSealedForm
	}
	restored.keys = new(mediaKeys)
	if err := restored.keys.derive(info.MediaKey, restored.mediaType); err != nil {
		return fmt.Errorf("%w: %w", errSealedForm, err)
	}
	*s = restored
	return nil
}

func checkpointCount(plaintextSize int64) int64 {
	return (paddedSize(plaintextSize) + checkpointSpan - 1) / checkpointSpan
}

// form reads fields of encoded data. bad is set after a missing field, and stays set.
type form struct {
	rest []byte
	bad  bool
}

func (f *form) take(n int64) []byte {
	if f.bad || n < 0 || n > int64(len(f.rest)) {
		f.bad = true
		return nil
	}
	field := f.rest[:n]
	f.rest = f.rest[n:]
	return field
}

func (f *form) number(limit int64) int64 {
	field := f.take(8)
	if f.bad {
		return 0
	}
	n := binary.BigEndian.Uint64(field)
	if n > uint64(limit) {
		f.bad = true
		return 0
	}
	return int64(n)
}
