package streamenc_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/util/hkdfutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// chunk returns a RIFF chunk of n bytes, padded to an even number.
func chunk(name string, size int) []byte {
	header := binary.LittleEndian.AppendUint32([]byte(name), uint32(size))
	return append(append(header, testData(size)...), make([]byte, size%2)...)
}

func webp(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	header := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return slices.Concat(header, []byte("WEBP"), body)
}

func TestTheFirstFrameEndsWithTheFirstANMFChunk(t *testing.T) {
	header := 12 + 8 + 10 + 8 + 6
	for name, file := range map[string]struct {
		webp []byte
		want int
	}{
		"two frames":        {webp(chunk("VP8X", 10), chunk("ANIM", 6), chunk("ANMF", 100), chunk("ANMF", 50)), header + 108},
		"an odd length":     {webp(chunk("VP8X", 10), chunk("ANIM", 6), chunk("ANMF", 99)), header + 108},
		"a big profile":     {webp(chunk("VP8X", 10), chunk("ICCP", 70001), chunk("ANIM", 6), chunk("ANMF", 300*kib)), header + 8 + 70002 + 8 + 300*kib},
		"an empty frame":    {webp(chunk("ANMF", 0)), 20},
		"not animated":      {webp(chunk("VP8 ", 1000)), 0},
		"no chunk":          {webp(), 0},
		"empty":             {nil, 0},
		"a JPEG":            {append([]byte("\xff\xd8\xff\xe0"), testData(1000)...), 0},
		"a WAV":             {append([]byte("RIFF\x00\x10\x00\x00WAVE"), chunk("ANMF", 10)...), 0},
		"beyond the file":   {append([]byte("RIFF\x10\x00\x00\x00WEBP"), chunk("ANMF", 100)...), 0},
		"a hostile length":  {[]byte("RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff"), 0},
		"cut in the header": {webp(chunk("VP8X", 10), chunk("ANMF", 100))[:12+18+7], 0},
	} {
		length, ok := streamenc.FirstFrameLength(file.webp)
		require.Equal(t, int64(file.want), length, name)
		require.Equal(t, file.want > 0, ok)

		if file.want == 0 {
			_, info, err := streamenc.EncryptBytes(file.webp, mediaType, withKey, streamenc.WithFirstFrameSidecar(true))
			require.NoError(t, err)
			require.Zero(t, info.FirstFrameLength)
			require.Nil(t, info.FirstFrameSidecar)
			continue
		}
		start, ok := streamenc.FirstFrameLength(file.webp[:min(len(file.webp), 80*kib)])
		require.True(t, ok, "the start of the file is enough")
		require.Equal(t, length, start)

		// By definition, from key and ciphertext.
		keys := hkdfutil.SHA256(testKey, nil, []byte(mediaType), 112)
		for _, n := range parallelisms {
			for _, sidecar := range []bool{false, true} {
				object, info, err := streamenc.EncryptBytes(file.webp, mediaType, withKey, streamenc.WithParallelism(n),
					streamenc.WithFirstFrameSidecar(true), streamenc.WithSidecar(sidecar))
				require.NoError(t, err)
				plain, plainInfo := encrypted(t, file.webp)
				equal(t, plain, object)
				mac := hmac.New(sha256.New, keys[48:80])
				mac.Write(keys[:16])
				mac.Write(object[:(file.want+15)/16*16])
				require.Equal(t, mac.Sum(nil)[:10], info.FirstFrameSidecar, name)
				require.Equal(t, length, info.FirstFrameLength)
				if sidecar {
					require.Equal(t, plainInfo.Sidecar, info.Sidecar)
				}

				sealed, err := streamenc.Seal(bytes.NewReader(file.webp), int64(len(file.webp)), mediaType, withKey, streamenc.WithFirstFrameSidecar(true))
				require.NoError(t, err)
				stored, err := sealed.MarshalBinary()
				require.NoError(t, err)
				var restored streamenc.Sealed
				require.NoError(t, restored.UnmarshalBinary(stored))
				require.Equal(t, info.FirstFrameSidecar, restored.Info().FirstFrameSidecar)
				require.Equal(t, length, restored.Info().FirstFrameLength)
			}
		}
	}
}
