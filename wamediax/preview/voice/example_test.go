package voice_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func ExampleEncode() {
	wav, err := os.Open("testdata/speech.wav")
	if err != nil {
		panic(err)
	}
	defer wav.Close()
	var message bytes.Buffer // or a file
	v, err := voice.Encode(context.Background(), &message, wav)
	if err != nil {
		panic(err)
	}
	fmt.Println(v.Duration, len(v.Waveform), "bars", message.Len() < 8000)
	// Output: 2s 64 bars true
}

// Upload a voice message while it is synthesised. Nothing is stored, and the upload ends soon after
// the last word.
func ExampleNewReader() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := login(service), login(service).Store.GetJID().ToNonAD()

	samples, synthesizer := io.Pipe() // or the body of a speech service's response
	go func() {
		for range 10 { // 100 ms each
			_, _ = synthesizer.Write(make([]byte, 4800))
		}
		synthesizer.Close()
	}()
	r := voice.NewReader(samples, voice.WithPCM(voice.Int16, 24_000, 1))
	up, err := client.UploadLive(ctx, r, whatsmeow.MediaAudio)
	if err != nil {
		panic(err)
	}
	v, msg := r.Voice(), up.AudioMessage()
	msg.PTT = proto.Bool(true)
	msg.Mimetype = proto.String(voice.Mimetype)
	msg.Seconds = proto.Uint32(v.Seconds())
	msg.Waveform = v.Waveform
	if _, err = client.SendMessage(ctx, chat, &waE2E.Message{AudioMessage: msg}); err != nil {
		panic(err)
	}
	fmt.Println(msg.GetSeconds(), "s,", len(msg.GetWaveform()), "bars")
	// Output: 1 s, 64 bars
}

func login(service *wamediaxtest.Server) *wamediax.Client {
	cli, err := service.NewClient(context.Background())
	if err != nil {
		panic(err)
	}
	return wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))
}
