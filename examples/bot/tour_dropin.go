package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// uploader is what a bot's own code may call a client that uploads. Wrapped or not, a client is one.
type uploader interface {
	Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
}

// tourDropIn calls whatsmeow's own Upload on both clients, with a host that is down.
func tourDropIn(ctx context.Context, out io.Writer) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	picture := bytes.Repeat([]byte("picture "), 100_000)
	fmt.Fprintln(out, "  The same code as before, while the first host is down:")
	var said [2]error
	for i, cli := range []uploader{stage.plain, stage.client} {
		stage.Inject("media-1.cdn.test", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(0)})
		var up whatsmeow.UploadResponse
		if up, said[i] = cli.Upload(ctx, picture, whatsmeow.MediaImage); said[i] != nil {
			continue
		}
		stage.ClearFaults()
		got, err := stage.receiver.Download(ctx, &waE2E.ImageMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileLength: proto.Uint64(up.FileLength),
			FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
		})
		if err != nil {
			return "", fmt.Errorf("failed to download: %w", err)
		}
		if !bytes.Equal(got, picture) {
			return "", errors.New("what was downloaded is not what was uploaded")
		}
	}
	if said[0] == nil || said[1] != nil {
		return "", fmt.Errorf("whatsmeow was to fail, and wamediax not, but they said: %v, %v", said[0], said[1])
	}
	fmt.Fprintln(out, "  whatsmeow.Client: an error")
	fmt.Fprintln(out, "  wamediax.Client:  uploaded to the next host, every byte is right")
	return "the same call goes on at the next host, where whatsmeow's is an error", nil
}
