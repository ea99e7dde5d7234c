package main

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// tourStage is a WhatsApp service in this process, with two accounts that are logged in to it.
type tourStage struct {
	*wamediaxtest.Server
	plain    *whatsmeow.Client // one account's, as whatsmeow makes it
	client   *wamediax.Client  // the same, wrapped
	receiver *whatsmeow.Client // the other's
}

// newTourStage opens one. The caller closes it.
func newTourStage(ctx context.Context, opts ...wamediax.Option) (*tourStage, error) {
	stage := &tourStage{Server: wamediaxtest.NewServer()}
	for _, cli := range []**whatsmeow.Client{&stage.plain, &stage.receiver} {
		var err error
		if *cli, err = stage.NewClient(ctx); err != nil {
			stage.Close()
			return nil, fmt.Errorf("failed to log in: %w", err)
		}
	}
	stage.client = stage.wrap(stage.plain, opts...)
	return stage, nil
}

// wrap is the one line that changes for a bot which uses whatsmeow. (The HTTP client is the service's: it trusts its
// certificates and finds its hosts. With the real WhatsApp there is no need for one.)
func (stage *tourStage) wrap(cli *whatsmeow.Client, opts ...wamediax.Option) *wamediax.Client {
	return wamediax.Wrap(cli, append(opts, wamediax.WithHTTPClient(stage.HTTPClient()))...)
}
