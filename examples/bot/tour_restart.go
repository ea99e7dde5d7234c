package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var errKilled = errors.New("the program is killed")

// tourRestart uploads the file at path with a resume store. The upload is broken off half-way, as if the program had died;
// the next program goes on from there, and sends the same file to another chat for nothing.
func tourRestart(ctx context.Context, out io.Writer, path string) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	dir, err := os.MkdirTemp("", "bot-progress-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	store, err := filestore.New(dir) // or sqlstore.New, in the database that your bot has already
	if err != nil {
		return "", err
	}
	upload := func(ctx context.Context, report func(wamediax.Progress)) (*wamediax.Uploaded, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		program := stage.wrap(stage.plain, wamediax.WithResumeStore(store)) // what a program that has just started makes
		return program.UploadMedia(ctx, file, whatsmeow.MediaDocument, wamediax.WithProgress(report))
	}

	fmt.Fprintln(out, "  Uploading the file again: half-way the program dies.")
	stat, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	object := streamenc.EncryptedSize(stat.Size())
	stage.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.StopReading(object / 2)})
	first, die := context.WithCancelCause(ctx)
	go func() {
		_ = stage.WaitFor(first, func(requests []wamediaxtest.Request) bool {
			return slices.ContainsFunc(requests, func(r wamediaxtest.Request) bool { return r.Held })
		})
		die(errKilled)
	}()
	bar := newBar(out)
	_, err = upload(first, bar.show)
	bar.end()
	if !errors.Is(err, errKilled) {
		return "", errors.Join(errors.New("the upload was not broken off"), err)
	}

	fmt.Fprintln(out, "  The next program goes on from there.")
	bar = newBar(out)
	up, err := upload(ctx, bar.show)
	bar.end()
	if err != nil {
		return "", err
	}
	again, err := upload(ctx, func(wamediax.Progress) {})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(out, "  %s of %s were left to send, and %s for the next chat.\n", size(up.BytesSent), size(object), size(again.BytesSent))
	if !up.Resumed || up.BytesSent >= object || again.BytesSent != 0 {
		return "", errors.New("something was sent that the service had already")
	}
	return fmt.Sprintf("%s of %s were left after it, %s for the next chat", size(up.BytesSent), size(object), size(again.BytesSent)), nil
}
