package wamediax_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	downloads = wamediaxtest.Downloads

	hostA = "media-1.cdn.test"
	hostB = "media-2.cdn.test"
)

// twoHosts leaves two hosts without second names.
func (s *service) twoHosts() {
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: hostA}, {Name: hostB}}})
}

// overBothProtocols runs a test over HTTP/1.1 and over HTTP/2.
func overBothProtocols(t *testing.T, test func(t *testing.T, s *service), opts ...wamediax.Option) {
	for major := 1; major <= 2; major++ {
		t.Run(fmt.Sprintf("over HTTP/%d", major), func(t *testing.T) {
			t.Parallel()
			s := newService(t, opts...)
			s.speak(t, major)
			test(t, s)
			for _, request := range s.downloads() {
				require.Contains(t, request.Proto, fmt.Sprintf("HTTP/%d", major))
			}
		})
	}
}

// speak has the client load media over that version of HTTP alone.
func (s *service) speak(t testing.TB, major int) {
	transport := s.HTTPClient().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.NextProtos = nil // of the protocols that were spoken before
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(major == 1)
	transport.Protocols.SetHTTP2(major == 2)
	s.client.SetMediaHTTPClient(&http.Client{Transport: transport})
	t.Cleanup(transport.CloseIdleConnections)
}

// posted puts data, encrypted, onto the CDN and returns the message about it, with a sidecar.
func (s *service) posted(t testing.TB, data []byte) *waE2E.VideoMessage {
	t.Helper()
	object, info, err := streamenc.EncryptBytes(data, whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	require.NoError(t, err)
	return &waE2E.VideoMessage{
		DirectPath: new(s.Put("video", object)), MediaKey: info.MediaKey, FileSHA256: info.FileSHA256,
		FileEncSHA256: info.FileEncSHA256, FileLength: new(uint64(len(data))), StreamingSidecar: info.Sidecar,
	}
}

// reposted puts the same object onto the CDN once more and returns its path.
func (s *service) reposted(t testing.TB, data []byte, msg *waE2E.VideoMessage) string {
	t.Helper()
	object, _, err := streamenc.EncryptBytes(data, whatsmeow.MediaVideo, streamenc.WithKey(msg.MediaKey))
	require.NoError(t, err)
	return s.Put("video", object)
}

var expiry = regexp.MustCompile(`&oe=[0-9A-F]+`)

// expiring is a direct path whose signature ended so long ago. The test service does not look at
// that.
func expiring(directPath string, ago time.Duration) string {
	return expiry.ReplaceAllString(directPath, fmt.Sprintf("&oe=%X", time.Now().Add(-ago).Unix()))
}

// postedPlain puts data onto the CDN as it is and returns the message about it, as from a
// newsletter.
func (s *service) postedPlain(t testing.TB, data []byte) *waE2E.VideoMessage {
	t.Helper()
	_, info, err := streamenc.EncryptBytes(data, whatsmeow.MediaVideo)
	require.NoError(t, err)
	return &waE2E.VideoMessage{
		DirectPath: new(s.Put("newsletter-video", data)), FileSHA256: info.FileSHA256, FileLength: new(uint64(len(data))),
	}
}

// downloads are the requests for media so far.
func (s *service) downloads() (all []wamediaxtest.Request) {
	for _, request := range s.Requests() {
		if request.Kind == downloads {
			all = append(all, request)
		}
	}
	return all
}

// requireNoKeys checks that err shows neither the media key nor the object's hash, in whatever
// spelling, nor an auth token.
func (s *service) requireNoKeys(t testing.TB, err error, msg whatsmeow.DownloadableMessage) {
	t.Helper()
	s.requireNoSecrets(t, err.Error())
	for _, secret := range [][]byte{msg.GetMediaKey(), msg.GetFileEncSHA256()} {
		if len(secret) == 0 {
			continue
		}
		for _, text := range []string{
			string(secret), hex.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret),
			base64.RawURLEncoding.EncodeToString(secret), fmt.Sprint(secret),
		} {
			require.NotContains(t, err.Error(), text)
		}
	}
}

// info is what a bot knows of the message besides its media.
func info(id types.MessageID) *types.MessageInfo {
	info := &types.MessageInfo{ID: id}
	info.Chat = types.NewJID("15550001234", types.DefaultUserServer)
	info.Sender = info.Chat
	return info
}

// phoneTimeout is for phones that do not answer.
func phoneTimeout(d time.Duration) wamediax.Option {
	return wamediax.WithRequester(retry.WithTimeout(d))
}

// roundTrips is a network of the test's own.
type roundTrips func(*http.Request) (*http.Response, error)

func (r roundTrips) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }
