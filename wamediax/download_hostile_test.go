package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// everyDownload are the client's downloads of a message, each read to its end.
func everyDownload(t *testing.T, s *service) map[string]func(context.Context, whatsmeow.DownloadableMessage, ...wamediax.DownloadOption) ([]byte, error) {
	return map[string]func(context.Context, whatsmeow.DownloadableMessage, ...wamediax.DownloadOption) ([]byte, error){
		"DownloadTo": func(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
			var dst bytes.Buffer
			_, err := s.client.DownloadTo(ctx, &dst, msg, opts...)
			return dst.Bytes(), err
		},
		"DownloadFile": func(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
			path := t.TempDir() + "/file"
			if _, err := s.client.DownloadFile(ctx, path, msg, opts...); err != nil {
				return nil, err
			}
			return os.ReadFile(path)
		},
		"DownloadBytes": func(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
			data, _, err := s.client.DownloadBytes(ctx, msg, opts...)
			return data, err
		},
		"OpenMedia": func(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
			media, err := s.client.OpenMedia(ctx, msg, opts...)
			if err != nil {
				return nil, err
			}
			defer media.Close()
			return io.ReadAll(media)
		},
	}
}

func TestLengthInAMessageAllocatesNothing(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1))
	for _, length := range []uint64{256 << 20, 1 << 40, 1 << 61, 1<<64 - 1} {
		msg.FileLength = new(length)
		_, _, _ = s.client.DownloadBytes(t.Context(), msg, wamediax.WithLimit(1<<62)) // buffers that are made once
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		data, _, err := s.client.DownloadBytes(t.Context(), msg, wamediax.WithLimit(1<<62))
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Equal(t, content(1), data)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*mebi), "for a length of %d", length)
	}
}

func TestLimitOfAllDownloadsHoldsForEachOfThem(t *testing.T) {
	s := newService(t, wamediax.WithLimit(1000))
	small, large := s.posted(t, content(1000)), s.posted(t, content(1001))
	large.FileLength = nil
	for name, download := range everyDownload(t, s) {
		for _, opts := range [][]wamediax.DownloadOption{nil, {wamediax.WithLimit(0)}, {wamediax.WithLimit(1 << 30)}} {
			_, err := download(t.Context(), large, opts...)
			require.ErrorIs(t, err, cdn.ErrTooLarge, name)
			data, err := download(t.Context(), small, opts...)
			require.NoError(t, err, name)
			require.Equal(t, content(1000), data, name)
		}
		_, err := download(t.Context(), small, wamediax.WithLimit(999))
		require.ErrorIs(t, err, cdn.ErrTooLarge, name)
	}
}

func TestLengthInAMessageIsALimitToTheByte(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(111))
	for name, download := range everyDownload(t, s) {
		for length := uint64(96); length <= 111; length++ { // all are the same size on a host
			msg.FileLength = new(length)
			data, err := download(t.Context(), msg)
			if length == 111 {
				require.NoError(t, err, name)
				require.Equal(t, content(111), data, name)
				continue
			}
			require.ErrorIs(t, err, cdn.ErrTooLarge, "%s, %d bytes", name, length)
			require.LessOrEqual(t, len(data), int(length), name)
		}
	}
}

func TestWrongSizeFromOneHostDoesNotExcludeTheOthers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wamediaxtest.Effect{
		"and then the connection breaks": wamediaxtest.HalfAnswer(wamediaxtest.Raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")),
		"and then an error page":         wamediaxtest.Raw("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html>\n"),
		"and then nothing of it":         wamediaxtest.Raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
		"and more than there can be":     wamediaxtest.Raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nxx"),
		"or none":                        wamediaxtest.Raw("HTTP/1.1 200 OK\r\n\r\n<html>please log in to this network</html>"),
	} {
		for _, known := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, wamediax.WithStallTimeout(500*time.Millisecond))
				s.speak(t, 1)
				s.twoHosts()
				data := content(50_000)
				msg := s.posted(t, data)
				if !known {
					msg.FileLength = nil
				}
				s.inject(hostA, downloads, -1, fault)
				for way, download := range everyDownload(t, s) {
					got, err := download(t.Context(), msg)
					require.NoError(t, err, "%s, length known: %t", way, known)
					require.True(t, bytes.Equal(data, got), way)
				}
			})
		}
	}
}

func TestGarbageFromOneHostIsNotBlamedOnTheSender(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	data := content(50_000)
	msg := s.posted(t, data)
	msg.StreamingSidecar = nil
	s.inject(hostA, downloads, -1, wamediaxtest.Tamper(streamenc.EncryptedSize(50_000)-15)) // in the last block: its padding
	media := s.opened(t, msg)
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.EqualValues(t, len(data), media.Size())
}

func TestHostsThatEachGiveAPartAreNotBlamedForTheOther(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	data := content(200_000)
	msg := s.posted(t, data)
	// The first host gives wrong bytes and then stalls for good; the second has good ones.
	s.inject(hostA, downloads, 1, wamediaxtest.Tamper(1000))
	s.inject(hostA, downloads, -1, wamediaxtest.Status(500))
	s.inject(hostB, downloads, 2, wamediaxtest.HangUp(150_000))
	got, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestAnswersThatNeverEndEndWithTheContext(t *testing.T) {
	t.Parallel()
	for major := 1; major <= 2; major++ {
		for name, fault := range map[string]wamediaxtest.Effect{
			"101":                         wamediaxtest.SwitchProtocols(""),
			"101 with an upgrade":         wamediaxtest.SwitchProtocols("websocket"),
			"an error without end":        wamediaxtest.HalfAnswer(wamediaxtest.Status(413)),
			"a server error without end":  wamediaxtest.HalfAnswer(wamediaxtest.Status(500)),
			"half of the media":           wamediaxtest.HalfAnswer(wamediaxtest.Effect{}),
			"nothing":                     wamediaxtest.AnswerAfter(nil),
			"an error that trickles":      wamediaxtest.Trickle(500),
			"informational, all the time": wamediaxtest.Trickle(103),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newService(t)
				s.speak(t, major)
				msg := s.posted(t, content(100_000))
				s.inject("", downloads, -1, fault)
				cause := errors.New("no more time")
				for way, download := range everyDownload(t, s) {
					ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, cause)
					_, err := download(ctx, msg)
					cancel()
					require.ErrorIs(t, err, context.DeadlineExceeded, way)
					require.ErrorIs(t, err, cause, way)
				}
			})
		}
	}
}

func TestAnswersThatNeverEndAreLeftForAnotherHost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wamediaxtest.Effect{
		"101":                  wamediaxtest.SwitchProtocols("websocket"),
		"an error without end": wamediaxtest.HalfAnswer(wamediaxtest.Status(500)),
		"half of the media":    wamediaxtest.HalfAnswer(wamediaxtest.Effect{}),
		"nothing":              wamediaxtest.AnswerAfter(nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, wamediax.WithStallTimeout(300*time.Millisecond))
			s.speak(t, 1)
			s.twoHosts()
			data := content(100_000)
			msg := s.posted(t, data)
			s.inject(hostA, downloads, -1, fault)
			for way, download := range everyDownload(t, s) {
				got, err := download(t.Context(), msg)
				require.NoError(t, err, way)
				require.True(t, bytes.Equal(data, got), way)
			}
		})
	}
}

func TestPathsThatNameNoFileAreRefusedAtOnce(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(10))
	dir := t.TempDir()
	for _, path := range []string{"", dir + "/", dir + "/new/"} {
		_, err := s.client.DownloadFile(t.Context(), path, msg)
		require.Error(t, err, path)
	}
	require.Empty(t, s.downloads(), "it was downloaded first")
	requireEmpty(t, dir)
}

func TestHashOfThePlaintextCanBeLeftOut(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	msg := with(s.posted(t, data), func(m *waE2E.VideoMessage) { m.FileSHA256 = key32 })
	for name, download := range everyDownload(t, s) {
		if name == "OpenMedia" {
			continue // it never checks it
		}
		_, err := download(t.Context(), msg)
		require.ErrorIs(t, err, whatsmeow.ErrInvalidMediaSHA256, name)
		require.ErrorIs(t, err, streamenc.ErrHashMismatch, name)
		got, err := download(t.Context(), msg, wamediax.WithoutPlaintextHash())
		require.NoError(t, err, name)
		require.True(t, bytes.Equal(data, got), name)
	}
	plain := with(s.postedPlain(t, data), func(m *waE2E.VideoMessage) { m.FileSHA256 = key32 })
	_, _, err := s.client.DownloadBytes(t.Context(), plain, wamediax.WithoutPlaintextHash())
	require.ErrorIs(t, err, streamenc.ErrHashMismatch, "it has no other check")
	s.inject("", downloads, -1, wamediaxtest.Tamper(5))
	_, _, err = s.client.DownloadBytes(t.Context(), msg, wamediax.WithoutPlaintextHash())
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
}

func TestOneHostWithoutASizeDoesNotKeepMediaFromOpening(t *testing.T) {
	s := newService(t)
	s.twoHosts()
	data := content(100_000)
	msg := s.posted(t, data)
	msg.FileLength = nil
	network := s.HTTPClient().Transport
	s.client.SetMediaHTTPClient(&http.Client{Transport: roundTrips(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host != hostA {
			return network.RoundTrip(req)
		}
		req = req.Clone(req.Context())
		req.Header.Del("Range")
		resp, err := network.RoundTrip(req)
		if err == nil {
			resp.ContentLength = -1
		}
		return resp, err
	})})
	media := s.opened(t, msg)
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

// What hosts said is in the error once; an error that contained itself would be a stack overflow as
// soon as it is printed.
func TestErrorSaysOnceThatOneHostLiedAndTheOthersLostTheMedia(t *testing.T) {
	s := newService(t, shortPauses, impatient)
	s.twoHosts()
	msg := s.posted(t, content(1000))
	msg.StreamingSidecar = nil
	for name, download := range everyDownload(t, s) {
		for _, lost := range []int{404, 500} {
			s.ClearFaults()
			s.inject(hostA, downloads, -1, wamediaxtest.Tamper(0))
			s.inject(hostB, downloads, -1, wamediaxtest.Status(lost))
			_, err := download(t.Context(), msg)
			if name == "OpenMedia" && err == nil {
				continue // nothing was verified
			}
			require.Error(t, err, name)
			require.Less(t, len(err.Error()), 1000, name)
			require.ErrorContains(t, err, hostA, name)
			require.ErrorContains(t, err, hostB, name)
		}
	}
}
