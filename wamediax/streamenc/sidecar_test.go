package streamenc_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/hkdf"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// foreignSidecar computes a sidecar over s, which is the object with or without its IV, in the
// simplest way.
func foreignSidecar(t testing.TB, s []byte) []byte {
	keys := make([]byte, 80)
	_, err := io.ReadFull(hkdf.New(sha256.New, testKey, nil, []byte(mediaType)), keys)
	require.NoError(t, err)
	var table []byte
	for at := 0; at < len(s); at += 64 * kib {
		mac := hmac.New(sha256.New, keys[48:80])
		mac.Write(s[at:min(at+64*kib+16, len(s))])
		table = append(table, mac.Sum(nil)[:10]...)
	}
	return table
}

// foreignSidecars returns the sidecars that other clients compute for an object.
func foreignSidecars(t testing.TB, object []byte) map[string][]byte {
	_, info := encrypted(t, nil)
	require.Equal(t, foreignSidecar(t, append(iv(t), objectOf(t, nil)...)), info.Sidecar, "this is the form of phones")
	forms := map[string][]byte{"without the IV": foreignSidecar(t, object)}
	if len(object)%(64*kib) == 10 && len(object) > 64*kib { // ciphertext of whole pieces
		table := forms["without the IV"]
		forms["without the IV and an entry for the MAC alone"] = table[:len(table)-10]
	}
	if len(object)%(64*kib) == 64*kib-6 {
		table := foreignSidecar(t, append(iv(t), object...))
		forms["without an entry for the MAC alone"] = table[:len(table)-10]
	}
	return forms
}

func iv(t testing.TB) []byte {
	iv := make([]byte, 16)
	_, err := io.ReadFull(hkdf.New(sha256.New, testKey, nil, []byte(mediaType)), iv)
	require.NoError(t, err)
	return iv
}

func objectOf(t testing.TB, data []byte) []byte {
	object, _ := encrypted(t, data)
	return object
}

// Sizes around the boundaries of pieces, including those where the MAC has its own entry.
var sidecarSizes = []int{
	0, 1, 1000, 64*kib - 48, 64*kib - 33, 64*kib - 32, 64*kib - 17, 64*kib - 16, 64*kib - 1, 64 * kib, 64*kib + 15, 64*kib + 16,
	128*kib - 32, 128*kib - 17, 128*kib - 16, 128*kib - 1, 128 * kib, 200 * kib, 256*kib - 20, 256*kib - 5, 700*kib + 3,
}

func TestSidecarsOfOtherClientsVerify(t *testing.T) {
	for _, size := range sidecarSizes {
		data := testData(size)
		object, _ := encrypted(t, data)
		for name, sidecar := range foreignSidecars(t, object) {
			for way, decrypt := range decryptions {
				got, err := decrypt(bytes.NewReader(object), testKey, streamenc.VerifySidecar(sidecar))
				require.NoError(t, err, "%s, %d bytes, sidecar %s", way, size, name)
				equal(t, data, got)
			}
			r, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(sidecar))
			require.NoError(t, err, "%d bytes, sidecar %s", size, name)
			require.Equal(t, int64(size), r.Size())
			for _, piece := range []int{9, 2, 3, 0, 1, 2, 1, 10} { // in order and out of order
				off := min(piece*64*kib, size)
				p := make([]byte, min(64*kib+5, size-off))
				_, err := r.ReadAt(p, int64(off))
				require.NoError(t, err)
				equal(t, data[off:off+len(p)], p)
			}
		}
	}
}

// No byte that depends on damaged data may be returned: neither of the piece itself nor of the
// block after it, which CBC decrypts with the block before.
func TestSidecarsOfOtherClientsLeaveNoByteUnverified(t *testing.T) {
	for _, size := range []int{64*kib - 20, 128*kib - 20, 128*kib - 5, 300*kib + 5} {
		data := testData(size)
		object, _ := encrypted(t, data)
		var places []int
		for border := 0; border < len(object); border += 64 * kib {
			places = append(places, border-17, border-16, border-1, border, border+1, border+16)
		}
		places = append(places, len(object)-27, len(object)-26, len(object)-11, len(object)-10, len(object)-1)
		for name, sidecar := range foreignSidecars(t, object) {
			for _, at := range places {
				if at < 0 || at >= len(object) {
					continue
				}
				damaged := bytes.Clone(object)
				damaged[at] ^= 1
				for way, decrypt := range decryptions {
					got, err := decrypt(bytes.NewReader(damaged), testKey, streamenc.VerifySidecar(sidecar))
					require.ErrorIs(t, err, streamenc.ErrInvalidMAC, "%s, byte %d of %d, sidecar %s", way, at, len(object), name)
					require.LessOrEqual(t, len(got), at/(64*kib)*64*kib)
					equal(t, data[:len(got)], got)
				}
				for piece := range size/(64*kib) + 1 { // each with a new reader
					r, err := streamenc.NewReaderAt(bytes.NewReader(damaged), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(sidecar))
					if err != nil {
						require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
						continue
					}
					off := piece * 64 * kib
					p := make([]byte, min(64*kib, size-off))
					n, err := r.ReadAt(p, int64(off))
					if err != nil {
						require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
						require.Zero(t, n)
						continue
					}
					equal(t, data[off:off+len(p)], p)
				}
			}
			for _, wrong := range [][]byte{sidecar[:len(sidecar)-10], append(bytes.Clone(sidecar), make([]byte, 10)...), make([]byte, len(sidecar))} {
				if isRight(foreignSidecars(t, object), wrong) {
					continue
				}
				_, err := streamenc.Decrypt(io.Discard, bytes.NewReader(object), testKey, mediaType, streamenc.VerifySidecar(wrong))
				require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
				_, err = streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(wrong))
				require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
			}
		}
	}
}

// The last entry may cover nothing that the last piece of plaintext needs.
func TestTheLastEntryOfASidecarIsVerifiedToo(t *testing.T) {
	for _, size := range sidecarSizes {
		object, info := encrypted(t, testData(size))
		for _, sidecar := range [][]byte{info.Sidecar, foreignSidecar(t, object)} {
			sidecar[len(sidecar)-1] ^= 1
			_, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(sidecar))
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC, "%d bytes", size)
			_, err = streamenc.Decrypt(io.Discard, bytes.NewReader(object), testKey, mediaType, streamenc.VerifySidecar(sidecar))
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC, "%d bytes", size)
		}
	}
}

// isRight reports whether a truncated sidecar is that of another client.
func isRight(sidecars map[string][]byte, sidecar []byte) bool {
	for _, right := range sidecars {
		if bytes.Equal(right, sidecar) {
			return true
		}
	}
	return false
}
