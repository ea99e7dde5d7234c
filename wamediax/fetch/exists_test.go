package fetch_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestExists(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*wamediaxtest.Server, *waE2E.ImageMessage)
		want   bool
		asked  int
		err    error
	}{
		"media that is there":                           {want: true, asked: 1},
		"media whose message has no length":             {change: func(_ *wamediaxtest.Server, msg *waE2E.ImageMessage) { msg.FileLength = nil }, want: true, asked: 1},
		"media that is smaller than its message states": {change: func(_ *wamediaxtest.Server, msg *waE2E.ImageMessage) { *msg.FileLength += 16 }, asked: 1},
		"media that is larger than its message states":  {change: func(_ *wamediaxtest.Server, msg *waE2E.ImageMessage) { *msg.FileLength -= 16 }, asked: 1},
		"media that has expired":                        {change: forget(404), asked: 2},
		"media whose path has expired":                  {change: forget(410), asked: 2},
		"media whose signature has expired":             {change: func(s *wamediaxtest.Server, msg *waE2E.ImageMessage) { forget(403)(s, msg); expire(msg) }, asked: 2},
		"media on one of two hosts while the other is down": {
			change: func(s *wamediaxtest.Server, _ *waE2E.ImageMessage) {
				s.Inject("a.test", wamediaxtest.Fault{Times: -1, Do: wamediaxtest.Status(503)})
			}, want: true, asked: 2,
		},
		"media while all hosts are down": {
			change: func(s *wamediaxtest.Server, _ *waE2E.ImageMessage) {
				s.Inject("", wamediaxtest.Fault{Times: -1, Do: wamediaxtest.Status(503)})
			}, asked: 2, err: cdn.ErrUnreachable,
		},
		"a message without a path": {
			change: func(_ *wamediaxtest.Server, msg *waE2E.ImageMessage) { msg.DirectPath = nil }, err: whatsmeow.ErrNoURLPresent,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := wamediaxtest.NewServer()
			t.Cleanup(server.Close)
			f := fetch.New(hosts{"a.test", "b.test"}, fetch.WithHTTPClient(server.HTTPClient()), fetch.WithMaxAttempts(1))
			msg := posted(server, []byte("a picture of several blocks"))
			if test.change != nil {
				test.change(server, msg)
			}
			got, err := f.Exists(t.Context(), msg, fetch.WithGone(func(context.Context) (string, error) {
				t.Error("nothing may be uploaded again")
				return "", errors.New("no")
			}))
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.want, got)
			requests := server.Requests()
			require.Len(t, requests, test.asked)
			for _, request := range requests {
				require.Equal(t, http.MethodHead, request.Method)
				require.Equal(t, "auto", request.Query.Get("mode"))
				require.Equal(t, "image", request.Query.Get("mms-type"))
			}
		})
	}
}

func TestPublicHostIsAskedWithoutASession(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	there, err := f.Exists(t.Context(), msg)
	require.NoError(t, err)
	require.True(t, there)
	got, _, err := f.Bytes(t.Context(), msg)
	require.NoError(t, err)
	require.Equal(t, "a picture", string(got))
	requests := server.Requests()
	require.Len(t, requests, 2)
	for _, request := range requests {
		require.Equal(t, cdn.PublicHost, request.Host)
		require.False(t, request.Query.Has("auth"))
	}
	require.Zero(t, server.MediaConnQueries())
}

// hosts is a source of one connection with these hosts.
type hosts []string

func (h hosts) Conn(context.Context, *cdn.Conn) (*cdn.Conn, error) {
	conn := new(cdn.Conn)
	for _, name := range h {
		conn.Hosts = append(conn.Hosts, cdn.Host{Name: name})
	}
	return conn, nil
}

func forget(status int) func(*wamediaxtest.Server, *waE2E.ImageMessage) {
	return func(s *wamediaxtest.Server, msg *waE2E.ImageMessage) { s.Forget(msg.GetDirectPath(), status) }
}

var expiry = regexp.MustCompile(`&oe=[0-9A-F]+`)

// expire replaces the expiry of the message's path with a time in 2024.
func expire(msg *waE2E.ImageMessage) {
	msg.DirectPath = new(expiry.ReplaceAllString(msg.GetDirectPath(), "&oe=6753222A"))
}
