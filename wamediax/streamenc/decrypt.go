package streamenc

import (
	"io"

	"go.mau.fi/whatsmeow"
)

// Decrypt decrypts all of src into dst and returns how many bytes it wrote. It checks the MAC, the padding and what the
// options ask for; its errors are those of NewReader and Reader, and those of src and dst.
//
// When it returns an error, dst holds the start of the plaintext, up to the written count, unverified: it must not be used.
// The last up to 64 KiB are written only after everything was found right, so a file that lacks them is recognisably
// incomplete, but an application should still write to a temporary name and rename it on success.
//
// If dst is also an io.WriterAt, as an *os.File is, Decrypt writes in place: from dst's position on if it has one (io.Seeker),
// else from the beginning. dst may then be src itself: what it holds beyond the returned count is left over from the
// ciphertext and is the caller's to truncate, and after an error it is neither object nor plaintext any more. The position is
// behind the plaintext in the end. A file that only appends and a pipe are written to in the ordinary way.
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
