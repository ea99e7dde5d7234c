package command

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

func pictureOf(t *testing.T, shade uint8) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.NRGBA{shade, 100, 200, 255}), image.Point{}, draw.Src)
	var data bytes.Buffer
	require.NoError(t, png.Encode(&data, img))
	return data.Bytes()
}

func TestFolderIsSentAsStickerPack(t *testing.T) {
	s := newStage(t)
	s.start()
	for i, name := range []string{"01_😺.png", "02_😸.png", "03_😹.png"} {
		s.write("Cats/"+name, pictureOf(t, uint8(i)))
	}
	s.ann.say("!stickers Cats")
	msg := s.ann.hears().Message.GetStickerPackMessage()
	require.NotNil(t, msg)
	require.Equal(t, "Cats", msg.GetName())
	pack, err := stickerpack.Download(t.Context(), wamediax.Wrap(s.ann.Client, wamediax.WithHTTPClient(s.srv.HTTPClient())), msg)
	require.NoError(t, err)
	require.Len(t, pack.Stickers, 3)
	require.Equal(t, []string{"😹"}, pack.Stickers[2].Emojis)

	s.write("Cats/04.png", []byte("no picture"))
	s.write("empty/notes.txt", []byte("no picture"))
	require.NoError(t, os.Symlink("..", s.path("out")))
	for command, want := range map[string]string{
		"!stickers":               "Which folder? Send !stickers FOLDER.",
		"!stickers Cats":          "04.png: not a picture",
		"!stickers empty":         "No sticker pack: ",
		"!stickers dogs":          "There is no dogs.",
		"!stickers ..":            "Only files in the bot's media folder can be used.",
		"!stickers out":           "out cannot be opened.",
		"!stickers Cats/01_😺.png": "is not a folder.",
	} {
		require.Contains(t, s.ann.asks(command), want, command)
	}
}

func TestCatalogIsSentOnce(t *testing.T) {
	s := newStage(t)
	s.start()
	s.write("shop/chair.png", pictureOf(t, 1))
	s.write("shop/table.png", pictureOf(t, 2))
	s.write("shop/table.copy.png", pictureOf(t, 2))
	s.write("shop/lamp.jpg", []byte("no picture"))
	s.write("shop/.hidden.png", pictureOf(t, 3))
	s.write("shop/more/bed.png", pictureOf(t, 4))
	s.write("shop/notes.txt", []byte("notes"))
	require.NoError(t, os.Symlink("../../bot.db", s.path("shop", "trick.png")))

	lines := strings.Split(s.ann.asks("!catalog shop"), "\n")
	require.Equal(t, "5 pictures: 2 sent, 1 already there, 2 failed.", lines[0])
	require.Equal(t, []string{"lamp: It is not a JPEG, PNG or WebP picture.", "trick: trick.png cannot be opened."}, lines[1:3])
	require.Len(t, lines, 6)
	for i, product := range []string{"chair", "table", "table.copy"} {
		name, url, _ := strings.Cut(lines[3+i], " ")
		require.Equal(t, product, name)
		resp, err := s.srv.HTTPClient().Get(url)
		require.NoError(t, err)
		var data bytes.Buffer
		_, err = data.ReadFrom(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, pictureOf(t, uint8(min(i+1, 2))), data.Bytes(), "it is not encrypted")
	}

	before := s.srv.Received()
	s.write("shop/bench.png", pictureOf(t, 5))
	lines = strings.Split(s.ann.asks("!catalog shop"), "\n")
	require.Equal(t, "6 pictures: 1 sent, 3 already there, 2 failed.", lines[0])
	require.Equal(t, int64(len(pictureOf(t, 5))), s.srv.Received()-before)

	require.Equal(t, "That folder has no JPEG, PNG or WebP pictures.", s.ann.asks("!catalog ."))
	require.Equal(t, "Which folder? Send !catalog FOLDER.", s.ann.asks("!catalog"))
	require.Equal(t, "Only files in the bot's media folder can be used.", s.ann.asks("!catalog /etc"))
}
