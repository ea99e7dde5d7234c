package streamenc_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// FuzzChunks splits a plaintext at arbitrary positions.
func FuzzChunks(f *testing.F) {
	f.Add(100, []byte{1, 15, 16, 17}, 1)
	f.Add(70*kib, []byte{255, 0, 3}, 2)
	f.Fuzz(func(t *testing.T, size int, cuts []byte, parallelism int) {
		if size < 0 || size > 300*kib {
			return
		}
		data := testData(size)
		want, wantInfo := encrypted(t, data)
		e, err := streamenc.NewEncryptor(mediaType, withKey, streamenc.WithSidecar(true), streamenc.WithParallelism(parallelism))
		require.NoError(t, err)
		var object []byte
		for _, cut := range cuts {
			n := min(len(data), int(cut)*int(cut))
			object = e.Update(object, data[:n])
			data = data[n:]
		}
		object, info, err := e.Finalize(e.Update(object, data))
		require.NoError(t, err)
		equal(t, want, object)
		require.Equal(t, wantInfo, info)
	})
}

// FuzzDecrypt decrypts arbitrary bytes. Only real objects may decrypt without an error.
func FuzzDecrypt(f *testing.F) {
	object, _ := encrypted(f, testData(50))
	f.Add(object)
	f.Add(object[:26])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, object []byte) {
		var dst bytes.Buffer
		n, err := streamenc.Decrypt(&dst, &moody{data: object, max: 1 + len(object)/3}, testKey, mediaType)
		require.Equal(t, int64(dst.Len()), n)
		r, newErr := streamenc.NewReader(bytes.NewReader(object), testKey, mediaType)
		require.NoError(t, newErr)
		read, readErr := io.ReadAll(onlyReader{r})
		require.Equal(t, err == nil, readErr == nil)
		inPlace, inPlaceErr := streamenc.DecryptBytes(bytes.Clone(object), testKey, mediaType)
		require.Equal(t, err == nil, inPlaceErr == nil)
		if err != nil {
			return
		}
		equal(t, dst.Bytes(), read)
		equal(t, dst.Bytes(), inPlace)
		again, _ := encrypted(t, read)
		equal(t, object, again)
	})
}

// FuzzUnmarshalSealed modifies an encoded Sealed and corrects its checksum, so that decoding gets
// past it.
func FuzzUnmarshalSealed(f *testing.F) {
	for _, size := range []int{0, 10, mib} {
		stored, err := seal(f, bytes.NewReader(testData(size)), size).MarshalBinary()
		require.NoError(f, err)
		f.Add(stored)
	}
	f.Add([]byte("WMXS\x01"))
	f.Fuzz(func(t *testing.T, form []byte) {
		var sealed streamenc.Sealed
		_ = sealed.UnmarshalBinary(form)
		if len(form) >= sha256.Size {
			form = resum(form, func([]byte) {})
		}
		if sealed.UnmarshalBinary(form) != nil {
			return
		}
		again, err := sealed.MarshalBinary()
		require.NoError(t, err)
		equal(t, form, again)
		sealed.Bind(zeros{1 << 20})
		for _, offset := range []int64{0, sealed.Size() / 2, max(sealed.Size()-11, 0), sealed.Size()} {
			r, err := sealed.Open(offset)
			require.NoError(t, err)
			_, _ = io.CopyN(io.Discard, r, 2*mib)
			require.NoError(t, r.Close())
		}
	})
}

// resum modifies the data before the checksum and corrects the checksum.
func resum(form []byte, change func(form []byte)) []byte {
	form = bytes.Clone(form)
	body := form[:len(form)-sha256.Size]
	change(body)
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

// FuzzReaderAt reads a damaged object or sidecar, or a source that ends early: it must never return
// a wrong byte.
func FuzzReaderAt(f *testing.F) {
	f.Add(100*kib, 5, byte(1), 3, byte(0), 0, int64(64*kib-1), 10)
	f.Add(65519, 0, byte(0), 0, byte(0), 7, int64(0), 70*kib)
	f.Fuzz(func(t *testing.T, size, at int, flip byte, sidecarAt int, sidecarFlip byte, missing int, off int64, length int) {
		if size < 0 || size > 200*kib || length < 0 || length > 300*kib {
			return
		}
		data := testData(size)
		object, info := encrypted(t, data)
		damaged := bytes.Clone(object)
		damaged[uint(at)%uint(len(damaged))] ^= flip
		damaged = damaged[:len(damaged)-int(uint(missing)%uint(len(damaged)))]
		for _, sidecar := range [][]byte{info.Sidecar, foreignSidecar(t, object)} {
			sidecar[uint(sidecarAt)%uint(len(sidecar))] ^= sidecarFlip
			r, err := streamenc.NewReaderAt(bytes.NewReader(damaged), int64(len(object)), testKey, mediaType, streamenc.VerifySidecar(sidecar))
			if err != nil {
				continue
			}
			require.Equal(t, int64(size), r.Size())
			p := make([]byte, length)
			n, err := r.ReadAt(p, off)
			if off < 0 {
				require.Error(t, err)
				continue
			}
			if n < length {
				require.Error(t, err)
			}
			if n > 0 {
				equal(t, data[off:off+int64(n)], p[:n])
			}
		}
	})
}

// FuzzFirstFrame scans arbitrary bytes, at once and in two pieces.
func FuzzFirstFrame(f *testing.F) {
	f.Add(webp(chunk("VP8X", 10), chunk("ANIM", 6), chunk("ANMF", 100)), 20)
	f.Add([]byte("RIFF\xff\xff\xff\xffWEBPANMF\xff\xff\xff\xff"), 3)
	f.Fuzz(func(t *testing.T, file []byte, cut int) {
		length, ok := streamenc.FirstFrameLength(file)
		require.Equal(t, ok, length > 0)
		e, err := streamenc.NewEncryptor(mediaType, withKey, streamenc.WithFirstFrameSidecar(true))
		require.NoError(t, err)
		n := int(uint(cut) % uint(len(file)+1))
		object := e.Update(e.Update(nil, file[:n]), file[n:])
		_, info, err := e.Finalize(object)
		require.NoError(t, err)
		if ok && length <= int64(len(file)) {
			require.Equal(t, length, info.FirstFrameLength)
			require.Len(t, info.FirstFrameSidecar, 10)
		} else if !ok {
			require.Nil(t, info.FirstFrameSidecar)
		}
	})
}
