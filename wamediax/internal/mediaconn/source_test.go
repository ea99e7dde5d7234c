package mediaconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func answer(attrs waBinary.Attrs, children ...waBinary.Node) *waBinary.Node {
	return &waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "media_conn", Attrs: attrs, Content: children}}}
}

func host(name string, attrs waBinary.Attrs, children ...waBinary.Node) waBinary.Node {
	all := waBinary.Attrs{"hostname": name}
	for key, value := range attrs {
		all[key] = value
	}
	return waBinary.Node{Tag: "host", Attrs: all, Content: children}
}

func TestMediaConnIsParsedCompletely(t *testing.T) {
	now := time.Now()
	conn, err := parse(answer(waBinary.Attrs{"auth": "secret", "ttl": "300", "auth_ttl": "21600", "max_buckets": "12"},
		host("a.test", nil, waBinary.Node{Tag: "upload", Content: []waBinary.Node{{Tag: "image"}, {Tag: "video"}}}, waBinary.Node{Tag: "download"}),
		host("b.test:8443", waBinary.Attrs{"type": "primary", "fallback_hostname": "b2.test"}, waBinary.Node{Tag: "upload"}),
		host("c.test", waBinary.Attrs{"type": "fallback", "fallback_hostname": "no host/name"}),
		host("user@d.test", nil), host("d.test/path", nil), host("", nil), host("d.test?x", nil), host("d.test#x", nil), host("d test", nil), host(strings.Repeat("d", 300), nil),
		waBinary.Node{Tag: "something"},
	), now)
	require.NoError(t, err)
	require.Equal(t, &cdn.Conn{Auth: "secret", Fetched: now, Expires: now.Add(300 * time.Second), Hosts: []cdn.Host{
		{Name: "a.test", Upload: []string{"image", "video"}},
		{Name: "b.test:8443", FallbackName: "b2.test"},
		{Name: "c.test", Fallback: true},
	}}, conn)
}

func TestMediaConnKeepsALimitedNumberOfHosts(t *testing.T) {
	var hosts []waBinary.Node
	for i := range 10_000 {
		hosts = append(hosts, host(fmt.Sprintf("%d.test", i), nil))
	}
	conn, err := parse(answer(waBinary.Attrs{"auth": "secret"}, hosts...), time.Now())
	require.NoError(t, err)
	require.Len(t, conn.Hosts, maxHosts)
	require.Equal(t, "0.test", conn.Hosts[0].Name)
}

func TestMediaConnIsStaleAfterTheSmallerOfItsTimes(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		attrs waBinary.Attrs
		life  time.Duration
	}{
		{waBinary.Attrs{"ttl": "300", "auth_ttl": "60"}, time.Minute},
		{waBinary.Attrs{"ttl": "60", "auth_ttl": "300"}, time.Minute},
		{waBinary.Attrs{"ttl": "60"}, time.Minute},
		{waBinary.Attrs{"auth_ttl": "60"}, time.Minute},
		{waBinary.Attrs{}, defaultLife},
		{waBinary.Attrs{"ttl": "0", "auth_ttl": "-5"}, defaultLife},
		{waBinary.Attrs{"ttl": "soon"}, defaultLife},
		{waBinary.Attrs{"ttl": "9223372036854775807"}, maxLife},
	} {
		test.attrs["auth"] = "secret"
		conn, err := parse(answer(test.attrs), now)
		require.NoError(t, err)
		require.Equal(t, test.life, conn.Expires.Sub(now), "%v", test.attrs)
	}
}

func TestMediaConnWithoutTokenIsAnError(t *testing.T) {
	for _, node := range []*waBinary.Node{
		{Tag: "iq"}, answer(nil), answer(waBinary.Attrs{"auth": ""}), {Tag: "iq", Content: []byte("media_conn")},
	} {
		_, err := parse(node, time.Now())
		require.ErrorContains(t, err, "failed to parse media_conn")
	}
}

// unmarshalled returns a stanza as parsed by whatsmeow, or nil if it is invalid. whatsmeow's parser
// panics on some invalid ones; that is not what this fuzz target tests.
func unmarshalled(data []byte) (node *waBinary.Node) {
	defer func() {
		if recover() != nil {
			node = nil
		}
	}()
	node, err := waBinary.Unmarshal(data)
	if err != nil {
		return nil
	}
	return node
}

func FuzzMediaConn(f *testing.F) {
	for _, node := range []*waBinary.Node{
		answer(waBinary.Attrs{"auth": "secret", "ttl": "300"}, host("a.test", nil, waBinary.Node{Tag: "upload", Content: []waBinary.Node{{Tag: "image"}}})),
		answer(waBinary.Attrs{"auth": "secret", "auth_ttl": "300"}, host("a.test", waBinary.Attrs{"type": "fallback", "fallback_hostname": "b.test"})),
		{Tag: "iq", Content: []byte("x")},
	} {
		data, err := waBinary.Marshal(*node)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[1:], "image")
	}
	f.Fuzz(func(t *testing.T, data []byte, mmsType string) {
		node := unmarshalled(data)
		if node == nil {
			return
		}
		now := time.Now()
		conn, err := parse(node, now)
		if err != nil {
			return
		}
		require.NotEmpty(t, conn.Auth)
		require.True(t, conn.Expires.After(now))
		require.LessOrEqual(t, conn.Expires.Sub(now), maxLife)
		chosen := cdn.ForUpload(conn.Hosts, mmsType)
		require.Equal(t, len(conn.Hosts) == 0, len(chosen) == 0, "the filter left no host")
		for _, host := range chosen {
			require.True(t, isHostName(host.Name))
		}
	})
}

// connected returns a client that is logged in to a service.
func connected(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return server, cli
}

func TestQueryIsRepeatedAfterAPauseOn507(t *testing.T) {
	server, cli := connected(t)
	source := New(socketwait.New(cli))
	source.firstPause = time.Millisecond
	server.SetMediaConn(wamediaxtest.MediaConn{Error: 507})
	_, err := source.Conn(t.Context(), nil)
	var refused *whatsmeow.IQError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 507, refused.Code)
	require.Equal(t, 4, server.MediaConnQueries())

	server.SetMediaConn(wamediaxtest.MediaConn{Error: 500})
	_, err = source.Conn(t.Context(), nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 5, server.MediaConnQueries(), "only 507 asks for a pause")

	server.SetMediaConn(wamediaxtest.MediaConn{})
	_, err = source.Conn(t.Context(), nil)
	require.NoError(t, err)
}

func TestWaiterQueriesAgainIfTheFirstCallerLeaves(t *testing.T) {
	server, cli := connected(t)
	asked := make(chan struct{}, 2)
	server.SetMediaConn(wamediaxtest.MediaConn{Node: func() (none waBinary.Node) { asked <- struct{}{}; return none }})
	source := New(socketwait.New(cli))
	ctx, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var left, stayed error
	callers.Go(func() { _, left = source.Conn(ctx, nil) })
	<-asked
	callers.Go(func() { _, stayed = source.Conn(t.Context(), nil) })
	server.SetMediaConn(wamediaxtest.MediaConn{})
	leave()
	callers.Wait()
	require.ErrorIs(t, left, context.Canceled)
	require.NoError(t, stayed)
}

func TestQueryWaitsForASocketThatIsDown(t *testing.T) {
	server, cli := connected(t)
	server.DropConnections()
	_, err := New(socketwait.New(cli)).Conn(t.Context(), nil)
	require.NoError(t, err)
}

func TestQueryIsRepeatedAfterTheSocketBreaks(t *testing.T) {
	server, cli := connected(t)
	var once sync.Once
	dropped := make(chan struct{})
	server.SetMediaConn(wamediaxtest.MediaConn{Node: func() (none waBinary.Node) {
		once.Do(func() {
			server.SetMediaConn(wamediaxtest.MediaConn{})
			go func() { server.DropConnections(); close(dropped) }()
		})
		return none
	}})
	_, err := New(socketwait.New(cli)).Conn(t.Context(), nil)
	require.NoError(t, err)
	<-dropped
	require.Equal(t, 2, server.MediaConnQueries())
}

func TestQueryFailsAtOnceIfTheClientWillNotReconnect(t *testing.T) {
	_, cli := connected(t)
	cli.Disconnect()
	_, err := New(socketwait.New(cli)).Conn(t.Context(), nil)
	require.ErrorIs(t, err, whatsmeow.ErrNotConnected)
}

func TestWaitForTheSocketEndsWithTheContext(t *testing.T) {
	server, cli := connected(t)
	down := make(chan struct{})
	cli.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Disconnected); ok {
			close(down)
		}
	})
	server.RefuseConnections(true)
	server.DropConnections()
	<-down
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, err := New(socketwait.New(cli)).Conn(ctx, nil)
	require.ErrorIs(t, err, cause)
}
