package wamediax_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// opened opens msg and closes it when the test ends.
func (s *service) opened(t testing.TB, msg *waE2E.VideoMessage, opts ...wamediax.DownloadOption) *wamediax.Media {
	t.Helper()
	media, err := s.client.OpenMedia(t.Context(), msg, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, media.Close()) })
	return media
}

// variants are messages about data with all that OpenMedia distinguishes.
func (s *service) variants(t testing.TB, data []byte) map[string]*waE2E.VideoMessage {
	whole := s.posted(t, data)
	return map[string]*waE2E.VideoMessage{
		"with a sidecar":                  whole,
		"without a sidecar":               with(whole, func(m *waE2E.VideoMessage) { m.StreamingSidecar = nil }),
		"without a length":                with(whole, func(m *waE2E.VideoMessage) { m.FileLength = nil }),
		"with a length that is too long":  with(whole, func(m *waE2E.VideoMessage) { m.FileLength = new(uint64(len(data) + 200_000)) }),
		"not encrypted":                   s.postedPlain(t, data),
		"not encrypted, without a length": with(s.postedPlain(t, data), func(m *waE2E.VideoMessage) { m.FileLength = nil }),
	}
}

func TestOpenMediaReadsAndSeeksAsAFileDoes(t *testing.T) {
	s := newService(t)
	for _, size := range []int{0, 1, 17, 64*kibi + 1} {
		data := content(size)
		for name, msg := range s.variants(t, data) {
			require.NoError(t, iotest.TestReader(s.opened(t, msg), data), "%d bytes, %s", size, name)
		}
	}
}

func TestOpenMediaReadsFilesOfEverySize(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		for _, size := range []int{15, 16, 64*kibi - 17, 64*kibi - 16, 64 * kibi, 128*kibi - 16, 300_000} {
			data := content(size)
			for name, msg := range s.variants(t, data) {
				got, err := io.ReadAll(s.opened(t, msg))
				require.NoError(t, err, "%d bytes, %s", size, name)
				require.True(t, bytes.Equal(data, got))
			}
		}
	})
}

func TestOpenMediaServesRangesOverHTTP(t *testing.T) {
	s := newService(t)
	const size = mebi + 300_123
	data := content(size)
	for name, msg := range s.variants(t, data) {
		t.Run(name, func(t *testing.T) {
			for _, part := range [][2]int{{0, 0}, {0, 99}, {size / 2, size/2 + 200_000}, {size - 1, size - 1}, {size - 70_000, size - 1}, {0, size - 1}} {
				media := s.opened(t, msg)
				req := httptest.NewRequest(http.MethodGet, "/", nil)
				req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", part[0], part[1]))
				answer := httptest.NewRecorder()
				http.ServeContent(answer, req, "video.mp4", time.Time{}, media)
				require.Equal(t, http.StatusPartialContent, answer.Code)
				require.Equal(t, fmt.Sprintf("bytes %d-%d/%d", part[0], part[1], size), answer.Header().Get("Content-Range"))
				require.True(t, bytes.Equal(data[part[0]:part[1]+1], answer.Body.Bytes()))
			}
			answer := httptest.NewRecorder() // sniffs the type first
			http.ServeContent(answer, httptest.NewRequest(http.MethodGet, "/", nil), "", time.Time{}, s.opened(t, msg))
			require.Equal(t, http.StatusOK, answer.Code)
			require.True(t, bytes.Equal(data, answer.Body.Bytes()))
		})
	}
}

func TestReadingOnTakesFewRequestsAndNoByteTwice(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		const size = 24 * mebi
		data := content(size)
		msg := s.posted(t, data)
		media := s.opened(t, msg)
		got := make([]byte, 0, size)
		for buf := make([]byte, 32*kibi); ; {
			n, err := media.Read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
		require.True(t, bytes.Equal(data, got))
		require.LessOrEqual(t, len(s.downloads()), 6)
		tell := media.Downloaded()
		require.Equal(t, int64(size), tell.Bytes)
		require.LessOrEqual(t, tell.BytesReceived, streamenc.EncryptedSize(size)+64*kibi+32, "the last piece was needed to open it")
		require.Equal(t, msg.GetDirectPath(), tell.DirectPath)
	})
}

func TestSmallReadFarAwayFetchesLittle(t *testing.T) {
	s := newService(t)
	data := content(8 * mebi)
	media := s.opened(t, s.posted(t, data))
	for _, at := range []int64{5 * mebi, 3 * mebi, 7*mebi + 7, 1} {
		_, err := media.Seek(at, io.SeekStart)
		require.NoError(t, err)
		buf := make([]byte, 100)
		_, err = io.ReadFull(media, buf)
		require.NoError(t, err)
		require.Equal(t, data[at:at+100], buf)
	}
	require.NoError(t, s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
		var sent int64
		for _, request := range requests {
			sent += request.SentBytes
		}
		return sent <= 5*256*kibi+64*kibi
	}))
	require.Len(t, s.downloads(), 5)
}

func TestOpenMediaGoesOnAfterEveryFault(t *testing.T) {
	t.Parallel()
	data := content(mebi)
	overBothProtocols(t, func(t *testing.T, s *service) {
		messages := map[string]*waE2E.VideoMessage{"encrypted": s.posted(t, data), "plain": s.postedPlain(t, data)}
		for name, fault := range map[string]struct {
			do    wamediaxtest.Effect
			times int
		}{
			"a cut":                        {wamediaxtest.HangUp(100_000), 2},
			"a cut at once":                {wamediaxtest.HangUp(0), 2},
			"a stall":                      {wamediaxtest.StopReading(100_000), 2},
			"a host that ignores ranges":   {wamediaxtest.IgnoreRange(), 2},
			"a host that sends wrong ones": {wamediaxtest.WrongRange(), 2},
			"a host that sends bare ones":  {wamediaxtest.BareRange(), 2},
			"a host that is busy":          {wamediaxtest.Status(503), 2},
			"a host that refuses":          {wamediaxtest.Status(400), 2},
			"a host that says 416":         {wamediaxtest.Status(416), 2},
			"a token that is refused":      {wamediaxtest.Status(401), 1},
		} {
			for variant, msg := range messages {
				media := s.opened(t, msg)
				for _, at := range []int64{600_000, 0, 300_000} {
					s.inject("", downloads, fault.times, fault.do)
					_, err := media.Seek(at, io.SeekStart)
					require.NoError(t, err)
					buf := make([]byte, 300_000)
					_, err = io.ReadFull(media, buf)
					require.NoError(t, err, "%s, %s at %d", name, variant, at)
					require.True(t, bytes.Equal(data[at:at+int64(len(buf))], buf))
					s.ClearFaults()
				}
			}
		}
	}, wamediax.WithStallTimeout(200*time.Millisecond))
}

func TestOpeningGoesOnAfterEveryFault(t *testing.T) {
	data := content(200_000)
	s := newService(t)
	for name, effect := range map[string]wamediaxtest.Effect{
		"a cut at once":                wamediaxtest.HangUp(0),
		"a host that ignores ranges":   wamediaxtest.IgnoreRange(),
		"a host that sends wrong ones": wamediaxtest.WrongRange(),
		"a host that sends bare ones":  wamediaxtest.BareRange(),
		"a host that is busy":          wamediaxtest.Status(503),
	} {
		for variant, msg := range s.variants(t, data) {
			s.inject("", downloads, 2, effect)
			got, err := io.ReadAll(s.opened(t, msg))
			require.NoError(t, err, "%s, %s", name, variant)
			require.True(t, bytes.Equal(data, got))
			s.ClearFaults()
		}
	}
}

func TestTamperedPieceIsNeverServed(t *testing.T) {
	const place = 500_000
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	s.inject("", downloads, -1, wamediaxtest.Tamper(place))
	media := s.opened(t, msg)
	got, err := io.ReadAll(media)
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	require.Equal(t, place/(64*kibi)*64*kibi, len(got), "what comes before the piece is good")
	require.True(t, bytes.Equal(data[:len(got)], got))
	s.requireNoKeys(t, err, msg)

	answer := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", place-10, place+10))
	http.ServeContent(answer, req, "video.mp4", time.Time{}, media)
	require.Zero(t, answer.Body.Len())

	_, err = media.Seek(place+64*kibi, io.SeekStart)
	require.NoError(t, err)
	rest, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data[place+64*kibi:], rest), "what comes after it is good too")

	s.ClearFaults()
	s.inject("", downloads, -1, wamediaxtest.Tamper(mebi)) // in the last piece, which says where the file ends
	_, err = s.client.OpenMedia(t.Context(), msg)
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
}

func TestTamperedPieceIsFetchedFromAnotherHost(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	s.inject(hostA, downloads, -1, wamediaxtest.Tamper(500_000))
	media := s.opened(t, s.posted(t, data))
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))

	s.ClearFaults()
	s.inject(hostA, downloads, -1, wamediaxtest.Tamper(mebi)) // in the last piece
	got, err = io.ReadAll(s.opened(t, s.posted(t, data)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestSidecarThatIsNotTheObjectsOpensNothing(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(mebi))
	for _, sidecar := range [][]byte{msg.StreamingSidecar[10:], make([]byte, len(msg.StreamingSidecar))} {
		_, err := s.client.OpenMedia(t.Context(), with(msg, func(m *waE2E.VideoMessage) { m.StreamingSidecar = sidecar }))
		require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	}
}

func TestOpenedMediaThatExpiresComesBackFromThePhone(t *testing.T) {
	s := newService(t)
	data := content(2 * mebi)
	msg := s.posted(t, data)
	media := s.opened(t, msg, wamediax.WithReupload(info("3EB0AA")))
	first := make([]byte, mebi)
	_, err := io.ReadFull(media, first)
	require.NoError(t, err)
	s.Forget(msg.GetDirectPath(), 404)
	s.phoneHas(t, data, "3EB0AA", msg)
	_, err = media.Seek(0, io.SeekStart)
	require.NoError(t, err)
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	tell := media.Downloaded()
	require.True(t, tell.Reuploaded)
	require.NotEqual(t, msg.GetDirectPath(), tell.DirectPath)
}

func TestExpiredMediaDoesNotOpen(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	s.Forget(msg.GetDirectPath(), 410)
	_, err := s.client.OpenMedia(t.Context(), msg)
	require.ErrorIs(t, err, fetch.ErrExpired)
	s.requireNoKeys(t, err, msg)
}

func TestReadMayBeTriedAgainAfterAFailure(t *testing.T) {
	s := newService(t, impatient)
	data := content(mebi)
	media := s.opened(t, s.posted(t, data))
	s.inject("", downloads, -1, wamediaxtest.Status(500))
	_, err := media.Read(make([]byte, 100))
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	s.ClearFaults()
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestCloseEndsAReadThatIsUnderWay(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, s *service) {
		media := s.opened(t, s.posted(t, content(mebi)))
		s.inject("", downloads, 1, wamediaxtest.StopReading(1000))
		var reading sync.WaitGroup
		var err error
		reading.Go(func() { _, err = media.Read(make([]byte, 100)) })
		s.waitHeld(t.Context())
		require.NoError(t, media.Close())
		reading.Wait()
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = media.Read(make([]byte, 100))
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = media.Seek(0, io.SeekStart)
		require.ErrorIs(t, err, fs.ErrClosed)
	})
}

func TestContextEndsWhatIsOpen(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	media, err := s.client.OpenMedia(ctx, s.posted(t, content(mebi)))
	require.NoError(t, err)
	cancel(errDisk)
	_, err = media.Read(make([]byte, 100))
	require.ErrorIs(t, err, errDisk)
	require.NoError(t, media.Close())
}
