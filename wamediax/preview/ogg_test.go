package preview_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// oggPages splits a file into its pages.
func oggPages(data []byte) (pages [][]byte) {
	for len(data) > 0 {
		size := 27 + int(data[26])
		for _, length := range data[27:size] {
			size += int(length)
		}
		pages = append(pages, data[:size])
		data = data[size:]
	}
	return pages
}

// moved returns the page with another position, stream and flags.
func moved(page []byte, by int64, serial uint32, flags byte) []byte {
	start := 27 + int(page[26])
	granule := int64(binary.LittleEndian.Uint64(page[6:])) + by
	return oggPage(flags, granule, serial, binary.LittleEndian.Uint32(page[18:]), page[27:start], page[start:])
}

// longVoice repeats the 40 s of long.opus.
func longVoice(t testing.TB, times int) []byte {
	pages := oggPages(read(t, "long.opus"))
	data := bytes.Join(pages[:2], nil)
	const length = 40 * 48000
	for i := range times {
		for _, page := range pages[2:] {
			data = append(data, moved(page, int64(i)*length, 1, 0)...)
		}
	}
	return data
}

// splitPackets pads packets to 255 bytes and more (RFC 6716 section 3.2.5) and splits each over two
// pages.
func splitPackets(pages [][]byte) []byte {
	data := bytes.Join(pages[:2], nil)
	for _, page := range pages[2:] {
		start := 27 + int(page[26])
		segments, body := page[27:start], page[start:]
		granule := int64(binary.LittleEndian.Uint64(page[6:])) - int64(len(segments))*960
		for i, length := range segments {
			packet := body[:length]
			body = body[length:]
			if packet[0]&3 == 0 && length < 200 { // one frame: the same as code 3 with one frame and 254 bytes of padding
				packet = append([]byte{packet[0] | 3, 0x41, 254}, append(bytes.Clone(packet[1:]), make([]byte, 254)...)...)
			}
			if granule += 960; i == len(segments)-1 {
				granule = int64(binary.LittleEndian.Uint64(page[6:]))
			}
			if len(packet) < 255 {
				data = append(data, oggPage(0, granule, 1, 0, []byte{byte(len(packet))}, packet)...)
				continue
			}
			data = append(data, oggPage(0, -1, 1, 0, []byte{255}, packet[:255])...)
			data = append(data, oggPage(1, granule, 1, 0, []byte{byte(len(packet) - 255)}, packet[255:])...)
		}
	}
	return data
}

func TestOggIsReadAsPlayersDo(t *testing.T) {
	whole := read(t, "silk.opus")
	want := previewOf(t, whole)
	pages := oggPages(whole)
	change := func(f func(i int, page []byte) []byte) []byte {
		var data []byte
		for i, page := range pages {
			data = append(data, f(i, page)...)
		}
		return data
	}
	for name, data := range map[string][]byte{
		"the middle of a longer recording": change(func(i int, page []byte) []byte {
			if i < 2 {
				return page
			}
			return moved(page, 48000*1000, 1, page[5])
		}),
		"no page is marked as the last": change(func(_ int, page []byte) []byte { return moved(page, 0, 1, page[5]&^4) }),
		"pages of another stream between": change(func(i int, page []byte) []byte {
			if i == 0 {
				return page
			}
			return append(bytes.Clone(page), moved(page, 48000*5000, 99, 0)...)
		}),
		"packets that continue on the next page": splitPackets(pages),
		"something else at the end":              append(bytes.Clone(whole), make([]byte, 1000)...),
	} {
		t.Run(name, func(t *testing.T) {
			got := previewOf(t, data)
			require.InDelta(t, want.Duration.Seconds(), got.Duration.Seconds(), 0.001)
			require.Equal(t, want.Waveform, got.Waveform)
			require.True(t, got.Voice)
		})
	}
}

func TestTruncatedOrDamagedOggIsAnError(t *testing.T) {
	pages := oggPages(read(t, "silk.opus"))
	damaged := bytes.Join(pages, nil)
	damaged[len(pages[0])+len(pages[1])+100] ^= 1
	for name, data := range map[string][]byte{
		"headers only":                    bytes.Join(pages[:2], nil),
		"a page in the middle is damaged": damaged,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := previewErr(t, data)
			if name == "headers only" {
				require.NoError(t, err)
				require.False(t, p.Voice)
				require.Equal(t, "no sound", p.NotVoice)
				return
			}
			require.ErrorContains(t, err, "failed to decode Opus")
			require.Nil(t, p.Waveform, "a waveform of a part would be wrong")
			require.InDelta(t, 7.3, p.Duration.Seconds(), 0.01)
		})
	}
}

func TestLongSoundHasNoWaveform(t *testing.T) {
	p := previewOf(t, longVoice(t, 46))
	require.InDelta(t, 46*40, p.Duration.Seconds(), 0.1)
	require.Nil(t, p.Waveform)
	require.Contains(t, p.Warnings, "no waveform: the sound is longer than 30m0s")
	require.True(t, p.Voice)
}
