package tour

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// upload uploads the file while a host hangs up and the token becomes stale, and downloads it with
// another account's plain whatsmeow client.
func (t *tour) upload(ctx context.Context, stage *stage) (string, error) {
	file, err := os.Open(t.File)
	if err != nil {
		return "", err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return "", err
	}
	objectSize := streamenc.EncryptedSize(stat.Size())

	stage.KeepBytes(objectSize)
	stage.Inject("media-1.cdn.test", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(objectSize / 2)})

	t.say("Uploading %s. The first host will hang up halfway, and the token will become stale.", size(stat.Size()))
	bar := &bar{screen: t.screen}
	var attempts int
	stale := false
	began := time.Now()
	up, err := stage.client.UploadMedia(ctx, file, whatsmeow.MediaDocument, wamediax.WithProgress(func(p wamediax.Progress) {
		bar.show(p)
		attempts = max(attempts, p.Attempt)
		if p.Stage == wamediax.Uploading && p.Done >= p.Total/2 && !stale {
			stale = true
			stage.RefuseTokens()
		}
	}))
	bar.end()
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	refreshes := stage.MediaConnQueries() - 1

	t.say("Downloading it with another account's plain whatsmeow client.")
	if err := t.checkDownload(ctx, stage.receiver, up, file); err != nil {
		return "", err
	}

	var hosts []string
	for _, request := range stage.Requests() {
		if request.Kind == wamediaxtest.Uploads && (len(hosts) == 0 || hosts[len(hosts)-1] != request.Host) {
			hosts = append(hosts, request.Host)
		}
	}
	fmt.Fprintln(t)
	t.rows([][2]string{
		{"object", fmt.Sprintf("%d bytes", objectSize)},
		{"received", fmt.Sprintf("%d bytes", stage.Received())},
		{"attempts", fmt.Sprint(attempts)},
		{"hosts", strings.Join(hosts, ", ")},
		{"new tokens", fmt.Sprint(refreshes)},
		{"time", fmt.Sprintf("%.2f s", took.Seconds())},
		{"downloaded", "every byte is right"},
	}...)
	return fmt.Sprintf("%s through a hang-up and a stale token; %s sent", size(objectSize), size(stage.Received())), nil
}

// checkDownload downloads an upload and compares it with the file that was sent.
func (t *tour) checkDownload(ctx context.Context, receiver *whatsmeow.Client, up *wamediax.Uploaded, sent *os.File) error {
	got, err := os.CreateTemp(t.dir, "")
	if err != nil {
		return err
	}
	defer got.Close()
	if err := receiver.DownloadToFile(ctx, up.DocumentMessage(), got); err != nil {
		return fmt.Errorf("failed to download: %w", err)
	}
	var sums [2][]byte
	for i, file := range []*os.File{sent, got} {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, file); err != nil {
			return err
		}
		sums[i] = hash.Sum(nil)
	}
	if !bytes.Equal(sums[0], sums[1]) {
		return errors.New("the downloaded bytes differ")
	}
	return nil
}
