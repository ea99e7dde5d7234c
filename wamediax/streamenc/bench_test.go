package streamenc_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// The benchmarks alternate between whatsmeow's code and this package's within one loop, so that a
// machine that slows down affects both. They report the median of the ratios (x-whatsmeow,
// of-bare-limit: higher is better) and both speeds.

const benchMedia = whatsmeow.MediaDocument

// contender is one way to do the work. It returns the time that counts.
type contender func() time.Duration

func timed(work func()) contender {
	return func() time.Duration {
		start := time.Now()
		work()
		return time.Since(start)
	}
}

// race runs ours alternately with others, and reports the ratio of their speeds under the name of
// each.
func race(b *testing.B, size int64, ours contender, others map[string]contender) {
	b.Helper()
	b.SetBytes(size)
	ratios := map[string][]float64{}
	var speeds []float64
	ours() // warm up
	for b.Loop() {
		took := ours().Seconds()
		speeds = append(speeds, float64(size)/1e6/took)
		for name, other := range others {
			ratios[name] = append(ratios[name], other().Seconds()/took)
		}
	}
	b.ReportMetric(0, "ns/op") // would be the sum of all
	b.ReportMetric(median(speeds), "ours-MB/s")
	for name := range others {
		b.ReportMetric(median(ratios[name]), name)
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func randomBytes(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.Read(data)
	return data
}

// theirKeys is whatsmeow's getMediaKeys.
func theirKeys(mediaKey []byte) (iv, cipherKey, macKey []byte) {
	expanded := hkdfutil.SHA256(mediaKey, nil, []byte(benchMedia), 112)
	return expanded[:16], expanded[16:48], expanded[48:80]
}

// bare runs the four primitives of an encryption over size bytes in memory, on n cores at once,
// each with its share. No scheme that calls these primitives in sequence can be faster.
func bare(size int64, cores int) contender {
	return timed(func() {
		var all sync.WaitGroup
		for range cores {
			all.Go(func() {
				buf, out := make([]byte, 64<<10), make([]byte, 64<<10)
				block, _ := aes.NewCipher(make([]byte, 32))
				cbc := cipher.NewCBCEncrypter(block, make([]byte, 16))
				plain, enc, mac := sha256.New(), sha256.New(), hmac.New(sha256.New, make([]byte, 32))
				for done := int64(0); done < size/int64(cores); done += int64(len(buf)) {
					plain.Write(buf)
					cbc.CryptBlocks(out, buf)
					enc.Write(out)
					mac.Write(out)
				}
			})
		}
		all.Wait()
	})
}

func BenchmarkEncrypt(b *testing.B) {
	const size = 64 << 20
	plaintext, mediaKey := randomBytes(size), randomBytes(32)
	whatsmeowStream := timed(func() {
		iv, cipherKey, macKey := theirKeys(mediaKey)
		_, _, _, _, err := cbcutil.EncryptStream(cipherKey, iv, macKey, bytes.NewReader(plaintext), io.Discard)
		require.NoError(b, err)
	})
	ours := func(opts ...streamenc.Option) contender {
		opts = append(opts, streamenc.WithKey(mediaKey))
		return timed(func() {
			_, err := streamenc.Encrypt(io.Discard, bytes.NewReader(plaintext), benchMedia, opts...)
			require.NoError(b, err)
		})
	}
	cores := min(2, runtime.GOMAXPROCS(0))
	b.Run("64MiB", func(b *testing.B) {
		race(b, size, ours(), map[string]contender{"x-whatsmeow": whatsmeowStream, "of-bare-limit": bare(size, cores)})
	})
	b.Run("64MiB/parallelism-1", func(b *testing.B) {
		race(b, size, ours(streamenc.WithParallelism(1)), map[string]contender{"x-whatsmeow": whatsmeowStream, "of-bare-limit": bare(size, 1)})
	})
	b.Run("64MiB/sidecar", func(b *testing.B) {
		race(b, size, ours(streamenc.WithSidecar(true)), map[string]contender{"of-speed-without": ours()})
	})
	b.Run("64MiB/sidecar/parallelism-1", func(b *testing.B) {
		race(b, size, ours(streamenc.WithSidecar(true), streamenc.WithParallelism(1)),
			map[string]contender{"of-speed-without": ours(streamenc.WithParallelism(1))})
	})
}

// BenchmarkPrepareUpload compares what happens to a file before its first byte can be sent:
// whatsmeow's UploadReader encrypts it to a temporary file, this package seals it.
func BenchmarkPrepareUpload(b *testing.B) {
	const size = 64 << 20
	plaintext, mediaKey := randomBytes(size), randomBytes(32)
	race(b, size, timed(func() {
		_, err := streamenc.Seal(bytes.NewReader(plaintext), size, benchMedia, streamenc.WithKey(mediaKey))
		require.NoError(b, err)
	}), map[string]contender{"x-whatsmeow": timed(func() {
		temp, err := os.CreateTemp(b.TempDir(), "")
		require.NoError(b, err)
		iv, cipherKey, macKey := theirKeys(mediaKey)
		_, _, _, _, err = cbcutil.EncryptStream(cipherKey, iv, macKey, bytes.NewReader(plaintext), temp)
		require.NoError(b, err)
		require.NoError(b, temp.Close())
		require.NoError(b, os.Remove(temp.Name()))
	})})
}

// BenchmarkEncryptBytes compares with the work of whatsmeow's Upload before it sends.
func BenchmarkEncryptBytes(b *testing.B) {
	const size = 100 << 10
	plaintext, mediaKey := randomBytes(size), randomBytes(32)
	const rounds = 20 // of each contender in turn
	race(b, rounds*size, timed(func() {
		for range rounds {
			_, _, err := streamenc.EncryptBytes(plaintext, benchMedia, streamenc.WithKey(mediaKey))
			require.NoError(b, err)
		}
	}), map[string]contender{"x-whatsmeow": timed(func() {
		for range rounds {
			iv, cipherKey, macKey := theirKeys(mediaKey)
			sha256.Sum256(plaintext)
			ciphertext, err := cbcutil.Encrypt(cipherKey, iv, plaintext)
			require.NoError(b, err)
			mac := hmac.New(sha256.New, macKey)
			mac.Write(iv)
			mac.Write(ciphertext)
			sha256.Sum256(append(ciphertext, mac.Sum(nil)[:10]...))
		}
	})})
}

// BenchmarkDecrypt compares with the work of whatsmeow's DownloadToFile after the download,
// including the ciphertext's hash, which it computes while downloading.
func BenchmarkDecrypt(b *testing.B) {
	const size = 64 << 20
	mediaKey := randomBytes(32)
	object, info, err := streamenc.EncryptBytes(randomBytes(size), benchMedia, streamenc.WithKey(mediaKey))
	require.NoError(b, err)
	dir := b.TempDir()
	encrypted := filepath.Join(dir, "encrypted")
	require.NoError(b, os.WriteFile(encrypted, object, 0o600))

	// Both start with the object in a separate file and end with the plaintext in a file.
	theirs := func() time.Duration {
		file, err := os.OpenFile(filepath.Join(dir, "theirs"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		require.NoError(b, err)
		defer file.Close()
		_, err = file.Write(object)
		require.NoError(b, err)
		return timed(func() { whatsmeowDecryptFile(b, file, mediaKey, info, int64(len(object))) })()
	}
	ours := func() time.Duration {
		src, err := os.Open(encrypted)
		require.NoError(b, err)
		defer src.Close()
		dst, err := os.Create(filepath.Join(dir, "ours"))
		require.NoError(b, err)
		defer dst.Close()
		return timed(func() {
			_, err := streamenc.Decrypt(dst, src, mediaKey, benchMedia, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
			require.NoError(b, err)
		})()
	}
	inPlace := func() time.Duration {
		file, err := os.OpenFile(filepath.Join(dir, "in-place"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		require.NoError(b, err)
		defer file.Close()
		_, err = file.Write(object)
		require.NoError(b, err)
		_, err = file.Seek(0, io.SeekStart)
		require.NoError(b, err)
		return timed(func() {
			n, err := streamenc.Decrypt(file, file, mediaKey, benchMedia, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
			require.NoError(b, err)
			require.NoError(b, file.Truncate(n))
		})()
	}
	reader := timed(func() {
		r, err := streamenc.NewReader(bytes.NewReader(object), mediaKey, benchMedia, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
		require.NoError(b, err)
		_, err = io.Copy(onlyWriter{io.Discard}, onlyReader{r})
		require.NoError(b, err)
	})
	b.Run("64MiB/file-to-file", func(b *testing.B) { race(b, size, ours, map[string]contender{"x-whatsmeow": theirs}) })
	b.Run("64MiB/in-place", func(b *testing.B) { race(b, size, inPlace, map[string]contender{"x-whatsmeow": theirs}) })
	b.Run("64MiB/reader", func(b *testing.B) { race(b, size, reader, map[string]contender{"x-whatsmeow": theirs}) })
}

type onlyReader struct{ io.Reader }

type onlyWriter struct{ io.Writer }

// whatsmeowDecryptFile repeats the steps of downloadAndDecryptToFile after the download.
func whatsmeowDecryptFile(b *testing.B, file *os.File, mediaKey []byte, info streamenc.Info, size int64) {
	iv, cipherKey, macKey := theirKeys(mediaKey)
	rewind := func() {
		_, err := file.Seek(0, io.SeekStart)
		require.NoError(b, err)
	}
	hashFile := func(hash io.Writer) {
		_, err := io.Copy(hash, file)
		require.NoError(b, err)
	}
	rewind()
	encHash := sha256.New()
	hashFile(encHash)
	require.Equal(b, info.FileEncSHA256, encHash.Sum(nil))
	mac := make([]byte, 10)
	_, err := file.ReadAt(mac, size-10)
	require.NoError(b, err)
	require.NoError(b, file.Truncate(size-10))
	rewind()
	hasher := hmac.New(sha256.New, macKey)
	hasher.Write(iv)
	hashFile(hasher)
	require.Equal(b, mac, hasher.Sum(nil)[:10])
	rewind()
	require.NoError(b, cbcutil.DecryptFile(cipherKey, iv, file))
	rewind()
	plainHash := sha256.New()
	hashFile(plainHash)
	require.Equal(b, info.FileSHA256, plainHash.Sum(nil))
}

// BenchmarkSealedOpen compares the second pass of an upload with AES-CBC alone in memory.
func BenchmarkSealedOpen(b *testing.B) {
	const size = 64 << 20
	sealed, err := streamenc.Seal(bytes.NewReader(randomBytes(size)), size, benchMedia)
	require.NoError(b, err)
	single, err := streamenc.Seal(bytes.NewReader(randomBytes(size)), size, benchMedia, streamenc.WithParallelism(1))
	require.NoError(b, err)
	open := func(sealed *streamenc.Sealed) contender {
		buf := make([]byte, 32<<10)
		return timed(func() {
			r, err := sealed.Open(0)
			require.NoError(b, err)
			_, err = io.CopyBuffer(onlyWriter{io.Discard}, onlyReader{r}, buf)
			require.NoError(b, err)
			require.NoError(b, r.Close())
		})
	}
	cbc := timed(func() {
		buf, out := make([]byte, 64<<10), make([]byte, 64<<10)
		block, _ := aes.NewCipher(make([]byte, 32))
		cbc := cipher.NewCBCEncrypter(block, make([]byte, 16))
		for range size / len(buf) {
			cbc.CryptBlocks(out, buf)
		}
	})
	b.Run("64MiB", func(b *testing.B) { race(b, size, open(sealed), map[string]contender{"of-bare-CBC": cbc}) })
	b.Run("64MiB/parallelism-1", func(b *testing.B) { race(b, size, open(single), map[string]contender{"of-bare-CBC": cbc}) })
}
