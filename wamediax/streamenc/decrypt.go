package streamenc

import (
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
