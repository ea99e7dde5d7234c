package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// tourUpload uploads the file at path through a host that hangs up half-way, under a token that goes stale just then, and
// downloads it again with another account's plain whatsmeow client.
func tourUpload(ctx context.Context, out io.Writer, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return "", err
	}
	objectSize := streamenc.EncryptedSize(stat.Size())

	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	stage.KeepBytes(objectSize)
	stage.Inject("media-1.cdn.test", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(objectSize / 2)})

	fmt.Fprintf(out, "  Uploading %s: the first host will hang up half-way, and the token go stale.\n", size(stat.Size()))
	bar := newBar(out)
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

	fmt.Fprintln(out, "  Downloading it with another account's plain whatsmeow client.")
	if err := checkDownload(ctx, stage.receiver, up, file); err != nil {
		return "", err
	}

	var hosts []string
	for _, request := range stage.Requests() {
		if request.Kind == wamediaxtest.Uploads && (len(hosts) == 0 || hosts[len(hosts)-1] != request.Host) {
			hosts = append(hosts, request.Host)
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n  object\t%d bytes\n", objectSize)
	fmt.Fprintf(table, "  received by the service\t%d bytes\n", stage.Received())
	fmt.Fprintf(table, "  attempts\t%d\n", attempts)
	fmt.Fprintf(table, "  hosts\t%s\n", strings.Join(hosts, ", "))
	fmt.Fprintf(table, "  token refreshes\t%d\n", refreshes)
	fmt.Fprintf(table, "  seconds\t%.2f\n", took.Seconds())
	fmt.Fprintf(table, "  downloaded\tevery byte is right\n")
	return fmt.Sprintf("%s through a hang-up and a stale token: %s sent", size(objectSize), size(stage.Received())), table.Flush()
}

// checkDownload compares what receiver downloads with what was sent.
func checkDownload(ctx context.Context, receiver *whatsmeow.Client, up *wamediax.Uploaded, sent *os.File) error {
	got, err := os.CreateTemp("", "bot-download-*")
	if err != nil {
		return err
	}
	defer os.Remove(got.Name())
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
		return errors.New("what was downloaded is not what was uploaded")
	}
	return nil
}
