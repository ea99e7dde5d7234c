package tour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// stage is a WhatsApp service in this process, with two accounts that are logged in to it.
type stage struct {
	*wamediaxtest.Server
	plain    *whatsmeow.Client // the first account's client
	client   *wamediax.Client  // the same client, wrapped
	receiver *whatsmeow.Client // the second account's client
}

// newStage starts a service. Close it after use.
func newStage(ctx context.Context) (*stage, error) {
	s := &stage{Server: wamediaxtest.NewServer()}
	for _, cli := range []**whatsmeow.Client{&s.plain, &s.receiver} {
		var err error
		if *cli, err = s.NewClient(ctx); err != nil {
			s.Close()
			return nil, fmt.Errorf("failed to log in: %w", err)
		}
	}
	s.client = s.wrap(s.plain)
	return s, nil
}

// wrap is the one line that changes in a bot that uses whatsmeow. The HTTP client trusts the
// service's certificates and finds its hosts; the real WhatsApp needs none.
func (s *stage) wrap(cli *whatsmeow.Client, opts ...wamediax.Option) *wamediax.Client {
	return wamediax.Wrap(cli, append(opts, wamediax.WithHTTPClient(s.HTTPClient()))...)
}

// listen returns a function that waits for the receiver's next message.
func (s *stage) listen() func(ctx context.Context) (*waE2E.Message, error) {
	messages := make(chan *waE2E.Message, 100)
	s.receiver.AddEventHandler(func(raw any) {
		if evt, ok := raw.(*events.Message); ok {
			messages <- evt.Message
		}
	})
	return func(ctx context.Context) (*waE2E.Message, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the message did not arrive within a minute"))
		defer cancel()
		select {
		case msg := <-messages:
			return msg, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
