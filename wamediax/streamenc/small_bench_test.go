package streamenc_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/util/cbcutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// BenchmarkSmall measures a small upload and a small download without the network, next to
// whatsmeow's. Compare the allocations: they do not depend on how busy the machine is.
func BenchmarkSmall(b *testing.B) {
	for _, size := range []int{10 * kib, 100 * kib, mib} {
		plaintext := randomBytes(size)
		object, info, err := streamenc.EncryptBytes(plaintext, benchMedia)
		require.NoError(b, err)
		for _, c := range []struct {
			name string
			work func() error
		}{
			{"upload/whatsmeow", func() error { // Upload, until it sends
				iv, cipherKey, macKey := theirKeys(info.MediaKey)
				sha256.Sum256(plaintext)
				ciphertext, err := cbcutil.Encrypt(cipherKey, iv, plaintext)
				mac := hmac.New(sha256.New, macKey)
				mac.Write(iv)
				mac.Write(ciphertext)
				data := append(ciphertext, mac.Sum(nil)[:10]...)
				sha256.Sum256(data)
				_, _ = io.Copy(io.Discard, bytes.NewReader(data))
				return err
			}},
			{"upload/EncryptBytes", func() error {
				data, _, err := streamenc.EncryptBytes(plaintext, benchMedia, streamenc.WithKey(info.MediaKey))
				_, _ = io.Copy(io.Discard, bytes.NewReader(data))
				return err
			}},
			{"upload/Seal", func() error { return sealAndSend(plaintext, info.MediaKey) }},
			{"upload/Seal, in memory", func() error {
				return sealAndSend(plaintext, info.MediaKey, streamenc.WithObjectInMemory(2*mib))
			}},
			{"download/whatsmeow", func() error { // Download, from the object on
				iv, cipherKey, macKey := theirKeys(info.MediaKey)
				data, err := io.ReadAll(bytes.NewReader(object))
				if err != nil {
					return err
				}
				sha256.Sum256(data)
				mac := hmac.New(sha256.New, macKey)
				mac.Write(iv)
				mac.Write(data[:len(data)-10])
				mac.Sum(nil)
				data, err = cbcutil.Decrypt(cipherKey, iv, data[:len(data)-10])
				sha256.Sum256(data)
				return err
			}},
			{"download/Decrypt", func() error {
				dst := bytes.NewBuffer(make([]byte, 0, size))
				_, err := streamenc.Decrypt(dst, bytes.NewReader(object), info.MediaKey, benchMedia)
				return err
			}},
		} {
			b.Run(fmt.Sprintf("%dKiB/%s", size/kib, c.name), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(size))
				for b.Loop() {
					require.NoError(b, c.work())
				}
			})
		}
	}
}

// sealAndSend is an upload without the network.
func sealAndSend(plaintext, mediaKey []byte, opts ...streamenc.Option) error {
	sealed, err := streamenc.Seal(bytes.NewReader(plaintext), int64(len(plaintext)), benchMedia, append(opts, streamenc.WithKey(mediaKey))...)
	if err != nil {
		return err
	}
	r, err := sealed.Open(0)
	if err != nil {
		return err
	}
	defer sealed.Release()
	defer r.Close()
	_, err = io.Copy(onlyWriter{io.Discard}, onlyReader{r})
	return err
}
