package wamediax_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// requireThere checks that the object of an upload is on the CDN.
func (s *service) requireThere(t *testing.T, up *wamediax.Uploaded) {
	t.Helper()
	object, ok := s.Object(up.DirectPath)
	require.True(t, ok, "nothing is at the direct path")
	hash := sha256.Sum256(object.Data)
	require.Equal(t, up.FileEncSHA256, hash[:])
}

func TestHostThatClaimsToHoldAnObjectUnderAFreshKeyIsNotBelieved(t *testing.T) {
	s := newService(t)
	s.inject("", probes, 1, wamediaxtest.FalseComplete())
	up, err := s.client.UploadMedia(t.Context(), stream(content(6*mebi)), whatsmeow.MediaDocument)
	require.NoError(t, err)
	s.requireThere(t, up)
}

func TestObjectUnderTheCallersKeyIsFoundWhereItWasSentBefore(t *testing.T) {
	s := newService(t)
	for range 2 {
		up, err := s.client.UploadMedia(t.Context(), stream(content(6*mebi)), whatsmeow.MediaDocument, wamediax.WithMediaKey(key32))
		require.NoError(t, err)
		s.requireThere(t, up)
	}
	require.Len(t, s.requests(uploads), 1, "the second upload sent it again")
}

func TestOnlyHostThatRefusesAnOffsetGetsTheWholeObject(t *testing.T) {
	for name, arrange := range map[string]func(*service){
		"a part that is gone": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
			s.inject("", probes, 1, wamediaxtest.ForgetPartial())
		},
		"a probe that claims too much": func(s *service) {
			s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
			s.inject("", probes, 1, wamediaxtest.FalseOffset(900_000))
		},
		"late bytes": func(s *service) {
			s.CheckOffsets(416)
			s.inject("", uploads, 1, wamediaxtest.LateBytes(100_000, 50_000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "one.cdn.test"}}})
			arrange(s)
			up, err := s.client.UploadMedia(t.Context(), stream(content(1_000_000)), whatsmeow.MediaDocument)
			require.NoError(t, err)
			s.requireThere(t, up)
		})
	}
}

func TestLogShowsNoSecretsThatHostsQuote(t *testing.T) {
	for _, echo := range []wamediaxtest.Effect{
		wamediaxtest.Echo(500, nil, "{uri}"),
		wamediaxtest.Echo(200, nil, `{"url":"{uri}"`),
		wamediaxtest.Raw("HTTP/1.1 2{auth} OK\r\n\r\n"),
		wamediaxtest.Raw("POST {uri} HTTP/1.1\r\n\r\n"),
	} {
		log := &logged{}
		s := newService(t)
		s.client.Log = log
		s.inject("", uploads, 2, echo)
		_, err := s.client.UploadMedia(t.Context(), stream(content(1000)), whatsmeow.MediaDocument)
		require.NoError(t, err)
		require.Contains(t, log.text(), "attempt 2")
		s.requireNoSecrets(t, log.text())
	}
}

// A bot that recovers from panics of its handlers survives one in a progress callback.
func TestPanickingProgressOfAnUploadCanBeRecovered(t *testing.T) {
	panics := wamediax.WithProgress(func(p wamediax.Progress) {
		if p.Stage == wamediax.Uploading && p.Done > 0 {
			panic("boom")
		}
	})
	s := newService(t)
	require.PanicsWithValue(t, "boom", func() {
		_, _ = s.client.UploadMedia(t.Context(), stream(content(3*mebi)), whatsmeow.MediaDocument, panics)
	})
	require.PanicsWithValue(t, "boom", func() {
		_, _ = s.client.UploadLive(t.Context(), stream(content(3*mebi)), whatsmeow.MediaDocument, panics)
	})
	up, err := s.client.UploadMedia(t.Context(), stream(content(1000)), whatsmeow.MediaDocument)
	require.NoError(t, err, "the turn of an upload that panicked was not given back")
	s.requireThere(t, up)
	requireNoTempFiles(t)
}

func TestUploadWhoseTimeIsUpSaysWhatHostsSaid(t *testing.T) {
	t.Parallel()
	for name, upload := range map[string]func(context.Context, *wamediax.Client) error{
		"UploadMedia": func(ctx context.Context, client *wamediax.Client) error {
			_, err := client.UploadMedia(ctx, stream(content(1000)), whatsmeow.MediaDocument)
			return err
		},
		"UploadLive": func(ctx context.Context, client *wamediax.Client) error {
			_, err := client.UploadLive(ctx, stream(content(1000)), whatsmeow.MediaDocument)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, wamediax.WithBackoff(time.Minute, time.Minute))
			s.inject("", 0, -1, wamediaxtest.Status(500))
			err := ends["a deadline"].requireSays(t, "status 500", name, func(ctx context.Context) error { return upload(ctx, s.client) })
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, 500, status.StatusCode)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestLiveUploadThatIsCancelledWhileItsSourceIsSilentSaysSo(t *testing.T) {
	s := newService(t)
	errStop := errors.New("the bot is told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(io.ErrClosedPipe) })
	go func() {
		_, _ = w.Write([]byte("the beginning of a recording"))
		cancel(errStop)
	}()
	_, err := s.client.UploadLive(ctx, r, whatsmeow.MediaAudio)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, errStop)
	require.ErrorContains(t, err, "while reading the source")
}
