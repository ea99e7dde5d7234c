package ogg

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	gopus "github.com/thesyncim/gopus/container/ogg"
)

// TestOggIsByteForByte has the three pages of a stream of two packets, the second of which
// continues in the next lacing value.
func TestOggIsByteForByte(t *testing.T) {
	w := NewWriter([]byte("OpusHead\x01\x01\x38\x01\xc0\x5d\x00\x00\x00\x00\x00"), []byte("OpusTags\x08\x00\x00\x00wamediax\x00\x00\x00\x00"))
	w.Add([]byte{0x08, 1, 2}, 960)
	w.Add(bytes.Repeat([]byte{7}, 255), 1920)
	w.Close(1500)
	require.Equal(t, ""+
		"4f67675300"+"02"+"0000000000000000"+"01000000"+"00000000"+"5de9810a"+"01"+"13"+
		"4f70757348656164"+"01"+"01"+"3801"+"c05d0000"+"0000"+"00"+
		"4f67675300"+"00"+"0000000000000000"+"01000000"+"01000000"+"46224b17"+"01"+"18"+
		"4f70757354616773"+"08000000"+"77616d6564696178"+"00000000"+
		"4f67675300"+"04"+"dc05000000000000"+"01000000"+"02000000"+"65b06cf6"+"03"+"03ff00"+
		"080102"+strings.Repeat("07", 255), hex.EncodeToString(w.Out))
}

func TestOtherLibraryReadsTheOgg(t *testing.T) {
	for name, sizes := range map[string][]int{
		"one packet":                          {1},
		"packets of whole lacing values":      {254, 255, 256, 510, 1275},
		"a second and one packet":             repeated(51, 80),
		"packets that fill the segment table": repeated(120, 1275),
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWriter([]byte("OpusHead\x01\x01\x38\x01\x22\x56\x00\x00\x00\x00\x00"), []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"))
			for i, size := range sizes {
				w.Add(packetOf(i, size), uint64(i+1)*960)
			}
			end := uint64(len(sizes))*960 - 100
			w.Close(end)

			r, err := gopus.NewReader(bytes.NewReader(w.Out))
			require.NoError(t, err)
			require.EqualValues(t, 312, r.PreSkip())
			require.EqualValues(t, 1, r.Channels())
			require.EqualValues(t, 22_050, r.SampleRate())
			for i, size := range sizes {
				packet, _, err := r.ReadPacket()
				require.NoError(t, err)
				require.True(t, bytes.Equal(packetOf(i, size), packet), "packet %d", i)
			}
			_, _, err = r.ReadPacket()
			require.Error(t, err)
			require.True(t, r.EOF())
			require.Equal(t, end, r.GranulePos())
		})
	}
}

func packetOf(i, size int) []byte { return bytes.Repeat([]byte{byte(i)}, size) }

func repeated(n, size int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}
