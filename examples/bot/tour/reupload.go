package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// oldMessage is a message whose media has expired.
type oldMessage struct {
	id      types.MessageID
	media   *wamediax.Uploaded
	content []byte
}

// reupload asks the phone for the expired media of one message, which it saves to a file, and then
// for that of twenty messages at once.
func (t *tour) reupload(ctx context.Context, stage *stage) (string, error) {
	client := stage.client

	// The phone has the media of fourteen messages, lost that of three, has another key for two,
	// and never answers for one.
	const back, gone, otherKey, silent = 14, 3, 2, 1
	chat := types.NewJID("15550001111", types.DefaultUserServer)
	var messages []oldMessage
	phone := make(map[types.MessageID]wamediaxtest.PhoneMedia)
	for i := range back + gone + otherKey + silent {
		msg := oldMessage{id: fmt.Sprintf("OLD%02d", i), content: bytes.Repeat([]byte{byte(i)}, 10_000)}
		var err error
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

	t.say("Saving the media of an old message. It has expired, so the phone uploads it again.")
	if err := t.saveOld(ctx, client, chat, messages[0]); err != nil {
		return "", err
	}

	t.say("Asking for the media of %d old messages at once.", len(messages))
	requester := retry.New(client.Client, retry.WithTimeout(2*time.Second))
	defer requester.Close()
	requests := make([]retry.Request, len(messages))
	for i, msg := range messages {
		requests[i] = retry.Request{MessageID: msg.id, Chat: chat, MediaKey: msg.media.MediaKey}
	}
	outcomes := make(map[string]int)
	for i, outcome := range requester.RequestAll(ctx, requests) {
		switch {
		case errors.Is(outcome.Err, retry.ErrTimeout):
			outcomes["never answered"]++
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
				return "", fmt.Errorf("the media of message %s differs", messages[i].id)
			}
			outcomes["came back"]++
		case outcome.Result.Status == retry.NotFound:
			outcomes["gone from the phone too"]++
		case outcome.Result.Status == retry.DecryptionError:
			outcomes["could not be decrypted"]++
		default:
			outcomes["failed otherwise"]++
		}
	}
	var rows [][2]string
	for _, row := range []struct {
		what string
		want int
	}{{"came back", back}, {"gone from the phone too", gone}, {"could not be decrypted", otherKey}, {"never answered", silent}} {
		rows = append(rows, [2]string{row.what, fmt.Sprint(outcomes[row.what])})
		if outcomes[row.what] != row.want {
			return "", fmt.Errorf("%d messages %s, want %d", outcomes[row.what], row.what, row.want)
		}
	}
	fmt.Fprintln(t)
	t.rows(rows...)
	return fmt.Sprintf("%d of %d expired messages have their media again", back, len(messages)), nil
}

// saveOld writes the media of an old message to a file.
func (t *tour) saveOld(ctx context.Context, client *wamediax.Client, chat types.JID, msg oldMessage) error {
	dir, err := t.tempDir()
	if err != nil {
		return err
	}
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
		return errors.New("the saved bytes differ")
	}
	t.say("%s came back. A bot stores the new path for the next time.", size(saved.Bytes))
	return nil
}
