package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"go.mau.fi/whatsmeow"
)

// parts reads pieces of a video, as a player that seeks, without downloading the rest.
func (t *tour) parts(ctx context.Context, stage *stage) (string, error) {
	video := make([]byte, 16<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(video)
	up, err := stage.client.UploadMedia(ctx, bytes.NewReader(video), whatsmeow.MediaVideo)
	if err != nil {
		return "", err
	}

	t.say("Reading three pieces of a video of %s, each verified by its sidecar.", size(int64(len(video))))
	media, err := stage.wrap(stage.receiver).OpenMedia(ctx, up.VideoMessage())
	if err != nil {
		return "", err
	}
	defer media.Close()
	piece := make([]byte, 10_000)
	for _, offset := range []int64{0, 12_345_678, int64(len(video) - len(piece))} {
		if _, err := media.Seek(offset, io.SeekStart); err != nil {
			return "", err
		}
		if _, err := io.ReadFull(media, piece); err != nil {
			return "", err
		}
		if !bytes.Equal(piece, video[offset:][:len(piece)]) {
			return "", fmt.Errorf("the piece at byte %d differs", offset)
		}
	}
	received := media.Downloaded().BytesReceived
	if received > int64(len(video)/4) {
		return "", errors.New("most of the video was downloaded")
	}
	t.say("%s were received.", size(received))
	return fmt.Sprintf("three seeks in %s cost %s", size(int64(len(video))), size(received)), nil
}
