package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// recorder is a source of unknown length, like a microphone or a transcoder's pipe. Halfway it
// waits until the service has received some of it.
type recorder struct {
	io.Reader
	left     int // bytes until halfTime
	halfTime func() error
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.left -= n; r.left <= 0 && r.halfTime != nil {
		err = errors.Join(err, r.halfTime())
		r.halfTime = nil
	}
	return n, err
}

// live uploads a recording while it is made, through a host that hangs up during the upload.
func (t *tour) live(ctx context.Context, stage *stage) (string, error) {
	recording := bytes.Repeat([]byte("la la la la la, "), 1<<20)
	stage.Inject("", wamediaxtest.Fault{On: wamediaxtest.LiveChunks, Skip: 2, Do: wamediaxtest.HangUp(500_000)})

	t.say("Uploading a recording while it is made. The host will hang up in the middle of a chunk.")
	var there int64
	src := &recorder{Reader: bytes.NewReader(recording), left: len(recording) / 2, halfTime: func() error {
		return stage.WaitFor(ctx, func([]wamediaxtest.Request) bool {
			there = stage.Received()
			return there > 4<<20
		})
	}}
	ended := &endTime{Reader: src}
	bar := &bar{screen: t.screen}
	up, err := stage.client.UploadLive(ctx, ended, whatsmeow.MediaAudio, wamediax.WithProgress(bar.show))
	bar.end()
	if err != nil {
		return "", err
	}
	waited := time.Since(ended.at)
	got, err := stage.receiver.Download(ctx, up.AudioMessage())
	if err != nil {
		return "", fmt.Errorf("failed to download: %w", err)
	}
	if !bytes.Equal(got, recording) {
		return "", errors.New("the downloaded bytes differ")
	}
	t.say("When half of it was recorded, %s had arrived. The message was ready %v after the end.", size(there), waited.Round(time.Millisecond))
	return fmt.Sprintf("%s sent while recording, ready %v after the end", size(int64(len(recording))), waited.Round(time.Millisecond)), nil
}

// endTime records the time at which a reader ended.
type endTime struct {
	io.Reader
	at time.Time
}

func (r *endTime) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.at = time.Now()
	}
	return n, err
}
