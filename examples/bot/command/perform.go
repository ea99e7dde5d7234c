package command

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
)

// perform runs one command and answers in the chat. A panic fails only the command.
func (b *Bot) perform(ctx context.Context, cmd command, req *request) {
	began := time.Now()
	log := b.Log.With().Str("command", cmd.name).Stringer("chat", req.Info.Chat).Stringer("sender", req.Info.Sender).Logger()
	b.count.running.Add(1)
	ctx, cancel := context.WithTimeoutCause(ctx, b.Timeout, errTimeout)
	defer cancel()
	answer, err := func() (_ string, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = &guard.Refusal{Text: "The bot has a bug. Its log has the details.", Cause: fmt.Errorf("panic: %v\n%s", r, debug.Stack())}
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
	b.count.running.Add(-1)
	b.count.run.Add(1)
	if err != nil {
		b.count.failed.Add(1)
		log.Warn().Err(err).Dur("ms", time.Since(began)).Msg("Command failed")
		answer = explain(err, b.Timeout)
	} else {
		log.Info().Dur("ms", time.Since(began)).Msg("Command done")
	}
	b.answer(ctx, req, answer)
}

// answer sends a text to req's chat, even after ctx has ended.
func (b *Bot) answer(ctx context.Context, req *request, text string) {
	if text == "" {
		return
	}
	patience := 20 * time.Second
	if errors.Is(context.Cause(ctx), guard.ErrStopping) {
		patience = 5 * time.Second
	}
	msg := b.text(ctx, text)
	msg.ContextInfo = req.quote()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := b.say(ctx, req, &waE2E.Message{ExtendedTextMessage: msg})
	if err != nil {
		b.Log.Warn().Err(err).Stringer("chat", req.Info.Chat).Msg("Failed to answer")
	}
}

// say sends a message to req's chat. If the connection is down, it waits until whatsmeow has
// restored it.
func (b *Bot) say(ctx context.Context, req *request, msg *waE2E.Message) error {
	patience := 30 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	b.client.WaitForConnection(patience)
	_, err := b.client.SendMessage(ctx, req.Info.Chat.ToNonAD(), msg)
	return err
}
