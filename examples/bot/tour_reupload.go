package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// oldMessage is a message whose media the hosts no longer have.
type oldMessage struct {
	id      types.MessageID
	media   *wamediax.Uploaded
	content []byte
}

// tourReupload has media that has expired brought back by the phone: of one message, saved to a file, and of twenty at once.
func tourReupload(ctx context.Context, out io.Writer) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	client := stage.client

	// Of twenty old messages the phone has fourteen, three are gone from it too, two it knows under another key, and one it
	// never answers for.
	const back, gone, otherKey, silent = 14, 3, 2, 1
	chat := types.NewJID("15550001111", types.DefaultUserServer)
	var messages []oldMessage
	phone := make(map[types.MessageID]wamediaxtest.PhoneMedia)
	for i := range back + gone + otherKey + silent {
		msg := oldMessage{id: fmt.Sprintf("OLD%02d", i), content: bytes.Repeat([]byte{byte(i)}, 10_000)}
		if msg.media, err = client.UploadMedia(ctx, bytes.NewReader(msg.content), whatsmeow.MediaDocument); err != nil {
			return "", err
		}
		object, _ := stage.Object(msg.media.DirectPath)
		stage.Forget(msg.media.DirectPath, 410)
		has := wamediaxtest.PhoneMedia{MediaKey: msg.media.MediaKey}
		switch {
		case i < back:
			has.DirectPath = stage.Put("document", object.Data)
		case i >= back+gone:
			has.MediaKey = make([]byte, 32)
		}
		phone[msg.id] = has
		messages = append(messages, msg)
	}
	neverAnswered := messages[len(messages)-1].id
	answers := wamediaxtest.PhoneWith(phone)
	stage.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		if req.MessageID != neverAnswered {
			answers(req)
		}
	})

	fmt.Fprintln(out, "  Saving the media of an old message: it has expired, so the phone is asked.")
	if err := saveOld(ctx, out, client, chat, messages[0]); err != nil {
		return "", err
	}

	fmt.Fprintf(out, "  Asking for %d old messages at once.\n", len(messages))
	requester := retry.New(client.Client, retry.WithTimeout(2*time.Second))
	defer requester.Close()
	requests := make([]retry.Request, len(messages))
	for i, msg := range messages {
		requests[i] = retry.Request{MessageID: msg.id, Chat: chat, MediaKey: msg.media.MediaKey}
	}
	came := make(map[string]int)
	for i, outcome := range requester.RequestAll(ctx, requests) {
		switch {
		case errors.Is(outcome.Err, retry.ErrTimeout):
			came["never answered"]++
		case outcome.Err != nil:
			return "", outcome.Err
		case outcome.Result.Status == retry.Success:
			msg := messages[i].media.DocumentMessage()
			msg.DirectPath = &outcome.Result.DirectPath
			got, _, err := client.DownloadBytes(ctx, msg)
			if err != nil {
				return "", err
			}
			if !bytes.Equal(got, messages[i].content) {
				return "", fmt.Errorf("the media of message %s is not what it was", messages[i].id)
			}
			came["came back"]++
		case outcome.Result.Status == retry.NotFound:
			came["gone from the phone too"]++
		case outcome.Result.Status == retry.DecryptionError:
			came["could not be decrypted"]++
		default:
			came["failed otherwise"]++
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	for _, row := range []struct {
		what string
		want int
	}{{"came back", back}, {"gone from the phone too", gone}, {"could not be decrypted", otherKey}, {"never answered", silent}} {
		fmt.Fprintf(table, "  %s\t%d\n", row.what, came[row.what])
		if came[row.what] != row.want {
			err = fmt.Errorf("%d messages %s, where %d should have", came[row.what], row.what, row.want)
		}
	}
	return fmt.Sprintf("%d of %d messages whose media had expired have it again", back, len(messages)), errors.Join(table.Flush(), err)
}

// saveOld writes an old message's media to a file, as a bot does that somebody has sent "save this" to.
func saveOld(ctx context.Context, out io.Writer, client *wamediax.Client, chat types.JID, msg oldMessage) error {
	dir, err := os.MkdirTemp("", "bot-save-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	info := &types.MessageInfo{ID: msg.id, MessageSource: types.MessageSource{Chat: chat, Sender: chat}}
	path := dir + "/saved"
	saved, err := client.DownloadFile(ctx, path, msg.media.DocumentMessage(), wamediax.WithReupload(info))
	if err != nil {
		return err
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !saved.Reuploaded || !bytes.Equal(got, msg.content) {
		return errors.New("what was saved is not what was sent")
	}
	fmt.Fprintf(out, "  %s came back; its new path goes into the bot's own store\n", size(saved.Bytes))
	return nil
}
