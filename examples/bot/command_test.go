package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"golang.org/x/sync/semaphore"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var (
	ownPhone   = types.JID{User: "15550000001", Device: 7, Server: types.DefaultUserServer}
	annPhone   = types.NewJID("15551234567", types.DefaultUserServer)
	annLID     = types.NewJID("900000000002", types.HiddenUserServer)
	bobPhone   = types.NewJID("15557654321", types.DefaultUserServer)
	bobLID     = types.NewJID("900000000003", types.HiddenUserServer)
	annLIDOnly = types.NewJID("900000000004", types.HiddenUserServer) // whose phone number only the store knows
	group      = types.NewJID("120363000000000000", types.GroupServer)
)

// newBot is a bot that is logged in. It obeys Ann.
func newBot(t *testing.T, logs *bytes.Buffer) *bot {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, err := srv.NewClient(t.Context(), wamediaxtest.WithJID(ownPhone))
	require.NoError(t, err)
	require.NoError(t, cli.Store.LIDs.PutLIDMapping(t.Context(), annLIDOnly, annPhone))
	b := &bot{
		config: config{allow: map[string]bool{annPhone.User: true}, timeout: time.Minute},
		log:    zerolog.New(logs), client: wamediax.Wrap(cli),
		runner: newRunner(t.Context()), started: time.Now(), online: t.Context(), connected: newGate(),
		converting: semaphore.NewWeighted(1),
	}
	b.connected.open()
	t.Cleanup(b.runner.stop)
	return b
}

func TestCommandsAreTakenApart(t *testing.T) {
	for text, want := range map[string][3]string{
		"!send a b.png":     {"send", "a b.png", "ok"},
		"  !SEND\n a.png  ": {"send", "a.png", "ok"},
		"!help":             {"help", "", "ok"},
		"!":                 {},
		"! help":            {},
		"send a.png":        {},
		"":                  {},
		"hey! !help":        {},
	} {
		for _, msg := range []*waE2E.Message{
			{Conversation: proto.String(text)},
			{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String(text)}},
		} {
			name, args, ok := parse(msg)
			require.Equal(t, want, [3]string{name, args, map[bool]string{true: "ok"}[ok]}, text)
		}
	}
	_, _, ok := parse(&waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("!help")}})
	require.False(t, ok)
	_, _, ok = parse(nil)
	require.False(t, ok)
}

func TestOnlySomePeopleAreObeyed(t *testing.T) {
	b := newBot(t, new(bytes.Buffer))
	for name, c := range map[string]struct {
		chat, sender, alt types.JID
		change            func(*events.Message)
		want              bool
	}{
		"Ann":                               {chat: annPhone, sender: annPhone, want: true},
		"Ann from a companion device":       {chat: annPhone, sender: types.JID{User: annPhone.User, Device: 3, Server: types.DefaultUserServer}, want: true},
		"Ann by her LID, with her number":   {chat: annLID, sender: annLID, alt: annPhone, want: true},
		"Ann by her number, with her LID":   {chat: annPhone, sender: annPhone, alt: annLID, want: true},
		"Ann by a LID that the store knows": {chat: annLIDOnly, sender: annLIDOnly, want: true},
		"the same from another device":      {chat: annLIDOnly, sender: types.JID{User: annLIDOnly.User, Device: 3, Server: types.HiddenUserServer}, want: true},
		"Ann in a group":                    {chat: group, sender: annPhone, want: true},
		"Ann in a group, by her LID":        {chat: group, sender: annLID, alt: annPhone, want: true},
		"a stranger":                        {chat: bobPhone, sender: bobPhone},
		"a stranger by the LID":             {chat: bobLID, sender: bobLID, alt: bobPhone},
		"a stranger whom nobody knows":      {chat: bobLID, sender: bobLID},
		"a stranger in Ann's name":          {chat: annPhone, sender: bobPhone, alt: bobLID},
		"a LID that reads as Ann's number":  {chat: bobLID, sender: types.NewJID(annPhone.User, types.HiddenUserServer)},
		"a group that reads as her number":  {chat: group, sender: types.NewJID(annPhone.User, types.GroupServer)},
		"a stranger in a group":             {chat: group, sender: bobPhone},
		"nobody":                            {},
		"the bot itself":                    {chat: annPhone, sender: ownPhone},
		"the bot itself, by its LID":        {chat: annPhone, sender: b.client.Store.GetLID()},
		"a status of Ann's":                 {chat: types.StatusBroadcastJID, sender: annPhone},
		"a broadcast list of Ann's":         {chat: types.NewJID("1", types.BroadcastServer), sender: annPhone},
		"Ann, edited":                       {chat: annPhone, sender: annPhone, change: func(evt *events.Message) { evt.IsEdit = true }},
		"Ann, just before the start": {chat: annPhone, sender: annPhone, want: true, change: func(evt *events.Message) {
			evt.Info.Timestamp = b.started.Add(-tooOld + time.Second)
		}},
		"Ann, long before the start": {chat: annPhone, sender: annPhone, change: func(evt *events.Message) {
			evt.Info.Timestamp = b.started.Add(-tooOld - time.Second)
		}},
	} {
		evt := &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: c.chat, Sender: c.sender, SenderAlt: c.alt}, Timestamp: b.started}}
		if c.change != nil {
			c.change(evt)
		}
		require.Equal(t, c.want, b.obeys(t.Context(), evt), name)
	}
	b.allow = map[string]bool{ownPhone.User: true}
	require.True(t, b.obeys(t.Context(), &events.Message{Info: types.MessageInfo{Timestamp: b.started,
		MessageSource: types.MessageSource{Chat: annPhone, Sender: types.NewJID(ownPhone.User, types.DefaultUserServer), IsFromMe: true}}}), "the owner's phone")
	require.False(t, b.obeys(t.Context(), &events.Message{Info: types.MessageInfo{Timestamp: b.started,
		MessageSource: types.MessageSource{Chat: annPhone, Sender: ownPhone, IsFromMe: true}}}), "the bot's own device")
}

func TestPanicInACommandIsAFailureLikeOthers(t *testing.T) {
	var logs bytes.Buffer
	b := newBot(t, &logs)
	req := &request{Message: &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: annPhone, Sender: annPhone}}, Message: new(waE2E.Message)}}
	b.perform(t.Context(), command{name: "oops", run: func(context.Context, *request) (string, error) { panic("at the disco") }}, req)
	require.Contains(t, logs.String(), "panic: at the disco")
	require.Contains(t, logs.String(), "command_test.go")
	require.EqualValues(t, 1, b.count.failed.Load())
	require.Zero(t, b.count.running.Load())
}

func TestCommandsHaveATimeout(t *testing.T) {
	var logs bytes.Buffer
	b := newBot(t, &logs)
	b.timeout = time.Millisecond
	req := &request{Message: &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: annPhone, Sender: annPhone}}, Message: new(waE2E.Message)}}
	var why error
	b.perform(t.Context(), command{name: "slow", run: func(ctx context.Context, _ *request) (string, error) {
		<-ctx.Done()
		why = context.Cause(ctx)
		return "", ctx.Err()
	}}, req)
	require.Equal(t, "Not done: it took longer than 1ms.", explain(why, b.timeout))
	require.Contains(t, logs.String(), errTimeout.Error())
}
