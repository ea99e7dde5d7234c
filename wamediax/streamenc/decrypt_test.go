package streamenc_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/util/hkdfutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// decryptions are the ways to decrypt a whole stream. Each returns its output, even if it failed.
var decryptions = map[string]func(src io.Reader, key []byte, opts ...streamenc.DecryptOption) ([]byte, error){
	"Decrypt": func(src io.Reader, key []byte, opts ...streamenc.DecryptOption) ([]byte, error) {
		var dst bytes.Buffer
		n, err := streamenc.Decrypt(&dst, src, key, mediaType, opts...)
		if n != int64(dst.Len()) {
			return nil, errors.New("wrong count")
		}
		return dst.Bytes(), err
	},
	"DecryptBytes": func(src io.Reader, key []byte, opts ...streamenc.DecryptOption) ([]byte, error) {
		object, err := io.ReadAll(src)
		if err != nil {
			return nil, fmt.Errorf("failed to read encrypted media: %w", err)
		}
		return streamenc.DecryptBytes(object, key, mediaType, opts...)
	},
	"Reader": func(src io.Reader, key []byte, opts ...streamenc.DecryptOption) ([]byte, error) {
		r, err := streamenc.NewReader(src, key, mediaType, opts...)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(onlyReader{r})
	},
	"Reader, then WriteTo": func(src io.Reader, key []byte, opts ...streamenc.DecryptOption) ([]byte, error) {
		r, err := streamenc.NewReader(src, key, mediaType, opts...)
		if err != nil {
			return nil, err
		}
		var dst bytes.Buffer
		if _, err = io.CopyN(&dst, onlyReader{r}, 100); err != nil && err != io.EOF {
			return nil, err
		}
		_, err = r.WriteTo(&dst)
		return dst.Bytes(), err
	},
}

func TestDecryptingReturnsThePlaintext(t *testing.T) {
	for _, size := range append(borderSizes(), 2*mib+1) {
		data := testData(size)
		object, info := encrypted(t, data)
		for way, decrypt := range decryptions {
			for name, src := range map[string]func() io.Reader{
				"plain":       func() io.Reader { return bytes.NewReader(object) },
				"short reads": func() io.Reader { return &moody{data: object, max: 1000 + size%7} },
				"with EOF":    func() io.Reader { return &together{data: object, err: io.EOF} },
				"half reads":  func() io.Reader { return iotest.HalfReader(bytes.NewReader(object)) },
			} {
				got, err := decrypt(src(), testKey,
					streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256), streamenc.VerifySidecar(info.Sidecar))
				require.NoError(t, err, "%s, %s, %d bytes", way, name, size)
				equal(t, data, got)
			}
		}
	}
}

// With VerifySidecar, DecryptBytes uses a Reader; without it, it decrypts in place.
func TestDecryptingInPlaceReturnsThePlaintext(t *testing.T) {
	for _, size := range append(borderSizes(), 2*mib+1) {
		data := testData(size)
		object, info := encrypted(t, data)
		got, err := streamenc.DecryptBytes(object, testKey, mediaType, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
		require.NoError(t, err, "%d bytes", size)
		equal(t, data, got)
		require.Same(t, &object[0], &got[:1][0], "%d bytes were copied", size)
		require.Len(t, object, int(streamenc.EncryptedSize(int64(size))))
	}
}

func TestDecryptBytesAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	object, _ := encrypted(t, testData(100*kib))
	again := make([]byte, len(object))
	require.LessOrEqual(t, testing.AllocsPerRun(20, func() {
		copy(again, object)
		_, err := streamenc.DecryptBytes(again, testKey, mediaType)
		require.NoError(t, err)
	}), 13.0)
}

func TestReaderAcceptsBuffersOfAnySize(t *testing.T) {
	data := testData(70 * kib)
	object, _ := encrypted(t, data)
	r, err := streamenc.NewReader(bytes.NewReader(object), testKey, mediaType)
	require.NoError(t, err)
	require.NoError(t, iotest.TestReader(r, data))

	r, err = streamenc.NewReader(iotest.OneByteReader(bytes.NewReader(object)), testKey, mediaType)
	require.NoError(t, err)
	got, err := io.ReadAll(iotest.OneByteReader(r))
	require.NoError(t, err)
	equal(t, data, got)
	n, err := r.WriteTo(io.Discard)
	require.NoError(t, err)
	require.Zero(t, n, "after io.EOF")
}

// A reader whose source is slow must return what it has: 64 KiB is enough.
func TestReaderDoesNotWaitForASlowSource(t *testing.T) {
	object, _ := encrypted(t, testData(mib))
	asked := 0
	src := readerFunc(func(p []byte) (int, error) {
		asked++
		return copy(p, object[asked*kib:][:kib]), nil
	})
	r, err := streamenc.NewReader(src, testKey, mediaType)
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, 1))
	require.NoError(t, err)
	require.LessOrEqual(t, asked, 66)
}

func TestDamageIsDetectedAtEveryPosition(t *testing.T) {
	const size = 600*kib + 9
	data := testData(size)
	object, info := encrypted(t, data)
	for _, at := range []int{0, 15, 16, 64*kib - 1, 64 * kib, 300 * kib, 512*kib + 1, len(object) - 27, len(object) - 26, len(object) - 11, len(object) - 10, len(object) - 1} {
		damaged := bytes.Clone(object)
		damaged[at] ^= 0x40
		for way, decrypt := range decryptions {
			got, err := decrypt(bytes.NewReader(damaged), testKey)
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC, "%s, byte %d", way, at)
			require.Less(t, len(got), size-8, "the last block is held back")

			_, err = decrypt(bytes.NewReader(damaged), testKey, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
			require.ErrorIs(t, err, streamenc.ErrHashMismatch)
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC)

			got, err = decrypt(bytes.NewReader(damaged), testKey, streamenc.VerifySidecar(info.Sidecar))
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
			require.LessOrEqual(t, len(got), at/(64*kib)*64*kib, "nothing of the damaged piece is returned")
			equal(t, data[:len(got)], got)
		}
	}
}

func TestTruncationIsDetectedAtEveryLength(t *testing.T) {
	data := testData(130 * kib)
	object, info := encrypted(t, data)
	lengths := []int{64 * kib, 64*kib + 10, 64*kib + 16, 64*kib + 26, 64*kib + 27, 128*kib + 26, len(object) - 16, len(object) - 1}
	for n := range 60 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for _, decrypt := range decryptions {
			_, err := decrypt(bytes.NewReader(object[:n]), testKey)
			if n < 26 || (n-10)%16 != 0 {
				require.ErrorIs(t, err, streamenc.ErrTruncated)
			} else {
				require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
			}
			_, err = decrypt(bytes.NewReader(object[:n]), testKey, streamenc.VerifySidecar(info.Sidecar))
			require.Error(t, err)
		}
	}
}

func TestWrongKeyMediaTypeOrHashIsDetected(t *testing.T) {
	object, info := encrypted(t, testData(1000))
	other := bytes.Repeat([]byte{9}, 32)
	for _, decrypt := range decryptions {
		_, err := decrypt(bytes.NewReader(object), other, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
		require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
		require.NotErrorIs(t, err, streamenc.ErrHashMismatch, "the object is intact, only the key is wrong")
		_, err = decrypt(bytes.NewReader(object), testKey, streamenc.ExpectHashes(other, nil))
		require.ErrorIs(t, err, streamenc.ErrHashMismatch)
		_, err = decrypt(bytes.NewReader(object), testKey, streamenc.ExpectHashes(nil, other))
		require.ErrorIs(t, err, streamenc.ErrHashMismatch)
		_, err = decrypt(bytes.NewReader(object), testKey, streamenc.ExpectHashes(nil, []byte("short")))
		require.ErrorIs(t, err, streamenc.ErrHashMismatch)
		for _, sidecar := range [][]byte{nil, {}, info.Sidecar[:9], append(bytes.Clone(info.Sidecar), 0), make([]byte, 10)} {
			_, err = decrypt(bytes.NewReader(object), testKey, streamenc.VerifySidecar(sidecar))
			require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
		}
	}
	_, err := streamenc.Decrypt(io.Discard, bytes.NewReader(object), testKey, whatsmeow.MediaImage)
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
}

// rawObject encrypts blocks with arbitrary padding, and a valid MAC.
func rawObject(t *testing.T, blocks []byte) []byte {
	t.Helper()
	keys := hkdfutil.SHA256(testKey, nil, []byte(mediaType), 112)
	block, err := aes.NewCipher(keys[16:48])
	require.NoError(t, err)
	object := make([]byte, len(blocks))
	cipher.NewCBCEncrypter(block, keys[:16]).CryptBlocks(object, blocks)
	mac := hmac.New(sha256.New, keys[48:80])
	mac.Write(keys[:16])
	mac.Write(object)
	return append(object, mac.Sum(nil)[:10]...)
}

func TestInvalidPaddingWithAValidMACIsDetected(t *testing.T) {
	for name, end := range map[string][]byte{
		"zero":           {0},
		"more than 16":   bytes.Repeat([]byte{17}, 17),
		"not all alike":  {3, 2, 3},
		"255":            {255},
		"beyond a block": bytes.Repeat([]byte{32}, 32),
	} {
		blocks := append(testData(64-len(end)), end...)
		object := rawObject(t, blocks)
		for way, decrypt := range decryptions {
			_, err := decrypt(bytes.NewReader(object), testKey)
			require.ErrorIs(t, err, streamenc.ErrInvalidPadding, "%s, %s", name, way)
		}
		_, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), testKey, mediaType)
		require.ErrorIs(t, err, streamenc.ErrInvalidPadding, name)
	}
}

func TestDecryptingReturnsTheSourcesError(t *testing.T) {
	data := testData(700 * kib)
	object, _ := encrypted(t, data)
	for _, at := range []int{0, 1, 26, 64 * kib, 64*kib + 26, 64*kib + 27, 600 * kib, len(object) - 1, len(object)} {
		for way, decrypt := range decryptions {
			got, err := decrypt(failingAfter(object, at, errLocal), testKey)
			require.ErrorIs(t, err, errLocal, way)
			require.ErrorContains(t, err, "failed to read encrypted media")
			equal(t, data[:len(got)], got)
			_, err = decrypt(&together{data: object[:at], err: errLocal}, testKey)
			require.ErrorIs(t, err, errLocal)
		}
	}
}

func TestDecryptingReturnsTheDestinationsError(t *testing.T) {
	data := testData(700 * kib)
	object, _ := encrypted(t, data)
	for _, at := range []int{0, 1, 64*kib - 1, 64 * kib, 600 * kib, 700*kib - 1} {
		for _, failure := range []error{errLocal, nil} {
			expected := failure
			if failure == nil {
				expected = io.ErrShortWrite
			}
			dst := &limitedWriter{limit: at, err: failure}
			n, err := streamenc.Decrypt(dst, bytes.NewReader(object), testKey, mediaType)
			require.ErrorIs(t, err, expected)
			require.ErrorContains(t, err, "failed to write plaintext")
			require.Equal(t, int64(at), n)
			equal(t, data[:at], dst.Bytes())
		}
	}
	dst := &limitedWriter{limit: 10, err: errLocal}
	r, err := streamenc.NewReader(bytes.NewReader(object), testKey, mediaType)
	require.NoError(t, err)
	_, err = r.Read(make([]byte, 5))
	require.NoError(t, err)
	_, err = r.WriteTo(dst)
	require.ErrorIs(t, err, errLocal)
	_, err = r.Read(make([]byte, 5))
	require.ErrorIs(t, err, errLocal, "the failed write lost data, so reading on would leave a gap")
}

func TestDecryptingAFileOverItself(t *testing.T) {
	for _, size := range []int{0, 1, 64*kib - 1, 700*kib + 3} {
		data := testData(size)
		object, info := encrypted(t, data)
		file, err := os.Create(filepath.Join(t.TempDir(), "media"))
		require.NoError(t, err)
		defer file.Close()
		_, err = file.Write(object)
		require.NoError(t, err)
		_, err = file.Seek(0, io.SeekStart)
		require.NoError(t, err)

		n, err := streamenc.Decrypt(file, file, testKey, mediaType, streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
		require.NoError(t, err)
		require.Equal(t, int64(size), n)
		at, err := file.Seek(0, io.SeekCurrent)
		require.NoError(t, err)
		require.Equal(t, n, at)
		require.NoError(t, file.Truncate(n))
		equal(t, data, readFile(t, file.Name()))
	}
}

func TestDecryptingToAFileStartsAtItsPosition(t *testing.T) {
	data := testData(100 * kib)
	object, _ := encrypted(t, data)
	for name, flag := range map[string]int{"ordinary": 0, "appending": os.O_APPEND} {
		path := filepath.Join(t.TempDir(), "media")
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|flag, 0o600)
		require.NoError(t, err)
		defer file.Close()
		_, err = file.WriteString("before ")
		require.NoError(t, err)
		_, err = streamenc.Decrypt(file, bytes.NewReader(object), testKey, mediaType)
		require.NoError(t, err, name)
		_, err = file.WriteString(" after")
		require.NoError(t, err)
		equal(t, append(append([]byte("before "), data...), " after"...), readFile(t, path))
	}
}

func TestDecryptingToAPipe(t *testing.T) {
	for _, size := range []int{0, 20 * kib, 128 * kib} {
		data := testData(size)
		object, _ := encrypted(t, data)
		r, w := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := streamenc.Decrypt(w, bytes.NewReader(object), testKey, mediaType)
			done <- errors.Join(err, w.Close())
		}()
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, <-done)
		equal(t, data, got)
	}
	data := testData(20 * kib)
	object, _ := encrypted(t, data)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	done := make(chan error, 1)
	go func() {
		_, err := streamenc.Decrypt(w, bytes.NewReader(object), testKey, mediaType)
		done <- errors.Join(err, w.Close())
	}()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, <-done)
	equal(t, data, got)
}

// memory is an io.WriterAt without a position.
type memory struct{ data []byte }

func (m *memory) Write([]byte) (int, error) { return 0, errors.New("not the way to write here") }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(m.data) {
		m.data = append(m.data, make([]byte, need-len(m.data))...)
	}
	return copy(m.data[off:], p), nil
}

func TestDecryptingToAWriterAtStartsAtZero(t *testing.T) {
	data := testData(200 * kib)
	object, _ := encrypted(t, data)
	var dst memory
	_, err := streamenc.Decrypt(&dst, bytes.NewReader(object), testKey, mediaType)
	require.NoError(t, err)
	equal(t, data, dst.data)
}
