package wamediax_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// gate is an HTTP proxy that lets nobody through and counts who came.
func gate(t *testing.T) (*url.URL, *atomic.Int64) {
	var came atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	return address, &came
}

// loads tries an upload and a download, neither of which gets through a gate.
func loads(t *testing.T, s *service) {
	t.Helper()
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.Error(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.client.Download(ctx, &waE2E.ImageMessage{DirectPath: proto.String("/v/x?y"), FileEncSHA256: make([]byte, 32), MediaKey: key32})
	require.Error(t, err)
}

func TestUploadsGoThroughTheProxyThatIsSet(t *testing.T) {
	t.Run("by its address", func(t *testing.T) {
		s := newService(t)
		address, came := gate(t)
		require.NoError(t, s.client.SetProxyAddress(address.String()))
		loads(t, s)
		require.Positive(t, came.Load())
		require.Empty(t, s.Requests())
	})
	t.Run("by a function", func(t *testing.T) {
		s := newService(t)
		address, came := gate(t)
		s.client.SetProxy(http.ProxyURL(address))
		loads(t, s)
		require.Positive(t, came.Load())
	})
	t.Run("by a SOCKS dialer", func(t *testing.T) {
		s := newService(t)
		dialer := &refusingDialer{}
		s.client.SetSOCKSProxy(dialer)
		loads(t, s)
		require.Positive(t, dialer.came.Load())
	})
	t.Run("by a SOCKS address", func(t *testing.T) {
		s := newService(t)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		accepted := make(chan byte, 100)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				var version [1]byte
				_, _ = conn.Read(version[:])
				accepted <- version[0]
				conn.Close()
			}
		}()
		require.NoError(t, s.client.SetProxyAddress("socks5://"+listener.Addr().String()))
		loads(t, s)
		require.Equal(t, byte(5), <-accepted)
		listener.Close()
		<-done
	})
	t.Run("but not one that leaves media out", func(t *testing.T) {
		s := newService(t)
		address, came := gate(t)
		s.client.SetProxy(http.ProxyURL(address), whatsmeow.SetProxyOptions{NoMedia: true})
		_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
		require.NoError(t, err)
		require.Zero(t, came.Load())
	})
	t.Run("until it is taken away", func(t *testing.T) {
		s := newService(t)
		address, came := gate(t)
		require.NoError(t, s.client.SetProxyAddress(address.String()))
		s.client.SetMediaHTTPClient(s.HTTPClient())
		_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
		require.NoError(t, err)
		require.Zero(t, came.Load())
		require.NoError(t, s.client.SetProxyAddress(""))
	})
}

func TestProxyAddressThatIsNoneIsAnErrorAndChangesNothing(t *testing.T) {
	s := newService(t)
	require.Error(t, s.client.SetProxyAddress("gopher://localhost"))
	require.Error(t, s.client.SetProxyAddress("http://%zz"))
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.NoError(t, err)
}

func TestHTTPClientOfTheCallerIsNotChanged(t *testing.T) {
	s := newService(t)
	own := s.HTTPClient()
	before := *own
	s.client.SetMediaHTTPClient(own)
	s.client.SetProxy(nil)
	require.Equal(t, before.Transport, own.Transport)
}

type refusingDialer struct{ came atomic.Int64 }

func (d *refusingDialer) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

func (d *refusingDialer) DialContext(context.Context, string, string) (net.Conn, error) {
	d.came.Add(1)
	return nil, errors.New("nobody leaves")
}
