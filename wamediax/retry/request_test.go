package retry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Each row is a request that fails before anything is sent.
func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	r := newRequester(t, cli)
	done, cancel := context.WithCancelCause(t.Context())
	errWhy := errors.New("no more interest")
	cancel(errWhy)
	change := func(req Request, change func(*Request)) Request {
		change(&req)
		return req
	}
	for name, row := range map[string]struct {
		ctx  context.Context
		req  Request
		err  error
		says string
	}{
		"newsletter media cannot be requested, with or without a key": {
			req: Request{MessageID: messageID, Chat: types.NewJID("120363", types.NewsletterServer)}, err: ErrNewsletter,
		},
		"a media key of 31 bytes is invalid": {
			req: change(inDirectChat(), func(r *Request) { r.MediaKey = mediaKey[:31] }), err: ErrKeySize, says: "31",
		},
		"no media key is an error": {req: change(inDirectChat(), func(r *Request) { r.MediaKey = nil }), err: ErrKeySize},
		"a message has an id":      {req: change(inDirectChat(), func(r *Request) { r.MessageID = "" }), says: "no message id"},
		"a message is in a chat":   {req: change(inDirectChat(), func(r *Request) { r.Chat = types.EmptyJID }), says: "no chat"},
		"a group has participants": {req: change(inGroup(), func(r *Request) { r.Participant = types.EmptyJID }), says: "no participant"},
		"a context that is done":   {ctx: done, req: inDirectChat(), err: errWhy},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := row.ctx
			if ctx == nil {
				ctx = patience(t)
			}
			_, err := r.Request(ctx, row.req)
			require.Error(t, err)
			if row.err != nil {
				require.ErrorIs(t, err, row.err)
			}
			require.ErrorContains(t, err, row.says)
			for _, outcome := range r.RequestAll(ctx, []Request{row.req}) {
				require.EqualError(t, outcome.Err, err.Error(), "RequestAll returns the same")
			}
		})
	}
	require.Empty(t, receipts(srv))
}

func TestNotLoggedIn(t *testing.T) {
	t.Parallel()
	r := newRequester(t, whatsmeow.NewClient(new(store.Device), nil))
	_, err := r.Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, whatsmeow.ErrNotLoggedIn)
	_, err = r.RequestHistory(patience(t), messageID, history())
	require.ErrorIs(t, err, whatsmeow.ErrNotLoggedIn)
}

// Each row describes how the receipt names people.
func TestNamesInReceipt(t *testing.T) {
	t.Parallel()
	bobs := Request{MessageID: messageID, Chat: bob, Participant: alice, MediaKey: mediaKey}
	list := types.NewJID("1700000000", types.BroadcastServer)
	in := func(chat, participant types.JID) Request {
		return Request{MessageID: messageID, Chat: chat, Participant: participant, MediaKey: mediaKey}
	}
	const lid, phone = types.AddressingModeLID, types.AddressingModePN
	none := types.EmptyJID
	srv, cli := connect(t)
	asked := make(chan *wamediaxtest.PhoneRequest, 1)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		asked <- req
		always(t, here)(req)
	})
	for name, row := range map[string]struct {
		moved             bool // the account's chats have moved to LIDs
		mode              types.AddressingMode
		req               Request
		chat, participant types.JID
	}{
		"before the move a phone number is kept":            {req: in(alice, none), chat: alice},
		"before the move a LID is kept":                     {req: in(aliceLID, none), chat: aliceLID},
		"a chat has no participant":                         {req: in(bob, alice), chat: bob},
		"after the move the chat is named by its LID":       {moved: true, req: in(alice, none), chat: aliceLID},
		"after the move a participant is named by the LID":  {moved: true, req: in(group, alice), chat: group, participant: aliceLID},
		"without a known LID the phone number is used":      {moved: true, req: bobs, chat: bob},
		"LIDs can be forced before the move":                {mode: lid, req: in(alice, none), chat: aliceLID},
		"phone numbers can be forced after the move":        {moved: true, mode: phone, req: in(aliceLID, none), chat: alice},
		"phone numbers can be forced in groups":             {moved: true, mode: phone, req: in(group, aliceLID), chat: group, participant: alice},
		"a group has a participant":                         {req: in(group, alice), chat: group, participant: alice},
		"a broadcast list has a participant":                {req: in(list, alice), chat: list, participant: alice},
		"status has a participant":                          {req: in(types.StatusBroadcastJID, alice), chat: types.StatusBroadcastJID, participant: alice},
		"a participant is named without the device it used": {req: in(group, types.JID{User: alice.User, Device: 4, Server: alice.Server}), chat: group, participant: alice},
	} {
		t.Run(name, func(t *testing.T) {
			cli.Store.LIDMigrationTimestamp = 0
			if row.moved {
				cli.Store.LIDMigrationTimestamp = 1
			}
			_, err := newRequester(t, cli, WithAddressing(row.mode)).Request(patience(t), row.req)
			require.NoError(t, err)
			got := <-asked
			require.Equal(t, row.chat, got.Chat)
			require.Equal(t, row.participant, got.Participant)
			require.NoError(t, got.Open(mediaKey))
		})
	}
}

// Where whatsmeow's own receipt is right, this package's is the same.
func TestReceiptIsWhatsmeows(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	info := &types.MessageInfo{
		ID:            messageID,
		MessageSource: types.MessageSource{Chat: group, Sender: alice, IsGroup: true, IsFromMe: false},
	}
	answered := seen[*events.MediaRetry](t, cli)
	require.NoError(t, cli.SendMediaRetryReceipt(patience(t), info, mediaKey))
	<-answered // otherwise it could count as the answer to the second receipt
	_, err := newRequester(t, cli).Request(patience(t), RequestFor(info, mediaKey))
	require.NoError(t, err)
	sent := receipts(srv)
	require.Len(t, sent, 2)
	require.Equal(t, sent[0].Attrs, sent[1].Attrs)
	require.Equal(t, sent[0].GetChildByTag("rmr"), sent[1].GetChildByTag("rmr"))
}

func TestRequestFor(t *testing.T) {
	t.Parallel()
	direct := &types.MessageInfo{ID: messageID, MessageSource: types.MessageSource{Chat: alice, Sender: alice, IsFromMe: true}}
	require.Equal(t, Request{MessageID: messageID, Chat: alice, FromMe: true, MediaKey: mediaKey}, RequestFor(direct, mediaKey))
	inGroup := &types.MessageInfo{ID: messageID, MessageSource: types.MessageSource{Chat: group, Sender: alice, IsGroup: true}}
	require.Equal(t, alice, RequestFor(inGroup, mediaKey).Participant)
	status := &types.MessageInfo{ID: messageID, MessageSource: types.MessageSource{Chat: types.StatusBroadcastJID, Sender: bob}}
	require.Equal(t, bob, RequestFor(status, mediaKey).Participant)
}

// Printing a request, as careless logging does, must not show the media key.
func TestMediaKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte("K"), mediaKeySize)
	req := inGroup()
	req.MediaKey = key
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("asked", "req", req)
	printeds := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%o", "%c", "%t"} {
		printeds = append(printeds, fmt.Sprintf(verb, req), fmt.Sprintf(verb, &req), fmt.Sprintf(verb, []Request{req}))
	}
	for _, printed := range printeds {
		require.Contains(t, printed, messageID)
		require.NotContains(t, printed, "KKK")
		require.NotContains(t, printed, "75 75")
		require.NotContains(t, printed, "4b4b")
		require.NotContains(t, printed, "0x4b")
	}
}

func TestStatusInWords(t *testing.T) {
	t.Parallel()
	for status, words := range map[Status]string{
		GeneralError: "general error", Success: "success", NotFound: "not found", DecryptionError: "decryption error", 7: "status 7",
	} {
		require.Equal(t, words, status.String())
	}
}
