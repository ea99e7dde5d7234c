package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestWhateverItsSizeAMediaFileComesBackAsItWas(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		for _, size := range []int{0, 1, 15, 16, 17, 64*kibi - 17, 64*kibi - 16, 64 * kibi, 64*kibi + 1, 3*mebi + 7} {
			data := content(size)
			for name, msg := range map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, data), "plain": s.postedPlain(t, data)} {
				var dst bytes.Buffer
				got, err := s.client.DownloadTo(t.Context(), &dst, msg)
				require.NoError(t, err, "%d bytes, %s", size, name)
				require.True(t, bytes.Equal(data, dst.Bytes()))
				object, _ := s.Object(msg.GetDirectPath())
				require.Equal(t, wamediax.Downloaded{Bytes: int64(size), BytesReceived: object.Size, DirectPath: msg.GetDirectPath()}, got)

				inMemory, _, err := s.client.DownloadBytes(t.Context(), msg)
				require.NoError(t, err)
				require.True(t, bytes.Equal(data, inMemory))
			}
		}
	})
}

func TestEveryKindOfMessageIsDownloaded(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	put := func(mediaType whatsmeow.MediaType, mmsType string) (path string, info streamenc.Info) {
		object, info, err := streamenc.EncryptBytes(data, mediaType)
		require.NoError(t, err)
		return s.Put(mmsType, object), info
	}
	for mmsType, msg := range map[string]whatsmeow.DownloadableMessage{
		"image": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaImage, "image")
			return &waE2E.ImageMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256}
		}(),
		"audio": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaAudio, "audio")
			return &waE2E.AudioMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256}
		}(),
		"document": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaDocument, "document")
			return &waE2E.DocumentMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256}
		}(),
		"sticker": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaImage, "image")
			return &types.StickerPackItem{DirectPath: path, MediaKey: info.MediaKey, EncFileHash: info.FileEncSHA256, FileHash: info.FileSHA256}
		}(),
		"sticker-pack": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaStickerPack, "sticker-pack")
			return &waE2E.StickerPackMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256}
		}(),
		"md-msg-hist": func() whatsmeow.DownloadableMessage {
			path, info := put(whatsmeow.MediaHistory, "md-msg-hist")
			return &waE2E.HistorySyncNotification{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256}
		}(),
	} {
		got, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err, mmsType)
		require.True(t, bytes.Equal(data, got))
	}
}

func TestRequestForMediaIsWhatsmeows(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	_, err = s.client.Client.Download(t.Context(), msg)
	require.NoError(t, err)
	requests := s.downloads()
	require.Len(t, requests, 2)
	ours, theirs := requests[0], requests[1]
	require.Equal(t, theirs.Path, ours.Path)
	require.Equal(t, theirs.Query, ours.Query)
	require.Equal(t, "identity", ours.Header.Get("Accept-Encoding"))
	theirs.Header.Set("Accept-Encoding", "identity")
	require.Equal(t, theirs.Header, ours.Header)
}

func TestThreeCutsCostNoByteTwice(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		const cuts = 3
		data := content(8 * mebi)
		msg := s.posted(t, data)
		s.inject("", downloads, cuts, wamediaxtest.HangUp(mebi+12345))
		var dst bytes.Buffer
		got, err := s.client.DownloadTo(t.Context(), &dst, msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, dst.Bytes()))
		object, _ := s.Object(msg.GetDirectPath())
		require.LessOrEqual(t, got.BytesReceived, object.Size)
		var sent int64
		requests := s.downloads()
		for _, request := range requests {
			sent += request.SentBytes
			require.Equal(t, requests[0].Host, request.Host, "a host that gives bytes is kept")
		}
		require.Len(t, requests, cuts+1)
		require.LessOrEqual(t, sent, object.Size+cuts*64*kibi)
	})
}

func TestHostThatSendsNoPartsIsReadFromTheBeginningAndNoByteIsWrittenTwice(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		data := content(mebi)
		messages := map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, data), "plain": s.postedPlain(t, data)}
		for name, effect := range map[string]wamediaxtest.Effect{
			"it ignores the range":                       wamediaxtest.IgnoreRange(),
			"it sends a range that begins too early":     wamediaxtest.WrongRange(),
			"it sends the part with status 200":          wamediaxtest.BareRange(),
			"it says that the range is not satisfiable":  wamediaxtest.Status(416),
			"it sends a part without saying which":       wamediaxtest.Answer(206, "part"),
			"it answers something else that is no media": wamediaxtest.Answer(200, "<html>"),
			"it refuses":   wamediaxtest.Status(400),
			"it redirects": wamediaxtest.Status(302),
		} {
			for variant, msg := range messages {
				s.inject("", downloads, 1, wamediaxtest.HangUp(mebi/2))
				s.inject("", downloads, 1, effect)
				var dst bytes.Buffer
				got, err := s.client.DownloadTo(t.Context(), &dst, msg)
				require.NoError(t, err, "%s, %s", name, variant)
				require.True(t, bytes.Equal(data, dst.Bytes()))
				require.Equal(t, int64(len(data)), got.Bytes)
			}
		}
	})
}

func TestHostsThatNeverSendPartsAndCutAreAskedForTheWholeUntilItHolds(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	data := content(2 * mebi)
	msg := s.posted(t, data)
	s.inject("", downloads, 1, wamediaxtest.HangUp(mebi))
	s.inject(hostA, downloads, 1, wamediaxtest.Status(416))
	s.inject(hostA, downloads, 1, wamediaxtest.HangUp(mebi/2)) // before anything new
	s.inject(hostB, downloads, 1, wamediaxtest.IgnoreRange())
	var dst bytes.Buffer
	got, err := s.client.DownloadTo(t.Context(), &dst, msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, dst.Bytes()))
	requests := s.downloads()
	require.Len(t, requests, 4)
	require.Equal(t, []string{"", "bytes=1048576-", "", "bytes=1048576-"}, []string{
		requests[0].Header.Get("Range"), requests[1].Header.Get("Range"), requests[2].Header.Get("Range"), requests[3].Header.Get("Range"),
	})
	require.Equal(t, hostB, requests[3].Host)
	object, _ := s.Object(msg.GetDirectPath())
	require.Equal(t, object.Size+mebi+mebi/2, got.BytesReceived)
}

func TestStalledHostIsCutAndTheDownloadGoesOn(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		data := content(2 * mebi)
		msg := s.posted(t, data)
		s.inject("", downloads, 1, wamediaxtest.StopReading(mebi)) // in the middle
		s.inject("", downloads, 1, wamediaxtest.AnswerAfter(nil))
		s.inject("", downloads, 1, wamediaxtest.StopReading(0)) // before anything
		got, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	}, wamediax.WithStallTimeout(200*time.Millisecond))
}

func TestHostsThatOnlyStallAreUnreachable(t *testing.T) {
	s := newService(t, impatient, wamediax.WithStallTimeout(10*time.Millisecond))
	msg := s.posted(t, content(1000))
	s.inject("", downloads, -1, wamediaxtest.StopReading(0))
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.ErrorIs(t, err, cdn.ErrStalled)
	require.NotErrorIs(t, err, fetch.ErrExpired)
}

func TestSlowDestinationIsNoStall(t *testing.T) {
	const stall = time.Minute
	s := newService(t, wamediax.WithStallTimeout(stall))
	data := content(4 * mebi)
	msg := s.posted(t, data)
	_, _, err := s.client.DownloadBytes(t.Context(), msg) // now it has a connection: no socket may be in a bubble
	require.NoError(t, err)
	s.client.SetMediaHTTPClient(&http.Client{Transport: roundTrips(func(req *http.Request) (*http.Response, error) {
		answer := httptest.NewRecorder()
		arriving := req.Clone(req.Context())
		arriving.Host, arriving.Body = req.URL.Host, http.NoBody
		s.ServeHTTP(answer, arriving)
		resp := answer.Result()
		media := resp.Body
		resp.Body = io.NopCloser(reads(func(p []byte) (int, error) {
			if err := req.Context().Err(); err != nil {
				return 0, err // as of a socket
			}
			return media.Read(p)
		}))
		return resp, nil
	})})
	synctest.Test(t, func(t *testing.T) {
		var dst bytes.Buffer
		slow := writes(func(p []byte) (int, error) {
			time.Sleep(2 * stall)
			return dst.Write(p)
		})
		_, err := s.client.DownloadTo(t.Context(), slow, msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, dst.Bytes()))
	})
	require.Len(t, s.downloads(), 2, "it was cut")
}

type writes func(p []byte) (int, error)

func (w writes) Write(p []byte) (int, error) { return w(p) }

func TestTroubleOfOneHostIsTakenToTheNext(t *testing.T) {
	for name, effect := range map[string]wamediaxtest.Effect{
		"500": wamediaxtest.Status(500), "503": wamediaxtest.Status(503), "429": wamediaxtest.Status(429),
		"408": wamediaxtest.Status(408), "400": wamediaxtest.Status(400), "301": wamediaxtest.Status(301),
		"204": wamediaxtest.Status(204), "a cut": wamediaxtest.HangUp(0),
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.speak(t, 2)
			msg := s.posted(t, content(1000))
			s.inject(hostA, downloads, -1, effect)
			_, _, err := s.client.DownloadBytes(t.Context(), msg)
			require.NoError(t, err)
			requests := s.downloads()
			require.Equal(t, hostB, requests[len(requests)-1].Host)
		})
	}
}

func TestHostsAreTriedInOrderWithTheirSecondNamesAndTheFallbackHostsLast(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{
		{Name: "last.test", Fallback: true, FallbackName: "very-last.test"},
		{Name: "first.test", FallbackName: "third.test"},
		{Name: "images.test", Download: []string{"image"}},
		{Name: "second.test", Download: []string{"image", "video"}},
	}})
	msg := s.posted(t, content(1000))
	s.inject("", downloads, 4, wamediaxtest.Status(400))
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	var hosts []string
	for _, request := range s.downloads() {
		hosts = append(hosts, request.Host)
	}
	require.Equal(t, []string{"first.test", "second.test", "third.test", "last.test", "very-last.test"}, hosts)
}

func TestHostsAreNotFilteredDownToNone(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: hostA, Download: []string{"image"}}}})
	_, _, err := s.client.DownloadBytes(t.Context(), s.posted(t, content(1000)))
	require.NoError(t, err)

	s = newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{}})
	_, _, err = s.client.DownloadBytes(t.Context(), s.posted(t, content(1000)))
	require.ErrorIs(t, err, cdn.ErrNoHosts)
}

func TestRetryAfterIsKeptForTheHostThatSentIt(t *testing.T) {
	s := newService(t, impatient)
	s.twoHosts()
	data := content(1000)
	msg := s.posted(t, data)
	s.inject(hostA, downloads, 1, wamediaxtest.StatusRetryAfter(503, "20"))
	got, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err, "another host was healthy")
	require.Equal(t, data, got)

	s.inject("", downloads, 2, wamediaxtest.StatusRetryAfter(503, "1"))
	_, _, err = s.client.DownloadBytes(t.Context(), msg)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.Len(t, s.downloads(), 4, "each host was asked once")
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 503, status.StatusCode)
	require.Equal(t, hostA, status.Host)
	s.requireNoKeys(t, err, msg)
}

func TestDownloadGivesUpWithoutProgressAndSaysWhatEachHostSaid(t *testing.T) {
	s := newService(t, shortPauses, fewAttempts)
	s.twoHosts()
	msg := s.posted(t, content(1000))
	s.inject(hostA, downloads, -1, wamediaxtest.Status(500))
	s.inject(hostB, downloads, -1, wamediaxtest.HangUp(0))
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.ErrorContains(t, err, hostA+": status 500")
	require.ErrorContains(t, err, hostB+": ")
	require.Greater(t, len(s.downloads()), 2)
	s.requireNoKeys(t, err, msg)
}

func TestAsLongAsBytesMoveItDoesNotGiveUp(t *testing.T) {
	s := newService(t, wamediax.WithMaxElapsed(0))
	data := content(mebi)
	msg := s.posted(t, data)
	s.inject("", downloads, 50, wamediaxtest.HangUp(20*kibi))
	got, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.Len(t, s.downloads(), 51)
}

func TestRefusedTokenIsRefreshedOnceAndThenTheMediaHasExpired(t *testing.T) {
	for _, status := range []int{401, 403} {
		s := newService(t)
		msg := s.posted(t, content(1000))
		s.inject("", downloads, 1, wamediaxtest.Status(status))
		_, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
		require.Equal(t, 2, s.MediaConnQueries())

		s.inject("", downloads, -1, wamediaxtest.Status(status))
		_, _, err = s.client.DownloadBytes(t.Context(), msg)
		var expired *fetch.ExpiredError
		require.ErrorAs(t, err, &expired)
		require.Equal(t, status, expired.StatusCode)
		require.Equal(t, msg.GetDirectPath(), expired.DirectPath)
		require.False(t, expired.Asked)
		require.NoError(t, expired.Err)
		require.Contains(t, err.Error(), hostA)
		require.Contains(t, err.Error(), hostB)
		require.Equal(t, 3, s.MediaConnQueries())
	}
}

func TestRefusalOfAnExpiredURLIsNoRefusedToken(t *testing.T) {
	for name, row := range map[string]struct {
		answer    wamediaxtest.Effect
		expiredBy time.Duration
		queries   int // of media connections
	}{
		"the host says so":                          {wamediaxtest.Answer(403, "URL signature expired"), -time.Hour, 1},
		"the host says so, in other letters":        {wamediaxtest.Answer(403, "<b>url Signature EXPIRED</b>"), -time.Hour, 1},
		"the URL says so":                           {wamediaxtest.Status(403), time.Minute, 1},
		"neither says so":                           {wamediaxtest.Status(403), -time.Hour, 2},
		"the URL says so, but it is another status": {wamediaxtest.Status(401), time.Minute, 2},
		"the host says so, too late in a long text": {wamediaxtest.Answer(403, strings.Repeat(" ", 20*kibi)+"URL signature expired"), -time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			msg := s.posted(t, content(1000))
			msg.DirectPath = new(expiring(msg.GetDirectPath(), row.expiredBy))
			s.inject("", downloads, -1, row.answer)
			_, _, err := s.client.DownloadBytes(t.Context(), msg)
			require.ErrorIs(t, err, fetch.ErrExpired)
			require.Equal(t, row.queries, s.MediaConnQueries())
		})
	}
}

func TestExpiredMediaIsTheErrorThatBotsOfWhatsmeowKnow(t *testing.T) {
	for status, known := range map[int]error{
		403: whatsmeow.ErrMediaDownloadFailedWith403,
		404: whatsmeow.ErrMediaDownloadFailedWith404,
		410: whatsmeow.ErrMediaDownloadFailedWith410,
	} {
		s := newService(t)
		msg := s.posted(t, content(1000))
		s.Forget(msg.GetDirectPath(), status)
		_, err := s.client.DownloadTo(t.Context(), io.Discard, msg)
		require.ErrorIs(t, err, known)
		require.ErrorIs(t, err, fetch.ErrExpired)
		require.NotErrorIs(t, err, cdn.ErrUnreachable)
		require.NotErrorIs(t, err, wamediax.ErrGone)
		require.NotErrorIs(t, err, wamediax.ErrPhoneSilent)
		for other, unlike := range map[int]error{403: whatsmeow.ErrMediaDownloadFailedWith403, 404: whatsmeow.ErrMediaDownloadFailedWith404} {
			if other != status {
				require.NotErrorIs(t, err, unlike)
			}
		}
		s.requireNoKeys(t, err, msg)
	}
}

func TestMessagesThatCannotBeDownloaded(t *testing.T) {
	s := newService(t)
	good := s.posted(t, content(1000))
	for name, row := range map[string]struct {
		msg  whatsmeow.DownloadableMessage
		want error
		text string
	}{
		"no message":                                   {nil, whatsmeow.ErrUnknownMediaType, ""},
		"a message of unknown type":                    {unknownMessage{good}, whatsmeow.ErrUnknownMediaType, "unknownMessage"},
		"a nil message":                                {(*waE2E.VideoMessage)(nil), whatsmeow.ErrNoURLPresent, ""},
		"no path":                                      {&waE2E.VideoMessage{MediaKey: good.MediaKey}, whatsmeow.ErrNoURLPresent, ""},
		"a path without a slash":                       {with(good, func(m *waE2E.VideoMessage) { m.DirectPath = new("v/x?y") }), nil, "does not begin with a slash"},
		"a path that is no path":                       {with(good, func(m *waE2E.VideoMessage) { m.DirectPath = new("/v/\x00?y") }), nil, "does not form a valid URL"},
		"a media key of another size":                  {with(good, func(m *waE2E.VideoMessage) { m.MediaKey = m.MediaKey[1:] }), streamenc.ErrKeySize, ""},
		"no hash and not encrypted":                    {with(good, func(m *waE2E.VideoMessage) { m.MediaKey, m.FileSHA256 = nil, nil }), nil, "nor a fileSHA256"},
		"a longer file than is allowed":                {with(good, func(m *waE2E.VideoMessage) { m.FileLength = new(uint64(1 << 40)) }), cdn.ErrTooLarge, ""},
		"another media key":                            {with(good, func(m *waE2E.VideoMessage) { m.MediaKey = key32 }), streamenc.ErrInvalidMAC, ""},
		"another hash of the object":                   {with(good, func(m *waE2E.VideoMessage) { m.FileEncSHA256 = key32 }), streamenc.ErrHashMismatch, ""},
		"another hash of the file":                     {with(good, func(m *waE2E.VideoMessage) { m.FileSHA256 = key32 }), streamenc.ErrHashMismatch, ""},
		"a hash of the wrong size":                     {with(good, func(m *waE2E.VideoMessage) { m.FileSHA256 = key32[:5] }), streamenc.ErrHashMismatch, ""},
		"a key stripped, as if it was of a newsletter": {with(good, func(m *waE2E.VideoMessage) { m.MediaKey = nil; m.FileLength = nil }), streamenc.ErrHashMismatch, ""},
	} {
		t.Run(name, func(t *testing.T) {
			data, _, err := s.client.DownloadBytes(t.Context(), row.msg)
			require.Error(t, err)
			require.Nil(t, data)
			if row.want != nil {
				require.ErrorIs(t, err, row.want)
			}
			require.ErrorContains(t, err, row.text)
			s.requireNoKeys(t, err, good)
			dir := t.TempDir()
			_, err = s.client.DownloadFile(t.Context(), dir+"/file", row.msg, wamediax.WithLimit(1<<30))
			require.Error(t, err)
			requireEmpty(t, dir)
		})
	}
	var none *wamediax.Client
	_, _, err := none.DownloadBytes(t.Context(), good)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
	_, err = wamediax.Wrap(nil).OpenMedia(t.Context(), good)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
}

type unknownMessage struct{ whatsmeow.DownloadableMessage }

// with is a copy of msg that was changed.
func with(msg *waE2E.VideoMessage, change func(*waE2E.VideoMessage)) *waE2E.VideoMessage {
	changed := &waE2E.VideoMessage{
		DirectPath: msg.DirectPath, MediaKey: msg.MediaKey, FileSHA256: msg.FileSHA256, FileEncSHA256: msg.FileEncSHA256,
		FileLength: msg.FileLength, StreamingSidecar: msg.StreamingSidecar,
	}
	change(changed)
	return changed
}

func requireEmpty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestObjectLargerThanTheMessageSaysIsRefused(t *testing.T) {
	s := newService(t)
	for name, msg := range map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, content(mebi)), "plain": s.postedPlain(t, content(mebi))} {
		msg := with(msg, func(m *waE2E.VideoMessage) { m.FileLength = new(uint64(mebi - 17)) })
		_, err := s.client.DownloadTo(t.Context(), io.Discard, msg)
		require.ErrorIs(t, err, cdn.ErrTooLarge, name)
		require.NotErrorIs(t, err, cdn.ErrUnreachable)
	}
	msg := with(s.posted(t, content(mebi)), func(m *waE2E.VideoMessage) { m.FileLength = nil })
	_, err := s.client.DownloadTo(t.Context(), io.Discard, msg, wamediax.WithLimit(mebi-17))
	require.ErrorIs(t, err, cdn.ErrTooLarge)
	_, err = s.client.DownloadTo(t.Context(), io.Discard, msg, wamediax.WithLimit(mebi))
	require.NoError(t, err)
}

func TestLimitHoldsToTheByteAlsoWithinThePadding(t *testing.T) {
	s := newService(t)
	msg := with(s.posted(t, content(1000)), func(m *waE2E.VideoMessage) { m.FileLength = nil })
	_, _, err := s.client.DownloadBytes(t.Context(), msg, wamediax.WithLimit(999))
	require.ErrorIs(t, err, cdn.ErrTooLarge)
	_, _, err = s.client.DownloadBytes(t.Context(), msg, wamediax.WithLimit(1000))
	require.NoError(t, err)
}

func TestObjectShorterThanTheMessageSaysIsGoodIfTheHashesHold(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := with(s.posted(t, data), func(m *waE2E.VideoMessage) { m.FileLength = new(uint64(2 * mebi)) })
	s.inject("", downloads, 1, wamediaxtest.HangUp(mebi/2))
	got, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestObjectWithoutEndIsCutAtWhatTheMessageAllows(t *testing.T) {
	s := newService(t, shortPauses)
	const size = 256 * kibi
	for name, msg := range map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, content(size)), "plain": s.postedPlain(t, content(size))} {
		var read int64
		s.client.SetMediaHTTPClient(&http.Client{Transport: roundTrips(func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200, Request: req, ContentLength: -1,
				Body: io.NopCloser(reads(func(p []byte) (int, error) {
					clear(p)
					read += int64(len(p))
					return len(p), nil
				})),
			}, nil
		})})
		s.twoHosts()
		got, err := s.client.DownloadTo(t.Context(), io.Discard, msg)
		require.ErrorIs(t, err, cdn.ErrTooLarge, name)
		require.LessOrEqual(t, got.Bytes, int64(size))
		require.LessOrEqual(t, read, int64(5*size))

		_, _, err = s.client.DownloadBytes(t.Context(), with(msg, func(m *waE2E.VideoMessage) { m.FileLength = nil }), wamediax.WithLimit(2*size))
		require.ErrorIs(t, err, cdn.ErrTooLarge)
	}
}

type reads func(p []byte) (int, error)

func (r reads) Read(p []byte) (int, error) { return r(p) }

func TestObjectWhoseSizeNoHostSaysIsReadToItsEnd(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	for _, msg := range []*waE2E.VideoMessage{s.posted(t, data), s.postedPlain(t, data)} {
		object, _ := s.Object(msg.GetDirectPath())
		s.client.SetMediaHTTPClient(&http.Client{Transport: roundTrips(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Request: req, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(object.Data))}, nil
		})})
		got, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	msg := s.posted(t, content(1000))
	var asked []string
	s.client.SetMediaHTTPClient(&http.Client{Transport: roundTrips(func(req *http.Request) (*http.Response, error) {
		asked = append(asked, req.URL.Host)
		return &http.Response{
			StatusCode: 302, Request: req, Header: http.Header{"Location": {"https://elsewhere.test/"}}, Body: http.NoBody,
		}, nil
	})})
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.ErrorContains(t, err, "status 302")
	require.Equal(t, []string{hostA, hostB}, asked)
}

func TestTamperedMediaIsFetchedFromAnotherHostWhereNothingWasHandedOutYet(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	for _, msg := range []*waE2E.VideoMessage{s.posted(t, data), s.postedPlain(t, data)} {
		s.ClearFaults()
		s.inject(hostA, downloads, -1, wamediaxtest.Tamper(500_000))
		got, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))

		path := t.TempDir() + "/file"
		_, err = s.client.DownloadFile(t.Context(), path, msg)
		require.NoError(t, err)
		requireFile(t, path, data)
	}
}

func TestTamperedMediaOfAllHostsIsAnError(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	for name, row := range map[string]struct {
		msg  *waE2E.VideoMessage
		want error
	}{
		"encrypted": {s.posted(t, data), streamenc.ErrInvalidMAC},
		"plain":     {s.postedPlain(t, data), streamenc.ErrHashMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			s.ClearFaults()
			s.inject("", downloads, -1, wamediaxtest.Tamper(500_000))
			got, err := s.client.DownloadTo(t.Context(), io.Discard, row.msg)
			require.ErrorIs(t, err, row.want)
			require.Less(t, got.Bytes, int64(len(data))+1)
			_, _, err = s.client.DownloadBytes(t.Context(), row.msg)
			require.ErrorIs(t, err, row.want)
			dir := t.TempDir()
			_, err = s.client.DownloadFile(t.Context(), dir+"/file", row.msg)
			require.ErrorIs(t, err, row.want)
			requireEmpty(t, dir)
			s.requireNoKeys(t, err, row.msg)
		})
	}
}

func TestDestinationThatFailsEndsTheDownload(t *testing.T) {
	s := newService(t)
	for name, msg := range map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, content(2*mebi)), "plain": s.postedPlain(t, content(2*mebi))} {
		t.Run(name, func(t *testing.T) {
			written := 0
			failing := writes(func(p []byte) (int, error) {
				if written += len(p); written > mebi {
					return 1, errDisk
				}
				return len(p), nil
			})
			got, err := s.client.DownloadTo(t.Context(), failing, msg)
			require.ErrorIs(t, err, errDisk)
			require.NotErrorIs(t, err, cdn.ErrUnreachable)
			require.Positive(t, got.Bytes)
			require.LessOrEqual(t, got.Bytes, int64(mebi+1))

			short := writes(func(p []byte) (int, error) { return len(p) / 2, nil })
			_, err = s.client.DownloadTo(t.Context(), short, msg)
			require.ErrorIs(t, err, io.ErrShortWrite)
		})
	}
}

func TestCancelledDownloadEndsAtOnceWithTheCause(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		msg := s.posted(t, content(2*mebi))
		for name, effect := range map[string]wamediaxtest.Effect{"in the middle": wamediaxtest.StopReading(mebi), "before the answer": wamediaxtest.AnswerAfter(make(chan struct{}))} {
			ctx, cancel := context.WithCancelCause(t.Context())
			s.inject("", downloads, 1, effect)
			var waiting sync.WaitGroup
			waiting.Go(func() {
				s.waitHeld(ctx)
				cancel(errDisk)
			})
			dir := t.TempDir()
			_, err := s.client.DownloadFile(ctx, dir+"/file", msg)
			cancel(nil)
			waiting.Wait()
			require.ErrorIs(t, err, errDisk, name)
			require.ErrorIs(t, err, context.Canceled)
			requireEmpty(t, dir)
		}
	})
	s := newService(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.client.DownloadBytes(ctx, s.posted(t, content(1000)))
	require.ErrorIs(t, err, context.Canceled)
}

func TestCancelledPauseEndsAtOnce(t *testing.T) {
	s := newService(t, wamediax.WithMaxElapsed(time.Hour))
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: hostA}}})
	msg := s.posted(t, content(1000))
	s.inject("", downloads, -1, wamediaxtest.StatusRetryAfter(503, "50"))
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_ = s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool { return len(requests) > 0 && requests[0].Done })
		cancel()
	})
	_, _, err := s.client.DownloadBytes(ctx, msg)
	waiting.Wait()
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.Requests(), 1)
}

func TestHostsWithDifferentObjectsAreNotMixed(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	data := content(2 * mebi)
	msg := s.posted(t, data)
	s.inject(hostA, downloads, 1, wamediaxtest.HangUp(mebi))
	s.inject(hostA, downloads, 1, wamediaxtest.Status(500))
	s.inject(hostB, downloads, 1, wamediaxtest.Answer(200, strings.Repeat("x", 1000)))
	var dst bytes.Buffer
	_, err := s.client.DownloadTo(t.Context(), &dst, msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, dst.Bytes()))
}

func TestDownloadReportsProgress(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(4*mebi))
	object, _ := s.Object(msg.GetDirectPath())
	s.inject("", downloads, 1, wamediaxtest.HangUp(2*mebi))
	var reports []wamediax.Progress
	_, err := s.client.DownloadTo(t.Context(), io.Discard, msg, wamediax.WithProgress(func(p wamediax.Progress) { reports = append(reports, p) }))
	require.NoError(t, err)
	require.Equal(t, wamediax.Progress{Stage: wamediax.Downloading, Host: hostA, Attempt: 1}, reports[0])
	require.Equal(t, wamediax.Progress{
		Stage: wamediax.Downloading, Host: hostA, Attempt: 2, Resumed: true, Done: object.Size, Total: object.Size,
	}, reports[len(reports)-1])
	for i := 1; i < len(reports); i++ {
		require.GreaterOrEqual(t, reports[i].Done, reports[i-1].Done)
	}
}

func TestDownloadsFollowTheProxyThatIsSet(t *testing.T) {
	s := newService(t, shortPauses, impatient)
	msg := s.posted(t, content(1000))
	proxied := errors.New("the proxy was asked")
	s.client.SetProxy(func(*http.Request) (*url.URL, error) { return nil, proxied }, whatsmeow.SetProxyOptions{NoWebsocket: true})
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.ErrorIs(t, err, proxied)
	s.requireNoKeys(t, err, msg)
}

func TestWhatIsLoggedOfADownloadHoldsNoSecrets(t *testing.T) {
	log := new(logged)
	s := newService(t)
	s.client.Log = log
	msg := s.posted(t, content(mebi))
	s.inject("", downloads, 1, wamediaxtest.HangUp(mebi/2))
	s.inject("", downloads, 1, wamediaxtest.Status(503))
	_, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	require.Contains(t, log.text(), "attempt 2 at byte 524288")
	s.requireNoKeys(t, errors.New(log.text()), msg)
}

func TestManyDownloadsAtOnce(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	s.inject("", downloads, 20, wamediaxtest.HangUp(300*kibi))
	var all sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		all.Go(func() {
			got, _, err := s.client.DownloadBytes(t.Context(), msg)
			if err == nil && !bytes.Equal(data, got) {
				err = fmt.Errorf("download %d gave other bytes", i)
			}
			errs[i] = err
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 1, s.MediaConnQueries())
}
