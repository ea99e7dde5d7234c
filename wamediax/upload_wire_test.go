package wamediax_test

import (
	"bytes"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// The first host was away when most of the object went to the second one. After a restart the first
// is back.
func TestARestartBeginsWithTheHostThatHoldsThePart(t *testing.T) {
	s := newService(t)
	s.SharePartials(false)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "one.cdn.test"}, {Name: "two.cdn.test", Fallback: true}}})
	store := fileStore(t)
	file := fileOf(t, content(4_000_000))
	s.inject("one.cdn.test", uploads, 1, wamediaxtest.HangUp(100_000))
	s.inject("one.cdn.test", 0, -1, wamediaxtest.HangUp(0))
	s.inject("two.cdn.test", uploads, 1, wamediaxtest.HangUp(3_800_000))
	s.Inject("two.cdn.test", wamediaxtest.Fault{Skip: 1, Times: -1, Do: wamediaxtest.HangUp(0)}) // it answers the first probe
	_, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaDocument, shortPauses, fewAttempts)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	s.ClearFaults()
	before := len(s.Requests())
	up, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	require.Equal(t, "two.cdn.test", s.Requests()[before].Host)
	require.LessOrEqual(t, up.BytesSent, int64(200_000+100), "two.cdn.test holds 3.8 MB of it")
	require.True(t, up.Resumed)
}

func TestAHostThatIsGoneFromTheListIsForgotten(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "old.cdn.test"}}})
	store := fileStore(t)
	file := fileOf(t, content(400_000))
	s.breakOff(t, s.again(wamediax.WithResumeStore(store)), 200_000, file)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "new.cdn.test"}}})
	before := len(s.Requests())
	_, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	requests := s.Requests()[before:]
	require.Equal(t, "new.cdn.test", requests[len(requests)-1].Host)
}

func TestFreshMediaIsNotAskedFor(t *testing.T) {
	s := newService(t)
	store := fileStore(t)
	file := fileOf(t, content(100_000))
	upload := func(opts ...wamediax.UploadOption) *wamediax.Uploaded {
		t.Helper()
		up, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(t.Context(), file, whatsmeow.MediaVideo, opts...)
		require.NoError(t, err)
		return up
	}
	requests := func() int { return len(s.Requests()) }

	sent := upload(wamediax.WithFreshFor(time.Hour))
	require.Equal(t, 1, requests(), "nothing is known of it yet")
	fresh := upload(wamediax.WithFreshFor(time.Hour))
	require.Equal(t, 1, requests())
	require.Zero(t, fresh.BytesSent)
	require.True(t, fresh.Resumed)
	sent.BytesSent, sent.Resumed, sent.MediaKeyTimestamp = 0, true, sent.MediaKeyTimestamp.UTC()
	require.Equal(t, sent, fresh)

	upload()
	require.Equal(t, 2, requests(), "without the option a host is asked")
	upload(wamediax.WithFreshFor(time.Nanosecond))
	require.Equal(t, 3, requests(), "the confirmation is too old")

	byDefault := s.again(wamediax.WithResumeStore(store), wamediax.WithFreshFor(time.Hour))
	_, err := byDefault.UploadMedia(t.Context(), file, whatsmeow.MediaVideo)
	require.NoError(t, err)
	require.Equal(t, 3, requests())

	require.NoError(t, os.WriteFile(file.Name(), content(100_001), 0o600))
	changed := upload(wamediax.WithFreshFor(time.Hour))
	require.Equal(t, 4, requests(), "it is another file now")
	require.NotEqual(t, sent.FileSHA256, changed.FileSHA256)
}

func TestAStreamIsFreshIfItsContentIs(t *testing.T) {
	s := newService(t, wamediax.WithResumeStore(fileStore(t)), wamediax.WithFreshFor(time.Hour))
	for i, data := range [][]byte{content(1000), content(1000), content(1001)} {
		up, err := s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaDocument, wamediax.WithResumeID("daily report"))
		require.NoError(t, err)
		require.Equal(t, []int64{1008 + 10, 0, 1008 + 10}[i], up.BytesSent)
	}
	requireNoTempFiles(t)
}

func TestFinerPathsAreTriedOnceIfHostsDoNotKnowThem(t *testing.T) {
	for name, test := range map[string]struct {
		dialect wamediaxtest.Dialect
		paths   []string
	}{
		"hosts that know them":       {wamediaxtest.WebDialect, []string{"/mms/sticker/", "/mms/sticker/"}},
		"hosts that do not know any": {wamediaxtest.CoarseDialect, []string{"/mms/sticker/", "/mms/image/", "/mms/image/"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, wamediax.WithFinerPaths())
			s.SetDialect(test.dialect)
			for i := range 2 {
				data := content(1000 + i)
				up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), wamediax.MediaSticker, wamediax.As(wamediax.KindSticker))
				require.NoError(t, err)
				got, _, err := s.client.DownloadBytes(t.Context(), up.StickerMessage())
				require.NoError(t, err)
				require.Equal(t, data, got)
			}
			var paths []string
			for _, request := range s.Requests() {
				if request.Kind == uploads {
					paths = append(paths, request.Path[:len(request.Path)-43])
				}
			}
			require.Equal(t, test.paths, paths)
		})
	}
}

func TestAKindAloneChangesNoPath(t *testing.T) {
	s := newService(t)
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaAudio, wamediax.As(wamediax.KindPTT))
	require.NoError(t, err)
	require.Contains(t, s.Requests()[0].Path, "/mms/audio/")
}

func TestPiecesAreASettingOfUploads(t *testing.T) {
	s := newService(t, wamediax.WithPieces(100_000))
	s.LimitRequests(100_000, http.StatusRequestEntityTooLarge)
	data := content(250_000)
	up, err := s.client.UploadMedia(t.Context(), fileOf(t, data), whatsmeow.MediaDocument)
	require.NoError(t, err)
	got, _, err := s.client.DownloadBytes(t.Context(), up.DocumentMessage())
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestMediaUnderTheCallersKeyIsFoundWhateverItsSize(t *testing.T) {
	s := newService(t)
	key := content(32)
	for _, sent := range []int64{1008 + 10, 0} {
		up, err := s.client.UploadMedia(t.Context(), stream(content(1000)), whatsmeow.MediaImage, wamediax.WithMediaKey(key))
		require.NoError(t, err)
		require.Equal(t, sent, up.BytesSent)
	}
}
