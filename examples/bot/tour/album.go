package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// album sends three pictures as an album and forwards one of them without a transfer.
func (t *tour) album(ctx context.Context, stage *stage) (string, error) {
	client := stage.wrap(stage.plain, wamediax.WithPreviewer(preview.New()))
	received := stage.listen()
	chat := stage.receiver.Store.GetJID().ToNonAD()
	pictures := [][]byte{sunset(), dot(0), dot(2)}
	items := make([]wamediax.AlbumItem, len(pictures))
	for i, picture := range pictures {
		items[i].Source = bytes.NewReader(picture)
	}
	t.say("Sending %d pictures as an album.", len(items))
	album, err := client.SendAlbum(ctx, chat, items, wamediax.WithCaption("Our trip"))
	if err != nil {
		return "", err
	}
	var messages []*waE2E.Message
	for range 1 + len(items) {
		msg, err := received(ctx)
		if err != nil {
			return "", err
		}
		messages = append(messages, msg)
	}
	if messages[0].GetAlbumMessage().GetExpectedImageCount() != uint32(len(items)) {
		return "", errors.New("the album was not announced")
	}
	for i, msg := range messages[1:] {
		got, err := stage.receiver.Download(ctx, msg.GetImageMessage())
		if err != nil {
			return "", fmt.Errorf("failed to download picture %d: %w", i+1, err)
		}
		if !bytes.Equal(got, pictures[i]) {
			return "", fmt.Errorf("picture %d differs", i+1)
		}
	}

	t.say("Forwarding the first picture.")
	before := stage.Received()
	if _, err := client.ForwardMedia(ctx, chat, nil, album[0].Message); err != nil {
		return "", err
	}
	msg, err := received(ctx)
	if err != nil {
		return "", err
	}
	sent := stage.Received() - before
	if !msg.GetImageMessage().GetContextInfo().GetIsForwarded() || sent != 0 {
		return "", errors.New("the picture was not forwarded, or was sent again")
	}
	t.say("It arrived, marked as forwarded. %s were uploaded for it.", size(sent))
	return fmt.Sprintf("%d pictures in order; one forwarded for %s", len(items), size(sent)), nil
}
