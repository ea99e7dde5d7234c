package stickerpack_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// service is a WhatsApp service with a wrapped client logged in to it.
type service struct {
	*wamediaxtest.Server
	client *wamediax.Client
}

func newService(t testing.TB) *service {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return &service{server, wamediax.Wrap(cli,
		wamediax.WithHTTPClient(server.HTTPClient()),
		wamediax.WithBackoff(time.Millisecond, 5*time.Millisecond), wamediax.WithMaxAttempts(4),
	)}
}

// chunk returns a RIFF chunk.
func chunk(name string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// riff returns a WebP file.
func riff(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func uint24(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }

// still returns a static WebP of one colour.
func still(side int, colour byte) []byte {
	return webptest.OneColour(side, side, color.NRGBA{colour, 40, 200, 255})
}

// vp8l returns only the chunk of such a file.
func vp8l(side int, red, green, blue byte) []byte {
	return webptest.OneColour(side, side, color.NRGBA{red, green, blue, 255})[len("RIFF....WEBP"):]
}

// moving returns an animated WebP of two colours.
func moving(side int, colour byte, durations ...time.Duration) []byte {
	if len(durations) == 0 {
		durations = []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}
	}
	canvas := append([]byte{0x12, 0, 0, 0}, append(uint24(side-1), uint24(side-1)...)...)
	chunks := [][]byte{chunk("VP8X", canvas...), chunk("ANIM", 0, 0, 0, 0, 0, 0)}
	for i, d := range durations {
		frame := append(make([]byte, 6), append(uint24(side-1), uint24(side-1)...)...)
		frame = append(frame, append(uint24(int(d.Milliseconds())), 0)...)
		chunks = append(chunks, chunk("ANMF", append(frame, vp8l(side, colour, byte(i), 99)...)...))
	}
	return riff(chunks...)
}

// padded grows webp to size bytes, an even number, with an unknown chunk.
func padded(webp []byte, size int) []byte {
	start := paddedStart(webp, size)
	return append(start, make([]byte, size-len(start))...)
}

// paddedStart returns padded's result without the trailing zeros.
func paddedStart(webp []byte, size int) []byte {
	start := append(bytes.Clone(webp), chunk("JUNK")...)
	binary.LittleEndian.PutUint32(start[4:], uint32(size-8))
	binary.LittleEndian.PutUint32(start[len(webp)+4:], uint32(size-len(start)))
	return start
}

// thumbnail is for packs whose thumbnail does not matter: making one is slow under the race
// detector.
var thumbnail = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 252, 252)), nil); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// packOf returns a pack of n stickers that follows all rules and recommendations.
func packOf(n int, sticker func(side int, colour byte) []byte) *stickerpack.Pack {
	pack := &stickerpack.Pack{
		ID: "4fd4787a-6411", Name: "Colours", Publisher: "A painter", Description: "Every colour", Caption: "Have some",
		TrayIcon: still(96, 5), Thumbnail: thumbnail(),
	}
	for i := range n {
		pack.Stickers = append(pack.Stickers, stickerpack.Sticker{
			WebP: sticker(512, byte(i)), Emojis: []string{"🎨"}, Label: fmt.Sprintf("colour %d", i),
		})
	}
	return pack
}

func animation(side int, colour byte) []byte { return moving(side, colour) }

func readAll(t testing.TB, src io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(src)
	require.NoError(t, err)
	return data
}
