package interop_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// pack is a sticker pack: its message, the two objects of the message, and what is in them.
type pack struct {
	Message         []byte
	Object          []byte
	ThumbnailObject []byte

	ID, Name, Publisher, Description, Caption string

	Stickers  []stickerpack.Sticker
	TrayIcon  []byte
	Thumbnail []byte
}

func TestPacksOfOtherLibrariesAreOpened(t *testing.T) {
	v := load(t, "whatsapp-rust")
	require.Len(t, v.Packs, 1)
	server, cli := connect(t)
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
	for _, theirs := range v.Packs {
		var whole waE2E.Message
		require.NoError(t, proto.Unmarshal(theirs.Message, &whole))
		msg := whole.GetStickerPackMessage()
		require.NotNil(t, msg)
		msg.DirectPath = new(server.Put("sticker-pack", theirs.Object))
		msg.ThumbnailDirectPath = new(server.Put("thumbnail-sticker-pack", theirs.ThumbnailObject))

		got, err := stickerpack.Download(t.Context(), client, msg)
		require.NoError(t, err)
		require.Equal(t, &stickerpack.Pack{
			ID: theirs.ID, Name: theirs.Name, Publisher: theirs.Publisher, Description: theirs.Description, Caption: theirs.Caption,
			Stickers: theirs.Stickers, TrayIcon: theirs.TrayIcon,
		}, got)
		require.NoError(t, got.Validate())
		thumbnail, err := stickerpack.DownloadThumbnail(t.Context(), client, msg)
		require.NoError(t, err)
		require.Equal(t, theirs.Thumbnail, thumbnail)
	}
}
