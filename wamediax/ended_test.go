package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/stalltest"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// transfers are a client's four ways to move media.
func transfers(t *testing.T, s *service) map[string]func(context.Context) error {
	msg := s.posted(t, content(100_000))
	file := fileOf(t, content(100_000))
	return map[string]func(context.Context) error{
		"upload": func(ctx context.Context) error {
			_, err := s.client.UploadMedia(ctx, file, whatsmeow.MediaDocument)
			return err
		},
		"live": func(ctx context.Context) error {
			_, err := s.client.UploadLive(ctx, stream(content(100_000)), whatsmeow.MediaAudio)
			return err
		},
		"download": func(ctx context.Context) error {
			_, _, err := s.client.DownloadBytes(ctx, msg)
			return err
		},
		"open": func(ctx context.Context) error {
			media, err := s.client.OpenMedia(ctx, msg)
			if err == nil {
				defer media.Close()
				_, err = io.Copy(io.Discard, media)
			}
			return err
		},
	}
}

var errEnough = errors.New("enough of it")

// end is a way in which a call's context ends, and the errors that the call then returns.
type end struct {
	with func(ctx context.Context, after time.Duration) (context.Context, func())
	is   []error
}

var ends = map[string]end{
	"a deadline": {func(ctx context.Context, after time.Duration) (context.Context, func()) {
		ctx, cancel := context.WithTimeout(ctx, after)
		return ctx, cancel
	}, []error{context.DeadlineExceeded}},
	"a cancellation": {func(ctx context.Context, after time.Duration) (context.Context, func()) {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(after, cancel)
		return ctx, cancel
	}, []error{context.Canceled}},
	"a cancellation with a cause": {func(ctx context.Context, after time.Duration) (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(after, func() { cancel(errEnough) })
		return ctx, func() { cancel(nil) }
	}, []error{context.Canceled, errEnough}},
}

// requireSays makes a call whose context ends in this way, and returns its error, which must
// contain text. On a busy machine the call may not get far enough for that, so requireSays then
// repeats it with more time.
func (e end) requireSays(t *testing.T, text, name string, call func(context.Context) error) error {
	t.Helper()
	for after := 100 * time.Millisecond; ; after *= 4 {
		ctx, cancel := e.with(t.Context(), after)
		err := call(ctx)
		cancel()
		require.Error(t, err, name)
		for _, is := range e.is {
			require.ErrorIs(t, err, is, name)
		}
		if strings.Contains(err.Error(), text) {
			return err
		}
		require.Less(t, after, 20*time.Second, "%s: the error never has %q: %v", name, text, err)
	}
}

func TestCallWhoseContextEndsSaysWhatItWasWaitingFor(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		opts    []wamediax.Option
		arrange func(*testing.T, *service)
		text    map[string]string // "": of every transfer
		status  int               // that a host said
		is      error
	}{
		"all hosts say 500": {
			arrange: func(_ *testing.T, s *service) { s.inject("", 0, -1, wamediaxtest.Status(500)) },
			text:    map[string]string{"": hostA + ": status 500"}, status: 500,
		},
		"there is no network": {
			arrange: func(_ *testing.T, s *service) { s.inject("", 0, -1, wamediaxtest.HangUp(0)) },
			text:    map[string]string{"": hostA + ": "},
		},
		"hosts stall": {
			opts: []wamediax.Option{
				wamediax.WithStallTimeout(50 * time.Millisecond), wamediax.WithAnswerTimeout(50 * time.Millisecond),
			},
			arrange: func(_ *testing.T, s *service) { s.inject("", 0, -1, wamediaxtest.StopReading(0)) },
			text:    map[string]string{"": "host stalled"}, is: cdn.ErrStalled,
		},
		"the first host is still at it": {
			arrange: func(_ *testing.T, s *service) { s.inject("", 0, -1, wamediaxtest.StopReading(0)) },
			text:    map[string]string{"": "while waiting for " + hostA},
		},
		"the socket is down": {
			arrange: func(t *testing.T, s *service) {
				s.RefuseConnections(true)
				s.DropConnections()
			},
			text: map[string]string{"": "while waiting for the WhatsApp socket to connect"},
		},
		"media_conn is not answered": {
			arrange: func(_ *testing.T, s *service) {
				s.SetMediaConn(wamediaxtest.MediaConn{Node: func() (none waBinary.Node) { return none }})
			},
			text: map[string]string{"": "while waiting for a response on the WhatsApp socket"},
		},
		"another upload has its turn": {
			opts: []wamediax.Option{wamediax.WithMaxParallel(1)},
			arrange: func(t *testing.T, s *service) {
				source, held := net.Pipe() // a live upload runs for as long as its source does
				ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
				begun, ended := make(chan struct{}), make(chan struct{})
				t.Cleanup(func() {
					stop()
					_ = held.Close()
					<-ended
				})
				go func() {
					defer close(ended)
					_, _ = s.client.UploadLive(ctx, io.MultiReader(readEvent{begun}, source), whatsmeow.MediaAudio)
				}()
				<-begun
			},
			text: map[string]string{"upload": "while waiting for a turn", "live": "while waiting for a turn"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, row.opts...)
			calls := transfers(t, s)
			row.arrange(t, s)
			for transfer, call := range calls {
				text, ok := row.text[transfer]
				if !ok {
					if text, ok = row.text[""]; !ok {
						continue
					}
				}
				for end, how := range ends {
					err := how.requireSays(t, text, transfer+", "+end, call)
					require.NotContains(t, err.Error(), "\n", "%s, %s", transfer, end)
					require.LessOrEqual(t, strings.Count(err.Error(), how.is[0].Error()), 1, "it says it twice: %v", err)
					if row.status != 0 {
						var status *cdn.StatusError
						require.ErrorAs(t, err, &status, "%s, %s", transfer, end)
						require.Equal(t, row.status, status.StatusCode)
					}
					if row.is != nil {
						require.ErrorIs(t, err, row.is, "%s, %s: %v", transfer, end, err)
					}
					s.requireNoSecrets(t, err.Error())
				}
			}
		})
	}
}

// readEvent closes a channel when it is read, and is at its end.
type readEvent struct{ read chan struct{} }

func (r readEvent) Read([]byte) (int, error) {
	close(r.read)
	return 0, io.EOF
}

func TestUploadThatWaitsForAnothersRecordSaysSo(t *testing.T) {
	t.Parallel()
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	s := newService(t, wamediax.WithResumeStore(store))
	file := fileOf(t, content(100_000))
	s.inject("", uploads, 1, wamediaxtest.StopReading(0))
	first, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = s.client.UploadMedia(first, file, whatsmeow.MediaDocument)
	}()
	s.waitHeld(t.Context())
	for name, how := range ends {
		_ = how.requireSays(t, "while waiting for another upload of the same", name, func(ctx context.Context) error {
			_, err := s.client.UploadMedia(ctx, file, whatsmeow.MediaDocument)
			return err
		})
	}
	stop()
	<-done
}

func TestSocketThatTakesNothingDoesNotOutlastTheContext(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	cli, valve, err := stalltest.NewClient(t.Context(), server)
	require.NoError(t, err)
	t.Cleanup(valve.Open)
	s := &service{server, wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))}
	calls := transfers(t, s)
	valve.Shut()
	for transfer, call := range calls {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errEnough)
		begun := time.Now()
		err := call(ctx)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, transfer)
		require.ErrorIs(t, err, errEnough, transfer)
		require.ErrorContains(t, err, "no media host was contacted", transfer)
		require.Less(t, time.Since(begun), 10*time.Second, transfer)
	}
}

func TestEndedCallsLeaveNoBytesBehind(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnough)
	var dst bytes.Buffer
	for transfer, call := range transfers(t, s) {
		require.ErrorIs(t, call(ctx), errEnough, transfer)
	}
	_, err := s.client.DownloadTo(ctx, &dst, s.posted(t, content(10)))
	require.ErrorIs(t, err, errEnough)
	require.Zero(t, dst.Len())
	_, err = s.client.UploadMedia(ctx, bytes.NewReader(content(10)), whatsmeow.MediaDocument)
	require.ErrorContains(t, err, "before the upload began")
	require.NotContains(t, err.Error(), "encrypt")
	require.Empty(t, s.Requests())
	requireNoTempFiles(t)
}
