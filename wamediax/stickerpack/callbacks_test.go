package stickerpack_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// panicsAt returns a progress callback that panics from the given call on.
func panicsAt(call int) func(wamediax.Progress) {
	return func(wamediax.Progress) {
		if call--; call <= 0 {
			panic("boom")
		}
	}
}

// panicking is a sticker source that panics after a number of reads.
type panicking struct {
	io.ReaderAt
	reads int
}

func (p *panicking) ReadAt(b []byte, offset int64) (int, error) {
	if p.reads--; p.reads <= 0 {
		panic("boom")
	}
	return p.ReaderAt.ReadAt(b, offset)
}

func TestPanicInACallbackReachesTheCaller(t *testing.T) {
	s := newService(t)
	s.KeepBytes(1 << 20)
	msg, err := stickerpack.Publish(t.Context(), s.client, packOf(2, still))
	require.NoError(t, err)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(still(512, 1)), wamediax.MediaSticker)
	require.NoError(t, err)
	publish := func(panicsAt int) (read int) {
		pack := packOf(2, still)
		sticker := &pack.Stickers[0]
		src := &panicking{bytes.NewReader(sticker.WebP), panicsAt}
		sticker.Source, sticker.WebP = io.NewSectionReader(src, 0, int64(len(sticker.WebP))), nil
		_, err := stickerpack.Publish(t.Context(), s.client, pack)
		require.NoError(t, err)
		return panicsAt - src.reads
	}
	reads := publish(1000) - 2 // the last two reads verify that the content is unchanged
	for name, misuse := range map[string]func(){
		"the progress of publishing": func() {
			_, _ = stickerpack.Publish(t.Context(), s.client, packOf(2, still), stickerpack.WithUpload(wamediax.WithProgress(panicsAt(2))))
		},
		"reading a sticker's source to check it":  func() { publish(1) },
		"reading a sticker's source to upload it": func() { publish(reads) },
		"the progress of a download": func() {
			_, _ = stickerpack.Download(t.Context(), s.client, msg, wamediax.WithProgress(panicsAt(1)))
		},
		"the progress of a store's stickers": func() {
			item := &types.StickerPackItem{DirectPath: up.DirectPath, MediaKey: up.MediaKey, FileHash: up.FileSHA256, EncFileHash: up.FileEncSHA256}
			listed := &types.StickerPack{Stickers: []*types.StickerPackItem{item, item}}
			_, _ = stickerpack.DownloadStore(t.Context(), s.client, listed, wamediax.WithProgress(func(wamediax.Progress) { panic("boom") }))
		},
	} {
		require.PanicsWithValue(t, "boom", misuse, name)
	}
}
