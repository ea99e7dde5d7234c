package resume_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	uploads = wamediaxtest.Uploads
	probes  = wamediaxtest.Probes
	mebi    = 1 << 20
)

func TestSmallObjectNeedsOneRequestLikeWhatsAppWeb(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	obj := objectOf(data)
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, 1, resp.Attempts)
	require.Equal(t, int64(len(data)), resp.Sent)
	require.Equal(t, "one.cdn.test", resp.Host)
	require.False(t, resp.Resumed)

	requests := s.Requests()
	require.Len(t, requests, 1)
	request := requests[0]
	require.Equal(t, http.MethodPost, request.Method)
	require.Equal(t, "/mms/document/"+obj.Token, request.Path)
	require.Equal(t, obj.Token, request.Query.Get("token"))
	require.Equal(t, s.issued()[0], request.Query.Get("auth"))
	require.Len(t, request.Query, 2)
	require.Equal(t, "application/octet-stream", request.Header.Get("Content-Type"))
	require.Equal(t, "https://web.whatsapp.com", request.Header.Get("Origin"))
	require.Equal(t, "https://web.whatsapp.com/", request.Header.Get("Referer"))
}

func TestEmptyObjectUploads(t *testing.T) {
	s := newService(t)
	resp, err := s.uploader().Upload(t.Context(), objectOf(nil), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, nil)
}

func TestBrokenUploadResumes(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, size := range []int{300_000, 16 * mebi} {
			t.Run(fmt.Sprintf("%s, %d bytes", proto, size), func(t *testing.T) {
				s := newService(t)
				s.inject("", uploads, 1, wamediaxtest.HangUp(int64(size)*6/10))
				data := content(size)
				resp, err := s.uploader(resume.WithHTTPClient(speaking(s, proto))).Upload(t.Context(), objectOf(data), nil)
				require.NoError(t, err)
				s.requireHolds(t, resp, data)
				require.True(t, resp.Resumed)
				require.Equal(t, 2, resp.Attempts)
				require.Equal(t, "one.cdn.test", resp.Host, "it left the host that had received bytes")
				require.LessOrEqual(t, s.Received(), int64(size)+64<<10)

				sent := s.requests(uploads)
				require.Len(t, sent, 2)
				require.Equal(t, proto, sent[0].Proto)
				offset := fmt.Sprint(size * 6 / 10)
				require.Equal(t, offset, sent[1].Query.Get("file_offset"))
				require.Equal(t, offset, sent[1].Query.Get("bytestart"))
				require.Equal(t, fmt.Sprint(size), sent[1].Query.Get("byteend"))
			})
		}
	}
}

// speaking returns the service's client, limited to one version of HTTP.
func speaking(s *service, proto string) *http.Client {
	client := s.HTTPClient()
	transport := client.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.NextProtos = nil // of the protocols that the original already uses
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(proto == "HTTP/1.1")
	transport.Protocols.SetHTTP2(proto == "HTTP/2.0")
	return &http.Client{Transport: transport}
}

func TestLargeObjectStartsWithAProbe(t *testing.T) {
	s := newService(t)
	data := content(5 * mebi)
	_, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	require.Len(t, s.requests(probes), 1)

	obj := objectOf(data)
	obj.MayExist = true
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Zero(t, resp.Sent)
	require.True(t, resp.Resumed)
	require.Equal(t, int64(len(data)), s.Received(), "bytes that the CDN had were sent again")
}

func TestSmallObjectStartsWithAProbeOnRequest(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(1000))
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	require.Empty(t, s.requests(probes))
	obj.Probe = true
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	require.Zero(t, resp.Sent)
}

func TestFailedProbeIsNotAnError(t *testing.T) {
	effects := map[string]wamediaxtest.Effect{
		"status 404":     wamediaxtest.Status(404),
		"status 500":     wamediaxtest.Status(500),
		"status 401":     wamediaxtest.Status(401),
		"hang-up":        wamediaxtest.HangUp(0),
		"no JSON":        wamediaxtest.Answer(200, "<html>"),
		"another type":   wamediaxtest.Answer(200, `{"resume":[]}`),
		"beyond the end": wamediaxtest.Answer(200, `{"resume":"99999999"}`),
		"negative":       wamediaxtest.Answer(200, `{"resume":"-1"}`),
		"everything":     wamediaxtest.Answer(200, `{"resume":"5242880"}`),
		"no address":     wamediaxtest.Answer(200, `{"resume":"complete"}`),
		"huge":           wamediaxtest.HugeAnswer(1 << 30),
	}
	for name, effect := range effects {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", probes, -1, effect)
			data := content(5 * mebi)
			resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, int64(len(data)), s.Received())
		})
	}
}

func TestFailedProbeIsRepeatedIfBytesWereSent(t *testing.T) {
	for name, effect := range map[string]wamediaxtest.Effect{"status 503": wamediaxtest.Status(503), "hang-up": wamediaxtest.HangUp(0)} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, 1, wamediaxtest.HangUp(2*mebi))
			s.Inject("", wamediaxtest.Fault{On: probes, Do: effect})
			data := content(3 * mebi)
			resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.LessOrEqual(t, s.Received(), int64(3*mebi+64<<10))
		})
	}
}

func TestFailedProbeIsRepeatedIfTheObjectMayExist(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(1000))
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	s.inject("", probes, 1, wamediaxtest.Status(500))
	obj.Probe = true
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	require.Zero(t, resp.Sent)
}

func TestUploadFailsOverToTheNextHost(t *testing.T) {
	effects := map[string]wamediaxtest.Effect{
		"hangs up":        wamediaxtest.HangUp(0),
		"is down":         wamediaxtest.Status(503),
		"is full":         wamediaxtest.Status(507),
		"is slow":         wamediaxtest.Status(408),
		"limits the rate": wamediaxtest.Status(429),
		"refuses":         wamediaxtest.Status(404),
		"redirects":       wamediaxtest.Status(302),
	}
	for name, effect := range effects {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("one.cdn.test", 0, -1, effect)
			data := content(200_000)
			resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, "two.cdn.test", resp.Host)
		})
	}
}

func TestErrorNamesEachHostWithItsReason(t *testing.T) {
	s := newService(t)
	s.inject("one.cdn.test", 0, -1, wamediaxtest.Status(500))
	s.inject("two.cdn.test", 0, -1, wamediaxtest.HangUp(0))
	s.inject("fallback.cdn.test", 0, -1, wamediaxtest.Answer(200, `{"url":"x"}`))
	obj := objectOf(content(1000))
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 500, status.StatusCode)
	require.Equal(t, "one.cdn.test", status.Host)
	require.ErrorIs(t, err, resume.ErrBadAnswer)
	for _, host := range twoHostsAndFallback {
		require.ErrorContains(t, err, host.Name)
	}
}

func TestRefusedObjectIsSentToEachHostOnce(t *testing.T) {
	for _, code := range []int{413, 415, 400, 404, 302} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, -1, wamediaxtest.Status(code))
			obj := objectOf(content(1000))
			_, err := s.uploader(resume.WithBackoff(time.Hour, time.Hour)).Upload(t.Context(), obj, nil)
			s.requireNoSecrets(t, err, obj)
			require.Len(t, s.requests(uploads), 3)
			require.Equal(t, code == 413, errors.Is(err, cdn.ErrTooLarge))
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, code, status.StatusCode)
		})
	}
}

func TestChangedSourceIsDistinguishedFromAWrongHost(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(1000))
	changed := content(1000)
	changed[7] ^= 1
	obj.Body = memory(changed)
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	require.ErrorIs(t, err, resume.ErrChanged)

	s.inject("", uploads, -1, wamediaxtest.Status(415))
	obj = objectOf(content(1001))
	_, err = s.uploader().Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	require.NotErrorIs(t, err, resume.ErrChanged)
	require.NotErrorIs(t, err, resume.ErrSource)
	require.ErrorContains(t, err, "415")
}

func TestComparingAChangedSourceStopsWhenTheContextEnds(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, -1, wamediaxtest.Status(415))
	ctx, cancel := context.WithCancelCause(t.Context())
	body := &growing{memory: content(1000), grew: func() { cancel(errOther) }}
	obj := objectOf(body.memory)
	obj.Body = body
	_, err := s.uploader().Upload(ctx, obj, nil)
	s.requireNoSecrets(t, err, obj)
	require.ErrorIs(t, err, errOther)
	require.ErrorContains(t, err, "415")
	require.Equal(t, 1, body.more)
}

var errOther = errors.New("no longer wanted")

// growing is a body that has more bytes than it says. An upload does not read those, but comparing
// the body with its hash does.
type growing struct {
	memory
	grew func() // called when more bytes are read
	more int    // reads of more bytes
}

func (b *growing) Open(offset int64) (io.ReadCloser, error) {
	body, err := b.memory.Open(offset)
	return io.NopCloser(io.MultiReader(body, readerFunc(func(p []byte) (int, error) {
		if b.more++; b.more == 1000 {
			return 0, io.EOF
		}
		b.grew()
		return len(p), nil
	}))), err
}

func TestUnusableResponseIsAnError(t *testing.T) {
	answers := map[string]string{
		"null":             "null",
		"an empty object":  "{}",
		"nothing":          "",
		"a list":           "[]",
		"not JSON":         "<html>",
		"no url":           `{"direct_path":"/v/x?y"}`,
		"no path":          `{"url":"https://mmg.whatsapp.net/v/x?y"}`,
		"a path without /": `{"url":"https://mmg.whatsapp.net/v/x?y","direct_path":"v/x"}`,
		"numbers":          `{"url":1,"direct_path":2}`,
		"trailing garbage": `{"url":"https://mmg.whatsapp.net/v/x?y","direct_path":"/v/x?y"} and more`,
		"two values":       `{"url":"https://mmg.whatsapp.net/v/x?y","direct_path":"/v/x?y"}{}`,
		"half a value":     `{"url":"https://mmg.whatsapp.net/v/x?y","direct_p`,
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads|probes, -1, wamediaxtest.Answer(200, answer))
			obj := objectOf(content(1000))
			_, err := s.uploader().Upload(t.Context(), obj, nil)
			s.requireNoSecrets(t, err, obj)
			require.ErrorIs(t, err, resume.ErrBadAnswer)
		})
	}
}

func TestHugeResponseIsAnError(t *testing.T) {
	s := newService(t, cdn.Host{Name: "one.cdn.test"})
	s.inject("", uploads|probes, -1, wamediaxtest.HugeAnswer(1<<30))
	_, err := s.uploader(resume.WithMaxAttempts(1)).Upload(t.Context(), objectOf(content(1000)), nil)
	require.ErrorIs(t, err, resume.ErrBadAnswer)
	require.ErrorContains(t, err, "larger than 1048576 bytes")
}

func TestBrokenResponseAfterTheWholeObjectCostsOnlyAProbe(t *testing.T) {
	for name, effect := range map[string]wamediaxtest.Effect{"no JSON": wamediaxtest.Answer(200, "<html>"), "none": wamediaxtest.HangUpBeforeAnswer()} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, 1, effect)
			data := content(100_000)
			resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, int64(len(data)), s.Received())
		})
	}
}

func TestNoHosts(t *testing.T) {
	s := newService(t, []cdn.Host{}...)
	s.hosts = nil
	_, err := s.uploader().Upload(t.Context(), objectOf(nil), nil)
	require.ErrorIs(t, err, cdn.ErrNoHosts)
}

func TestErrorOfTheConnectionSourceIsReturned(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Error: 500})
	_, err := s.uploader().Upload(t.Context(), objectOf(nil), nil)
	require.ErrorContains(t, err, "failed to get a media connection")
}

func TestStaleTokenIsRefreshedOnce(t *testing.T) {
	for _, code := range []int{401, 403} {
		for _, size := range []int{1000, 6 * mebi} { // below the threshold, and with a probe
			t.Run(fmt.Sprintf("%d, %d bytes", code, size), func(t *testing.T) {
				s := newService(t)
				_, err := s.Conn(t.Context(), nil)
				require.NoError(t, err)
				s.RefuseTokensWith(code)
				data := content(size)
				resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
				require.NoError(t, err)
				s.requireHolds(t, resp, data)
				require.Len(t, s.issued(), 2)
				require.Equal(t, "one.cdn.test", resp.Host)
			})
		}
	}
}

func TestTokenRefusedTwiceIsAnError(t *testing.T) {
	s := newService(t)
	s.inject("", 0, -1, wamediaxtest.Status(401))
	obj := objectOf(content(1000))
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 401, status.StatusCode)
	require.Len(t, s.issued(), 2)
}

func TestTokenMayBeRefreshedAgainAfterProgress(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, 1, wamediaxtest.Status(401))
	s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
	s.inject("", uploads, 1, wamediaxtest.Status(403))
	data := content(200_000)
	resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Len(t, s.issued(), 3)
}

func TestExpiredConnectionIsReplacedBeforeTheNextAttempt(t *testing.T) {
	s := newService(t)
	_, err := s.Conn(t.Context(), nil)
	require.NoError(t, err)
	s.current.Expires = time.Now().Add(-time.Second)
	expired := *s.current
	s.current = nil
	once := &handsOutFirst{conns: s.conns, first: &expired}
	_, err = resume.NewUploader(once, resume.WithHTTPClient(s.HTTPClient())).Upload(t.Context(), objectOf(content(10)), nil)
	require.NoError(t, err)
	require.Equal(t, s.issued()[1], s.Requests()[0].Query.Get("auth"))
}

// handsOutFirst returns a given connection first.
type handsOutFirst struct {
	*conns
	first *cdn.Conn
}

func (h *handsOutFirst) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	if first := h.first; first != nil {
		h.first = nil
		return first, nil
	}
	return h.conns.Conn(ctx, stale)
}

func TestRetryAfterIsRespected(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, -1, wamediaxtest.StatusRetryAfter(503, "30"))
	_, err := s.uploader(resume.WithMaxElapsed(20*time.Second)).Upload(t.Context(), objectOf(content(10)), nil)
	require.ErrorIs(t, err, cdn.ErrUnreachable, "Retry-After exceeds the time limit")
	require.Len(t, s.requests(uploads), 3, "each host has one attempt")
}

func TestPauseThatAHostAsksForIsBounded(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, -1, wamediaxtest.StatusRetryAfter(503, "86400"))
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_ = s.WaitFor(ctx, func(requests []wamediaxtest.Request) bool { return len(requests) > 0 && requests[0].Done })
		cancel(errDisk)
	}()
	// A day would not fit into two minutes, the bound does: the upload waits until it is cancelled.
	_, err := s.uploader(resume.WithMaxElapsed(2*time.Minute)).Upload(ctx, objectOf(content(10)), nil)
	require.ErrorIs(t, err, errDisk)
	require.ErrorIs(t, err, context.Canceled)
}

func TestUploadWithoutProgressEnds(t *testing.T) {
	t.Run("after the set number of attempts", func(t *testing.T) {
		s := newService(t)
		s.inject("", uploads, -1, wamediaxtest.Status(500))
		_, err := s.uploader(resume.WithMaxAttempts(5)).Upload(t.Context(), objectOf(content(10)), nil)
		require.Error(t, err)
		require.Len(t, s.requests(uploads), 5)
	})
	t.Run("but not before every host was tried", func(t *testing.T) {
		s := newService(t)
		s.inject("one.cdn.test", uploads, -1, wamediaxtest.Status(500))
		s.inject("two.cdn.test", uploads, -1, wamediaxtest.Status(500))
		resp, err := s.uploader(resume.WithMaxAttempts(1)).Upload(t.Context(), objectOf(content(10)), nil)
		require.NoError(t, err)
		require.Equal(t, "fallback.cdn.test", resp.Host)
	})
	t.Run("after the set time", func(t *testing.T) {
		s := newService(t)
		s.inject("", uploads, -1, wamediaxtest.Status(500))
		_, err := s.uploader(resume.WithMaxAttempts(0), resume.WithMaxElapsed(50*time.Millisecond)).Upload(t.Context(), objectOf(content(10)), nil)
		require.Error(t, err)
	})
}

func TestUploadGoesOnAsLongAsBytesMove(t *testing.T) {
	s := newService(t)
	const cuts = 40
	data := content(cuts * 10_000)
	for cut := range cuts - 1 {
		s.inject("", uploads, 1, wamediaxtest.HangUp(int64(10_000+cut%7)))
	}
	resp, err := s.uploader(resume.WithMaxAttempts(2)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, int64(len(data)), s.Received())
}

func TestHostWithoutMemoryOfTheObjectGetsAllOfIt(t *testing.T) {
	s := newService(t)
	s.SharePartials(false)
	s.inject("one.cdn.test", uploads, 1, wamediaxtest.HangUp(100_000))
	s.inject("one.cdn.test", 0, -1, wamediaxtest.HangUp(0))
	data := content(150_000)
	resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, "two.cdn.test", resp.Host)
}

func TestSourceErrors(t *testing.T) {
	data := content(200_000)
	bodies := map[string]resume.Body{
		"fails half-way":   failing{data, 100_000, errDisk},
		"fails at once":    failing{data, 0, errDisk},
		"ends too early":   failing{data, 100_000, io.EOF},
		"cannot be opened": unopenable{data},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			obj := objectOf(data)
			obj.Body = body
			_, err := s.uploader().Upload(t.Context(), obj, nil)
			s.requireNoSecrets(t, err, obj)
			require.ErrorIs(t, err, resume.ErrSource)
			if name == "ends too early" {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			} else {
				require.ErrorIs(t, err, errDisk)
			}
			require.LessOrEqual(t, len(s.requests(uploads)), 1)
		})
	}
}

func TestObjectWithAnImpossibleBodyIsAnError(t *testing.T) {
	s := newService(t)
	for name, body := range map[string]resume.Body{"no body": nil, "a negative size": negative{}} {
		t.Run(name, func(t *testing.T) {
			obj := objectOf(nil)
			obj.Body = body
			_, err := s.uploader().Upload(t.Context(), obj, nil)
			require.ErrorContains(t, err, "body")
			require.Empty(t, s.requests(uploads))
		})
	}
}

// negative is a body that could not find out its size.
type negative struct{ memory }

func (negative) Size() int64 { return -1 }

type unopenable struct{ memory }

func (unopenable) Open(int64) (io.ReadCloser, error) { return nil, errDisk }

func TestProgressGrowsToTheTotalAndEndsWithTheUpload(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, 1, wamediaxtest.HangUp(mebi))
	obj := objectOf(content(2 * mebi))
	var attempts []resume.Attempt
	obj.OnAttempt = func(a resume.Attempt) { attempts = append(attempts, a) }
	var last int64
	returned := false
	_, err := s.uploader().Upload(t.Context(), obj, func(sent, total int64) {
		require.False(t, returned)
		require.Equal(t, int64(2*mebi), total)
		if len(attempts) == 1 || last > int64(mebi) {
			require.GreaterOrEqual(t, sent, min(last, int64(mebi)))
		}
		last = sent
	})
	returned = true
	require.NoError(t, err)
	require.Equal(t, int64(2*mebi), last)
	require.Len(t, attempts, 2)
	require.Equal(t, resume.Attempt{Number: 1, Host: "one.cdn.test"}, attempts[0])
	require.Equal(t, 2, attempts[1].Number)
	require.Equal(t, int64(mebi), attempts[1].Offset)
	require.ErrorContains(t, attempts[1].After, "one.cdn.test")
}
