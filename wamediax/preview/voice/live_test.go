package voice_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// TestVoiceIsUploadedWhileItIsRecorded holds back the second half of a message until the service
// has received a chunk of the first half. A plain client then receives a voice message that it can
// play.
func TestVoiceIsUploadedWhileItIsRecorded(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	arrived := make(chan struct{}, 1)
	https := *server.HTTPClient()
	https.Transport = &watched{https.Transport, arrived}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(&https))
	receiver, err := server.NewClient(t.Context())
	require.NoError(t, err)
	received := make(chan *waE2E.AudioMessage, 1)
	receiver.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			received <- msg.Message.GetAudioMessage()
		}
	})

	speech := fixture(t, "speech.wav")[44:]
	src, speaker := io.Pipe()
	go func() {
		defer speaker.Close()
		for half := range 2 {
			if half == 1 {
				<-arrived // the service has a chunk before the recording has ended
			}
			for range 2 {
				if _, err := speaker.Write(speech); err != nil {
					return
				}
			}
		}
	}()
	r := voice.NewReader(src, voice.WithPCM(voice.Int16, 22_050, 1))
	up, err := client.UploadLive(t.Context(), r, whatsmeow.MediaAudio, wamediax.WithLiveChunk(4<<10))
	require.NoError(t, err)

	v := r.Voice()
	require.Equal(t, 8*time.Second, v.Duration)
	require.EqualValues(t, v.Size, up.FileLength)
	_, err = client.SendMessage(t.Context(), receiver.Store.GetJID().ToNonAD(), &waE2E.Message{AudioMessage: up.AudioMessage()})
	require.NoError(t, err)

	got := <-received
	require.True(t, got.GetPTT())
	require.EqualValues(t, 8, got.GetSeconds())
	require.Equal(t, v.Waveform, got.GetWaveform())
	require.Equal(t, "audio/ogg; codecs=opus", got.GetMimetype())
	require.NotEmpty(t, got.GetStreamingSidecar())
	file, err := receiver.Download(t.Context(), got)
	require.NoError(t, err)

	var want bytes.Buffer
	_, err = voice.Encode(t.Context(), &want, bytes.NewReader(bytes.Repeat(speech, 4)), voice.WithPCM(voice.Int16, 22_050, 1))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want.Bytes(), file))
	samples, _ := decode(t, file)
	require.Greater(t, correlation(speechSamples(t), 22_050, samples, 48_000), 0.94)
}

// watched sends to a channel after each answered request.
type watched struct {
	http.RoundTripper
	answered chan struct{}
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	select {
	case w.answered <- struct{}{}:
	default:
	}
	return resp, err
}

func TestInvalidSoundFailsTheUpload(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
	for name, src := range map[string]struct {
		data []byte
		want error
	}{
		"a truncated WAV": {fixture(t, "speech.wav")[:60_000], io.ErrUnexpectedEOF},
		"no sound":        {fixture(t, "speech.wav")[:8], voice.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.UploadLive(t.Context(), voice.NewReader(bytes.NewReader(src.data)), whatsmeow.MediaAudio)
			require.ErrorIs(t, err, src.want)
			require.ErrorContains(t, err, "failed to encode voice: ")
		})
	}
}

func TestSendMediaEncodesAVoiceMessage(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	receiver, err := server.NewClient(t.Context())
	require.NoError(t, err)
	received := make(chan *waE2E.AudioMessage, 1)
	receiver.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			received <- msg.Message.GetAudioMessage()
		}
	})
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
	r := voice.NewReader(bytes.NewReader(fixture(t, "speech.wav")))
	_, err = client.SendMedia(t.Context(), receiver.Store.GetJID().ToNonAD(), r)
	require.NoError(t, err)
	got := <-received
	require.True(t, got.GetPTT())
	require.Equal(t, r.Voice().Seconds(), got.GetSeconds())
	require.Equal(t, r.Voice().Waveform, got.GetWaveform())
}
