package wamediax

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func iq(attrs waBinary.Attrs, children ...waBinary.Node) *waBinary.Node {
	return &waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "media_conn", Attrs: attrs, Content: children}}}
}

func host(name string, attrs waBinary.Attrs, children ...waBinary.Node) waBinary.Node {
	all := waBinary.Attrs{"hostname": name}
	for key, value := range attrs {
		all[key] = value
	}
	return waBinary.Node{Tag: "host", Attrs: all, Content: children}
}

func TestMediaConnIsReadWhole(t *testing.T) {
	now := time.Now()
	conn, err := parseMediaConn(iq(waBinary.Attrs{"auth": "secret", "ttl": "300", "auth_ttl": "21600", "max_buckets": "12"},
		host("a.test", nil, waBinary.Node{Tag: "upload", Content: []waBinary.Node{{Tag: "image"}, {Tag: "video"}}}, waBinary.Node{Tag: "download"}),
		host("b.test:8443", waBinary.Attrs{"type": "primary", "fallback_hostname": "b2.test"}, waBinary.Node{Tag: "upload"}),
		host("c.test", waBinary.Attrs{"type": "fallback", "fallback_hostname": "no host/name"}),
		host("user@d.test", nil), host("d.test/path", nil), host("", nil), host("d.test?x", nil), host("d.test#x", nil), host("d test", nil),
		waBinary.Node{Tag: "something"},
	), now)
	require.NoError(t, err)
	require.Equal(t, &mediaConn{auth: "secret", fetched: now, expires: now.Add(300 * time.Second), hosts: []mediaHost{
		{Host: cdn.Host{Name: "a.test"}, upload: []string{"image", "video"}},
		{Host: cdn.Host{Name: "b.test:8443", FallbackName: "b2.test"}},
		{Host: cdn.Host{Name: "c.test", Fallback: true}},
	}}, conn)
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
		{waBinary.Attrs{}, defaultConnLife},
		{waBinary.Attrs{"ttl": "0", "auth_ttl": "-5"}, defaultConnLife},
		{waBinary.Attrs{"ttl": "soon"}, defaultConnLife},
		{waBinary.Attrs{"ttl": "9223372036854775807"}, maxConnLife},
	} {
		test.attrs["auth"] = "secret"
		conn, err := parseMediaConn(iq(test.attrs), now)
		require.NoError(t, err)
		require.Equal(t, test.life, conn.expires.Sub(now), "%v", test.attrs)
	}
}

func TestMediaConnWithoutTokenIsAnError(t *testing.T) {
	for _, node := range []*waBinary.Node{
		{Tag: "iq"}, iq(nil), iq(waBinary.Attrs{"auth": ""}), {Tag: "iq", Content: []byte("media_conn")},
	} {
		_, err := parseMediaConn(node, time.Now())
		require.ErrorContains(t, err, "failed to parse media_conn")
	}
}

func FuzzMediaConn(f *testing.F) {
	for _, node := range []*waBinary.Node{
		iq(waBinary.Attrs{"auth": "secret", "ttl": "300"}, host("a.test", nil, waBinary.Node{Tag: "upload", Content: []waBinary.Node{{Tag: "image"}}})),
		iq(waBinary.Attrs{"auth": "secret", "auth_ttl": "300"}, host("a.test", waBinary.Attrs{"type": "fallback", "fallback_hostname": "b.test"})),
		{Tag: "iq", Content: []byte("x")},
	} {
		data, err := waBinary.Marshal(*node)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[1:], "image")
	}
	f.Fuzz(func(t *testing.T, data []byte, mmsType string) {
		node, err := waBinary.Unmarshal(data)
		if err != nil {
			return
		}
		now := time.Now()
		conn, err := parseMediaConn(node, now)
		if err != nil {
			return
		}
		require.NotEmpty(t, conn.auth)
		require.True(t, conn.expires.After(now))
		require.LessOrEqual(t, conn.expires.Sub(now), maxConnLife)
		chosen := destination{mmsType: mmsType, lastFirst: len(mmsType)%2 == 0}.choose(conn.hosts)
		require.Equal(t, len(conn.hosts) == 0, len(chosen) == 0, "the filter left no host")
		for _, host := range chosen {
			require.True(t, isHostName(host.Name))
		}
	})
}

func TestHostsThatDoNotTakeTheTypeAreLeftOut(t *testing.T) {
	hosts := []mediaHost{
		{Host: cdn.Host{Name: "all"}},
		{Host: cdn.Host{Name: "images"}, upload: []string{"image"}},
		{Host: cdn.Host{Name: "videos"}, upload: []string{"video"}},
	}
	names := func(hosts []cdn.Host) (names []string) {
		for _, host := range hosts {
			names = append(names, host.Name)
		}
		return names
	}
	require.Equal(t, []string{"all", "images"}, names(destination{mmsType: "image"}.choose(hosts)))
	require.Equal(t, []string{"images", "videos"}, names(destination{mmsType: "audio"}.choose(hosts[1:])), "never down to no host")
	hosts[2].Fallback = true
	last := destination{mmsType: "video", lastFirst: true}.choose(hosts)
	require.Equal(t, []string{"videos", "all"}, names(last))
	require.False(t, last[0].Fallback, "it would be tried last")
}

func TestDestinations(t *testing.T) {
	for _, test := range []struct {
		mediaType             whatsmeow.MediaType
		newsletter, messenger bool
		path, mmsType         string
		encrypted             bool
	}{
		{whatsmeow.MediaImage, false, false, "/mms/image", "image", true},
		{whatsmeow.MediaVideo, false, false, "/mms/video", "video", true},
		{whatsmeow.MediaAudio, false, false, "/mms/audio", "audio", true},
		{whatsmeow.MediaDocument, false, false, "/mms/document", "document", true},
		{whatsmeow.MediaHistory, false, false, "/mms/md-msg-hist", "md-msg-hist", true},
		{whatsmeow.MediaAppState, false, false, "/mms/md-app-state", "md-app-state", true},
		{whatsmeow.MediaStickerPack, false, false, "/mms/sticker-pack", "sticker-pack", true},
		{MediaStickerPackThumbnail, false, false, "/mms/thumbnail-sticker-pack", "thumbnail-sticker-pack", true},
		{whatsmeow.MediaLinkThumbnail, false, false, "/mms/thumbnail-link", "thumbnail-link", true},
		{MediaProductImage, false, false, "/product/image", "product-catalog-image", false},
		{MediaSticker, true, false, "/newsletter/newsletter-image", "newsletter-image", false},
		{whatsmeow.MediaAudio, false, true, "/wa-msgr/mms/ptt", "ptt", true},
		{whatsmeow.MediaAudio, true, true, "/newsletter/newsletter-ptt", "newsletter-ptt", false},
		{whatsmeow.MediaVideo, false, true, "/wa-msgr/mms/video", "video", true},
	} {
		dest, err := destinationOf(test.mediaType, test.newsletter, test.messenger)
		require.NoError(t, err)
		naming := resume.ByURL
		if test.mediaType == MediaProductImage && !test.newsletter {
			naming = resume.ByDirectPath
		}
		require.Equal(t, destination{test.path, test.mmsType, test.encrypted, naming, test.messenger}, dest)
	}
}

// connected is a client that is logged in to a service.
func connected(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return server, cli
}

func TestMediaConnIsAskedForAgainWhereTheServerWantsAPause(t *testing.T) {
	server, cli := connected(t)
	cache := newConnCache(cli)
	cache.firstPause = time.Millisecond
	server.SetMediaConn(wamediaxtest.MediaConn{Error: 507})
	_, err := cache.get(t.Context(), time.Time{})
	var refused *whatsmeow.IQError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 507, refused.Code)
	require.Equal(t, 4, server.MediaConnQueries())

	server.SetMediaConn(wamediaxtest.MediaConn{Error: 500})
	_, err = cache.get(t.Context(), time.Time{})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 5, server.MediaConnQueries(), "only 507 asks for a pause")

	server.SetMediaConn(wamediaxtest.MediaConn{})
	_, err = cache.get(t.Context(), time.Time{})
	require.NoError(t, err)
}

func TestQueryOfACallerWhoLeftIsTakenUpByTheNext(t *testing.T) {
	server, cli := connected(t)
	asked := make(chan struct{}, 2)
	server.SetMediaConn(wamediaxtest.MediaConn{Node: func() (none waBinary.Node) { asked <- struct{}{}; return none }})
	cache := newConnCache(cli)
	ctx, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var left, stayed error
	callers.Go(func() { _, left = cache.get(ctx, time.Time{}) })
	<-asked
	callers.Go(func() { _, stayed = cache.get(t.Context(), time.Time{}) })
	server.SetMediaConn(wamediaxtest.MediaConn{})
	leave()
	callers.Wait()
	require.ErrorIs(t, left, context.Canceled)
	require.NoError(t, stayed)
}

func TestSocketThatIsDownIsWaitedFor(t *testing.T) {
	server, cli := connected(t)
	server.DropConnections()
	_, err := newConnCache(cli).get(t.Context(), time.Time{})
	require.NoError(t, err)
}

func TestSocketThatBreaksUnderTheQueryIsWaitedFor(t *testing.T) {
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
	_, err := newConnCache(cli).get(t.Context(), time.Time{})
	require.NoError(t, err)
	<-dropped
	require.Equal(t, 2, server.MediaConnQueries())
}

func TestClientThatWillNotReconnectIsAnErrorAtOnce(t *testing.T) {
	_, cli := connected(t)
	cli.Disconnect()
	_, err := newConnCache(cli).get(t.Context(), time.Time{})
	require.ErrorIs(t, err, whatsmeow.ErrNotConnected)
}

func TestWaitingForTheSocketEndsWithTheContext(t *testing.T) {
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
	_, err := newConnCache(cli).get(ctx, time.Time{})
	require.ErrorIs(t, err, cause)
}
