package main

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

// recorder is a source of which nobody knows when it ends, as a microphone or a transcoder's pipe is. When half of it has
// been recorded it goes on only once the service has some of that.
type recorder struct {
	io.Reader
	left     int // bytes until then
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

// tourLive uploads a recording while it is made, through a host that hangs up on the way.
func tourLive(ctx context.Context, out io.Writer) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	recording := bytes.Repeat([]byte("la la la la la "), 1<<20)
	stage.Inject("", wamediaxtest.Fault{On: wamediaxtest.LiveChunks, Skip: 2, Do: wamediaxtest.HangUp(500_000)})

	fmt.Fprintf(out, "  Uploading a recording of %s while it is made: one chunk will be cut off.\n", size(int64(len(recording))))
	var there int64
	src := &recorder{Reader: bytes.NewReader(recording), left: len(recording) / 2, halfTime: func() error {
		return stage.WaitFor(ctx, func([]wamediaxtest.Request) bool {
			there = stage.Received()
			return there > 4<<20
		})
	}}
	ended := &endTime{Reader: src}
	bar := newBar(out)
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
		return "", errors.New("what was downloaded is not what was recorded")
	}
	fmt.Fprintf(out, "  With half of it recorded, %s were at the service. Once it ended, the message was ready in %v.\n", size(there), waited.Round(time.Millisecond))
	return fmt.Sprintf("%s sent while they were recorded, ready %v after the end", size(up.BytesSent), waited.Round(time.Millisecond)), nil
}

// endTime notes when a reader has ended.
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
