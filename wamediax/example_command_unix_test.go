//go:build unix

package wamediax_test

import (
	"context"
	"fmt"
	"os/exec"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// A transcoder's output leaves while it is being made. A transcoder that crashes ends its output
// like one that has finished: only Wait tells them apart, so the message is sent after Wait.
func ExampleClient_UploadLive_command() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, chat := exampleClient(service), exampleChat(service)

	sendOutput := func(ctx context.Context, name string, args ...string) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // ends the command if the upload fails
		command := exec.CommandContext(ctx, name, args...)
		output, err := command.StdoutPipe()
		if err != nil {
			return err
		}
		if err = command.Start(); err != nil {
			return err
		}
		up, err := client.UploadLive(ctx, output, whatsmeow.MediaAudio)
		if err != nil {
			cancel()
			_ = command.Wait()
			return err
		}
		if err = command.Wait(); err != nil {
			return fmt.Errorf("the recording is incomplete: %w", err) // nothing has been sent to the chat
		}
		_, err = client.SendMessage(ctx, chat, &waE2E.Message{AudioMessage: up.AudioMessage()})
		return err
	}

	fmt.Println(sendOutput(context.Background(), "sh", "-c", "echo sound"))
	fmt.Println(sendOutput(context.Background(), "sh", "-c", "echo half of a sound; exit 1"))
	// Output:
	// <nil>
	// the recording is incomplete: exit status 1
}
