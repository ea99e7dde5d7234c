package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// command is one thing that people can have the bot do.
type command struct {
	name, args, help string
	// run does it, in a goroutine of its own. What it returns is said in the chat; "" if what it did speaks for itself.
	run func(ctx context.Context, req *request) (answer string, err error)
}

// request is a command that somebody has sent.
type request struct {
	*events.Message
	args string
}

func (b *bot) commands() []command {
	return []command{
		{"send", "PATH or URL", "sends a file of the media folder, or what is at a URL", b.send},
		{"save", "", "as a reply to a photo, video, voice message or document: puts it into the media folder", b.save},
		{"stickers", "FOLDER", "makes a sticker pack of a folder's pictures", b.stickers},
		{"catalog", "FOLDER", "uploads a folder's pictures for a product catalog", b.catalog},
		{"status", "", "how the bot is doing", b.status},
		{"help", "", "this", b.help},
	}
}

func (b *bot) help(context.Context, *request) (string, error) {
	var lines strings.Builder
	for _, cmd := range b.commands() {
		fmt.Fprintf(&lines, "*%s* %s\n", strings.TrimSpace("!"+cmd.name+" "+cmd.args), cmd.help)
	}
	return strings.TrimSpace(lines.String()), nil
}

// parse takes a command apart: "!send a b.png" is the command "send" with "a b.png".
func parse(msg *waE2E.Message) (name, args string, ok bool) {
	text := strings.TrimSpace(msg.GetConversation() + msg.GetExtendedTextMessage().GetText())
	text, ok = strings.CutPrefix(text, "!")
	if !ok || text == "" {
		return "", "", false
	}
	name, args = text, ""
	if i := strings.IndexAny(text, " \t\r\n"); i >= 0 {
		name, args = text[:i], strings.TrimSpace(text[i:])
	}
	if name == "" {
		return "", "", false
	}
	return strings.ToLower(name), args, true
}

// tooOld is how old a message may be that was sent before the bot started. What people asked for while it was away for
// longer they have given up on.
const tooOld = 5 * time.Minute

// obeys tells whether a message is one whose commands are carried out.
func (b *bot) obeys(ctx context.Context, evt *events.Message) bool {
	own := b.client.Store
	switch sender := evt.Info.Sender; {
	case evt.IsEdit || evt.Info.Category == "peer":
		return false
	case evt.Info.Chat.Server == types.BroadcastServer || evt.Info.Chat.Server == types.NewsletterServer:
		return false // an answer would be for everybody
	case sender.Device == own.GetJID().Device && (sender.User == own.GetJID().User || sender.User == own.GetLID().User):
		return false // the bot itself
	case evt.Info.Timestamp.Before(b.started.Add(-tooOld)):
		return false
	}
	return b.allows(ctx, evt.Info.MessageSource)
}

// allows tells whether the sender's phone number is one of those that -allow lists. A message may name its sender by the
// phone number, by the LID that stands for it, or by both.
func (b *bot) allows(ctx context.Context, source types.MessageSource) bool {
	for _, jid := range []types.JID{source.Sender, source.SenderAlt} {
		if jid.Server == types.DefaultUserServer {
			return b.allow[jid.User]
		}
	}
	if source.Sender.Server != types.HiddenUserServer {
		return false
	}
	phone, err := b.client.Store.LIDs.GetPNForLID(ctx, source.Sender.ToNonAD())
	if err != nil {
		b.log.Warn().Err(err).Msg("Failed to look up a sender's phone number")
	}
	return b.allow[phone.User]
}

// receive is called on whatsmeow's own goroutine, so it only looks who should do what.
func (b *bot) receive(evt *events.Message) {
	name, args, ok := parse(evt.Message)
	if !ok || !b.obeys(b.online, evt) {
		return
	}
	req := &request{evt, args}
	for _, cmd := range b.commands() {
		if cmd.name != name {
			continue
		}
		if !b.runner.start(func(ctx context.Context) { b.perform(ctx, cmd, req) }) {
			b.log.Warn().Str("command", name).Stringer("chat", evt.Info.Chat).Msg("Too many commands at once")
			b.runner.aside(func(ctx context.Context) { b.answer(ctx, req, "Busy: try again when something is done.") })
		}
		return
	}
	if !evt.Info.IsGroup { // in a group it may be for another bot
		b.runner.aside(func(ctx context.Context) { b.answer(ctx, req, "I do not know that. !help says what I know.") })
	}
}

// perform runs one command, whatever it does, and says in the chat what came of it.
func (b *bot) perform(ctx context.Context, cmd command, req *request) {
	began := time.Now()
	log := b.log.With().Str("command", cmd.name).Stringer("chat", req.Info.Chat).Stringer("sender", req.Info.Sender).Logger()
	b.count.running.Add(1)
	ctx, cancel := context.WithTimeoutCause(ctx, b.timeout, errTimeout)
	answer, err := func() (_ string, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = &answerError{"Something is wrong with the bot; its log says what.", fmt.Errorf("panic: %v\n%s", r, debug.Stack())}
			}
		}()
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return cmd.run(ctx, req)
	}()
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	cancel()
	b.count.running.Add(-1)
	b.count.run.Add(1)
	if err != nil {
		b.count.failed.Add(1)
		log.Warn().Err(err).Dur("ms", time.Since(began)).Msg("Command failed")
		answer = explain(err, b.timeout)
	} else {
		log.Info().Dur("ms", time.Since(began)).Msg("Command done")
	}
	b.answer(ctx, req, answer)
}

// answer says something in the chat that req came from. It does so although ctx has ended: people shall know.
func (b *bot) answer(ctx context.Context, req *request, text string) {
	if text == "" {
		return
	}
	patience := 20 * time.Second
	if errors.Is(context.Cause(ctx), errStopping) {
		patience = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := b.say(ctx, req, &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &text, ContextInfo: req.quote()}})
	if err != nil {
		b.log.Warn().Err(err).Stringer("chat", req.Info.Chat).Msg("Failed to answer")
	}
}

// say sends a message to the chat that req came from. Where the connection has just gone, it waits for the next one.
func (b *bot) say(ctx context.Context, req *request, msg *waE2E.Message) error {
	b.connected.wait(ctx, 30*time.Second)
	_, err := b.client.SendMessage(ctx, req.Info.Chat.ToNonAD(), msg)
	return err
}

// quote shows in the chat what a message is the answer to.
func (req *request) quote() *waE2E.ContextInfo {
	return &waE2E.ContextInfo{
		StanzaID:      proto.String(req.Info.ID),
		Participant:   proto.String(req.Info.Sender.ToNonAD().String()),
		QuotedMessage: &waE2E.Message{Conversation: proto.String(req.text())},
	}
}

func (req *request) text() string {
	return req.Message.Message.GetConversation() + req.Message.Message.GetExtendedTextMessage().GetText()
}
