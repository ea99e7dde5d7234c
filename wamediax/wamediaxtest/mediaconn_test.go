package wamediaxtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	patienceFor = 30 * time.Second
	pollEvery   = time.Millisecond
)

var mediaConnQuery = whatsmeow.DangerousInfoQuery{
	Namespace: "w:m", Type: "set", To: types.ServerJID, Content: []waBinary.Node{{Tag: "media_conn"}},
}

func askMediaConn(t testing.TB, cli *whatsmeow.Client) waBinary.Node {
	resp, err := internals(cli).SendIQ(patience(t), mediaConnQuery)
	require.NoError(t, err)
	require.Len(t, resp.GetChildren(), 1)
	require.Equal(t, "media_conn", resp.GetChildren()[0].Tag)
	return resp.GetChildren()[0]
}

func tags(node waBinary.Node) []string {
	found := []string{}
	for _, child := range node.GetChildren() {
		found = append(found, child.Tag)
	}
	return found
}

func TestMediaConnSaysEverything(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	conn := askMediaConn(t, cli)

	require.NotEmpty(t, conn.Attrs["auth"])
	require.Equal(t, "300", conn.Attrs["ttl"])
	require.Equal(t, "21600", conn.Attrs["auth_ttl"])
	require.Equal(t, "12", conn.Attrs["max_buckets"])
	hosts := conn.GetChildrenByTag("host")
	require.Len(t, hosts, 3)
	require.Equal(t, waBinary.Attrs{
		"hostname": "media-1.cdn.test", "type": "primary", "fallback_hostname": "media-1-fallback.cdn.test",
	}, hosts[0].Attrs)
	require.Equal(t, waBinary.Attrs{"hostname": "media-2.cdn.test", "type": "primary"}, hosts[1].Attrs)
	require.Equal(t, waBinary.Attrs{"hostname": "mmg.cdn.test", "type": "fallback"}, hosts[2].Attrs)
	require.Contains(t, tags(hosts[0].GetChildByTag("upload")), "document")
	require.Contains(t, tags(hosts[0].GetChildByTag("download")), "thumbnail-sticker-pack")
	require.Empty(t, hosts[2].GetChildren())
	require.Equal(t, 1, srv.MediaConnQueries())
}

func TestWhatsmeowUnderstandsMediaConn(t *testing.T) {
	t.Parallel()
	cli := newClient(t, newServer(t))
	conn, err := internals(cli).QueryMediaConn(patience(t))
	require.NoError(t, err)
	require.Equal(t, 300, conn.TTL)
	require.Equal(t, []whatsmeow.MediaConnHost{
		{Hostname: "media-1.cdn.test"}, {Hostname: "media-2.cdn.test"}, {Hostname: "mmg.cdn.test"},
	}, conn.Hosts)
}

func TestEveryMediaConnHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	seen := map[any]bool{}
	for range 5 {
		seen[askMediaConn(t, cli).Attrs["auth"]] = true
	}
	require.Len(t, seen, 5)
	require.Equal(t, 5, srv.MediaConnQueries())
}

func TestMediaConnIsWhatTheTestSays(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)

	srv.SetMediaConn(wamediaxtest.MediaConn{
		Hosts: []wamediaxtest.Host{
			{Name: "one.test", Upload: []string{"image"}, Download: []string{}},
			{Name: "two.test", Fallback: true, FallbackName: "three.test"},
		},
		TTL: 90 * time.Second, AuthTTL: 1500 * time.Millisecond, MaxBuckets: 3,
	})
	conn := askMediaConn(t, cli)
	require.Equal(t, "90", conn.Attrs["ttl"])
	require.Equal(t, "2", conn.Attrs["auth_ttl"])
	require.Equal(t, "3", conn.Attrs["max_buckets"])
	hosts := conn.GetChildren()
	require.Len(t, hosts, 2)
	require.Equal(t, []string{"upload", "download"}, tags(hosts[0]))
	require.Equal(t, []string{"image"}, tags(hosts[0].GetChildByTag("upload")))
	require.Empty(t, tags(hosts[0].GetChildByTag("download")))
	require.Equal(t, waBinary.Attrs{"hostname": "two.test", "type": "fallback", "fallback_hostname": "three.test"}, hosts[1].Attrs)

	srv.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{}})
	conn = askMediaConn(t, cli)
	require.Empty(t, conn.GetChildren())

	defaults := wamediaxtest.DefaultMediaConn()
	defaults.TTL = time.Second
	srv.SetMediaConn(defaults)
	conn = askMediaConn(t, cli)
	require.Equal(t, "1", conn.Attrs["ttl"])
	require.Len(t, conn.GetChildren(), 3)
}

func TestMediaConnCanFail(t *testing.T) {
	t.Parallel()
	srv := newServer(t, wamediaxtest.WithMediaConn(wamediaxtest.MediaConn{Error: 507}))
	cli := newClient(t, srv)
	_, err := internals(cli).QueryMediaConn(patience(t))
	var iqErr *whatsmeow.IQError
	require.ErrorAs(t, err, &iqErr)
	require.Equal(t, 507, iqErr.Code)
	require.Equal(t, 1, srv.MediaConnQueries())
}

func TestMediaConnCanBeMadeByTheTest(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	srv.SetMediaConn(wamediaxtest.MediaConn{Node: func() waBinary.Node {
		return waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "something_else"}}}
	}})
	_, err := internals(cli).QueryMediaConn(patience(t))
	require.ErrorContains(t, err, "unexpected child tag")

	srv.SetMediaConn(wamediaxtest.MediaConn{Node: func() waBinary.Node { return waBinary.Node{} }})
	query := mediaConnQuery
	query.Timeout = 50 * time.Millisecond
	_, err = internals(cli).SendIQ(patience(t), query)
	require.ErrorIs(t, err, whatsmeow.ErrIQTimedOut)
}

func TestMediaConnCanBeHeldBack(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	hold := make(chan struct{})
	srv.SetMediaConn(wamediaxtest.MediaConn{Hold: hold})
	answered := make(chan error, 1)
	go func() {
		_, err := internals(cli).QueryMediaConn(patience(t))
		answered <- err
	}()
	require.Eventually(t, func() bool { return srv.MediaConnQueries() == 1 }, patienceFor, pollEvery)

	// Other queries are not held up, and so the answer would have come by now.
	alive, _ := internals(cli).SendKeepAlive(patience(t))
	require.True(t, alive)
	require.Empty(t, answered)
	close(hold)
	require.NoError(t, next(t, answered))
}
