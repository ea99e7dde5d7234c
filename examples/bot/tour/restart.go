package tour

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var errKilled = errors.New("the program died")

// restart uploads the file with a resume store and cancels the upload halfway, as if the program
// had died. The next program resumes it, and then sends the file to another chat without an upload.
func (t *tour) restart(ctx context.Context, stage *stage) (string, error) {
	dir, err := t.tempDir()
	if err != nil {
		return "", err
	}
	store, err := filestore.New(dir) // or sqlstore.New in the database that your bot already has
	if err != nil {
		return "", err
	}
	upload := func(ctx context.Context, report func(wamediax.Progress)) (*wamediax.Uploaded, error) {
		file, err := os.Open(t.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		// as a program does when it starts
		program := stage.wrap(stage.plain, wamediax.WithResumeStore(store))
		return program.UploadMedia(ctx, file, whatsmeow.MediaDocument, wamediax.WithProgress(report))
	}

	t.say("Uploading the file again. Halfway the program dies.")
	stat, err := os.Stat(t.File)
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
	progress := &bar{screen: t.screen}
	_, err = upload(first, progress.show)
	progress.end()
	if !errors.Is(err, errKilled) {
		return "", errors.Join(errors.New("the upload was not interrupted"), err)
	}

	t.say("The next program resumes the upload.")
	progress = &bar{screen: t.screen}
	up, err := upload(ctx, progress.show)
	progress.end()
	if err != nil {
		return "", err
	}
	again, err := upload(ctx, func(wamediax.Progress) {})
	if err != nil {
		return "", err
	}
	t.say("It sent the remaining %s of %s, and %s for the next chat.", size(up.BytesSent), size(object), size(again.BytesSent))
	if !up.Resumed || up.BytesSent >= object || again.BytesSent != 0 {
		return "", errors.New("something was sent twice")
	}
	return fmt.Sprintf("%s of %s sent after it, %s for the next chat", size(up.BytesSent), size(object), size(again.BytesSent)), nil
}
