package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// uploader is an interface as a bot might define it. Both clients implement it.
type uploader interface {
	Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
}

// dropIn calls Upload on both clients while a host is down.
func (t *tour) dropIn(ctx context.Context, stage *stage) (string, error) {
	picture := bytes.Repeat([]byte("picture "), 100_000)
	t.say("Unchanged whatsmeow code, while the first host is down:")
	var results [2]error
	for i, cli := range []uploader{stage.plain, stage.client} {
		stage.Inject("media-1.cdn.test", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(0)})
		var up whatsmeow.UploadResponse
		if up, results[i] = cli.Upload(ctx, picture, whatsmeow.MediaImage); results[i] != nil {
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
			return "", errors.New("the downloaded bytes differ")
		}
	}
	if results[0] == nil || results[1] != nil {
		return "", fmt.Errorf("whatsmeow should fail and wamediax succeed, but they returned: %v, %v", results[0], results[1])
	}
	t.rows([2]string{"whatsmeow.Client", "an error"}, [2]string{"wamediax.Client", "uploaded to the next host"})
	return "the same call uses the next host where whatsmeow's fails", nil
}
