package wamediax_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	kibi = 1 << 10
	mebi = 1 << 20

	uploads = wamediaxtest.Uploads
	probes  = wamediaxtest.Probes
)

// prompt is what a call may take that returns at once: far more than any machine needs, and far
// less than every timeout that it could have waited for instead.
const prompt = 10 * time.Second

// service is a WhatsApp service with a wrapped client that is logged in to it.
type service struct {
	*wamediaxtest.Server
	client *wamediax.Client
}

// Options of tests in which every host fails. Without them such a transfer goes on for minutes.
var (
	shortPauses = wamediax.WithBackoff(time.Millisecond, 5*time.Millisecond)
	fewAttempts = wamediax.WithMaxAttempts(4)
	impatient   = wamediax.WithMaxElapsed(50 * time.Millisecond)
)

// newService returns a service with a client that has opts, and the settings that users have
// besides.
func newService(t testing.TB, opts ...wamediax.Option) *service {
	t.Helper()
	server := newServer(t)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	opts = append([]wamediax.Option{wamediax.WithHTTPClient(server.HTTPClient())}, opts...)
	return &service{server, wamediax.Wrap(cli, opts...)}
}

func (s *service) inject(host string, on wamediaxtest.Kind, times int, do wamediaxtest.Effect) {
	s.Inject(host, wamediaxtest.Fault{On: on, Times: times, Do: do})
}

// receiver is another account's plain whatsmeow client.
func (s *service) receiver(t testing.TB) *whatsmeow.Client {
	t.Helper()
	cli, err := s.NewClient(t.Context())
	require.NoError(t, err)
	return cli
}

// requireNoSecrets checks that no text shows an auth token that the service has seen, or the
// object's token.
func (s *service) requireNoSecrets(t testing.TB, texts ...string) {
	t.Helper()
	for _, request := range s.Requests() {
		for _, name := range []string{"auth", "token"} {
			if secret := request.Query.Get(name); secret != "" {
				for _, text := range texts {
					require.NotContains(t, text, secret)
					require.NotContains(t, text, url.QueryEscape(secret))
				}
			}
		}
	}
}

// requireNoTempFiles checks that nothing of ours lies where temporary files go.
func requireNoTempFiles(t testing.TB) {
	t.Helper()
	entries, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	for _, entry := range entries {
		require.NotContains(t, entry.Name(), "wamediax-")
	}
}

// content is size random bytes, the same ones for the same size.
func content(size int) []byte {
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	_, _ = random.Read(data)
	return data
}

// fileOf writes data to a file, open for reading at its beginning.
func fileOf(t testing.TB, data []byte) *os.File {
	t.Helper()
	path := t.TempDir() + "/media"
	require.NoError(t, os.WriteFile(path, data, 0o600))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

// stream is a reader that can do nothing but Read.
func stream(data []byte) io.Reader { return io.MultiReader(bytes.NewReader(data)) }

// logged is a logger that keeps what is logged at level warn and above.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) keep(msg string, args []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(msg, args...))
}

func (l *logged) Errorf(msg string, args ...any) { l.keep(msg, args) }
func (l *logged) Warnf(msg string, args ...any)  { l.keep(msg, args) }
func (l *logged) Infof(string, ...any)           {}
func (l *logged) Debugf(string, ...any)          {}
func (l *logged) Sub(string) waLog.Logger        { return l }

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all string
	for _, line := range l.lines {
		all += line + "\n"
	}
	return all
}

// waitHeld waits until a fault holds a request.
func (s *service) waitHeld(ctx context.Context) {
	_ = s.WaitFor(ctx, func(requests []wamediaxtest.Request) bool {
		for _, request := range requests {
			if request.Held {
				return true
			}
		}
		return false
	})
}
