package command

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

func TestCommandsAreParsed(t *testing.T) {
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

func TestPanicFailsOnlyTheCommand(t *testing.T) {
	s := newStage(t)
	r := s.start()
	req := &request{Message: &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: annPhone, Sender: annPhone}}, Message: new(waE2E.Message)}}
	r.perform(t.Context(), command{name: "oops", run: func(context.Context, *request) (string, error) { panic("at the disco") }}, req)
	require.Contains(t, r.logs.String(), "panic: at the disco")
	require.Contains(t, r.logs.String(), "perform_test.go")
	require.EqualValues(t, 1, r.count.failed.Load())
	require.Zero(t, r.count.running.Load())
}

func TestCommandsHaveATimeout(t *testing.T) {
	s := newStage(t)
	r := s.start()
	r.Timeout = time.Millisecond
	req := &request{Message: &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: annPhone, Sender: annPhone}}, Message: new(waE2E.Message)}}
	var why error
	r.perform(t.Context(), command{name: "slow", run: func(ctx context.Context, _ *request) (string, error) {
		<-ctx.Done()
		why = context.Cause(ctx)
		return "", ctx.Err()
	}}, req)
	require.Equal(t, "Cancelled: it took longer than 1ms.", explain(why, r.Timeout))
	require.Contains(t, r.logs.String(), errTimeout.Error())
}
