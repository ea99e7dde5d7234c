package resume_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// service is a WhatsApp service with two hosts and a fallback host, and a source of connections
// that queries it with a real client.
type service struct {
	*wamediaxtest.Server
	*conns
}

var twoHostsAndFallback = []cdn.Host{{Name: "one.cdn.test"}, {Name: "two.cdn.test"}, {Name: "fallback.cdn.test", Fallback: true}}

func newService(t testing.TB, hosts ...cdn.Host) *service {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	if hosts == nil {
		hosts = twoHostsAndFallback
	}
	return &service{server, &conns{cli: cli, hosts: hosts}}
}

// uploader returns an uploader with very short pauses and time for several of them.
func (s *service) uploader(opts ...resume.Option) *resume.Uploader {
	return resume.NewUploader(s.conns, append([]resume.Option{
		resume.WithHTTPClient(s.HTTPClient()),
		resume.WithBackoff(time.Millisecond, 5*time.Millisecond),
		resume.WithMaxAttempts(6),
	}, opts...)...)
}

// prompt limits calls that should return at once: far longer than any machine needs, and far
// shorter than any timeout that they could have waited for.
const prompt = 10 * time.Second

func (s *service) inject(host string, on wamediaxtest.Kind, times int, do wamediaxtest.Effect) {
	s.Inject(host, wamediaxtest.Fault{On: on, Times: times, Do: do})
}

// requests returns the completed requests of the given kinds.
func (s *service) requests(kinds wamediaxtest.Kind) (found []wamediaxtest.Request) {
	for _, request := range s.Requests() {
		if request.Kind&kinds != 0 {
			found = append(found, request)
		}
	}
	return found
}

// requireHolds checks that the service has the whole object that the response names.
func (s *service) requireHolds(t *testing.T, resp resume.Response, content []byte) {
	t.Helper()
	object, ok := s.Object(resp.DirectPath)
	require.True(t, ok, "no object at the direct path")
	require.True(t, object.Complete)
	require.True(t, bytes.Equal(content, object.Data), "different object at the direct path")
	require.Contains(t, resp.URL, resp.DirectPath)
}

// requireNoSecrets checks that an error contains neither auth tokens nor the object's token.
func (s *service) requireNoSecrets(t *testing.T, err error, obj resume.Object) {
	t.Helper()
	require.Error(t, err)
	require.NotContains(t, err.Error(), obj.Token)
	for _, auth := range s.issued() {
		require.NotContains(t, err.Error(), auth)
		require.NotContains(t, err.Error(), url.QueryEscape(auth))
	}
}

// conns gets connections over a client's socket.
type conns struct {
	cli   *whatsmeow.Client
	hosts []cdn.Host

	mu      sync.Mutex
	current *cdn.Conn
	auths   []string
}

func (c *conns) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || c.current == stale || stale == nil && time.Now().After(c.current.Expires) {
		//lint:ignore SA1019 whatsmeow's own query
		conn, err := c.cli.DangerousInternals().QueryMediaConn(ctx)
		if err != nil {
			return nil, err
		}
		c.current = &cdn.Conn{Auth: conn.Auth, Hosts: c.hosts, Expires: conn.Expiry(), Fetched: conn.FetchedAt}
		c.auths = append(c.auths, conn.Auth)
	}
	return c.current, nil
}

func (c *conns) issued() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.auths...)
}

// content returns size random bytes, always the same for one size.
func content(size int) []byte {
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	_, _ = random.Read(data)
	return data
}

func objectOf(data []byte) resume.Object {
	hash := sha256.Sum256(data)
	return resume.Object{Path: "/mms/document", Token: resume.Token(hash[:]), Body: memory(data)}
}

// memory is a body in memory.
type memory []byte

func (m memory) Size() int64 { return int64(len(m)) }

func (m memory) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m[offset:])), nil
}

var errDisk = errors.New("the disk is on fire")

// failing is a body whose Read fails or ends after some bytes.
type failing struct {
	memory
	after int64
	err   error
}

func (f failing) Open(offset int64) (io.ReadCloser, error) {
	good := io.NewSectionReader(bytes.NewReader(f.memory), offset, max(0, f.after-offset))
	return io.NopCloser(io.MultiReader(good, errReader{f.err})), nil
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
