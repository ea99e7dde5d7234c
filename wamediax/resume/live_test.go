package resume_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	liveChunks = wamediaxtest.LiveChunks
	liveEnds   = wamediaxtest.LiveEnds
)

// chunkSize is the chunk size of these live uploads, in bytes.
const chunkSize = 100_000

// sendLive sends data as a live upload, chunk by chunk.
func sendLive(ctx context.Context, live *resume.Live, data []byte) (resume.Response, error) {
	for rest := data; len(rest) > 0; {
		chunk := rest[:min(len(rest), chunkSize)]
		if err := live.Send(ctx, chunk); err != nil {
			return resume.Response{}, err
		}
		rest = rest[len(chunk):]
	}
	hash := sha256.Sum256(data)
	return live.Finish(ctx, hash[:])
}

var audio = resume.LiveObject{Path: "/mms/audio"}

func TestLiveUploadMatchesWhatsAppWebs(t *testing.T) {
	s := newService(t)
	data := content(250_000)
	resp, err := sendLive(t.Context(), s.uploader().Live(audio), data)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, 1, resp.Attempts)
	require.Equal(t, int64(len(data)), resp.Sent)
	require.Equal(t, "one.cdn.test", resp.Host)

	requests := s.Requests()
	require.Len(t, requests, 4)
	token := requests[0].Query.Get("token")
	hash := sha256.Sum256(data)
	require.NotEqual(t, resume.Token(hash[:]), token, "the token of a live upload must not be its hash")
	for i, request := range requests {
		require.Equal(t, http.MethodPost, request.Method)
		require.Equal(t, "/mms/audio/"+token, request.Path)
		require.Equal(t, token, request.Query.Get("token"))
		require.Equal(t, s.issued()[0], request.Query.Get("auth"))
		require.Equal(t, "1", request.Query.Get("stream"))
		require.Equal(t, "https://web.whatsapp.com", request.Header.Get("Origin"))
		if i < 3 {
			require.Equal(t, fmt.Sprint(i*chunkSize), request.Query.Get("bytestart"))
			require.Equal(t, fmt.Sprint(min((i+1)*chunkSize, len(data))), request.Query.Get("byteend"))
			require.Len(t, request.Query, 5)
		} else {
			require.Equal(t, resume.Token(hash[:]), request.Query.Get("final_hash"))
			require.Zero(t, request.BodyBytes)
			require.Len(t, request.Query, 4)
		}
	}
}

func TestEachLiveUploadHasItsOwnToken(t *testing.T) {
	s := newService(t)
	uploader := s.uploader()
	for range 2 {
		_, err := sendLive(t.Context(), uploader.Live(audio), content(1000))
		require.NoError(t, err)
	}
	requests := s.requests(liveEnds)
	require.NotEqual(t, requests[0].Query.Get("token"), requests[1].Query.Get("token"))
}

func TestLiveUploadSurvivesEachFaultAtEachChunk(t *testing.T) {
	faults := map[string]struct {
		effect wamediaxtest.Effect
		times  int
		path   string // that the answer to the end gives; "": the true one
	}{
		"a hang-up at once":                          {wamediaxtest.HangUp(0), 1, ""},
		"two hang-ups at once":                       {wamediaxtest.HangUp(0), 2, ""},
		"a hang-up in the middle":                    {wamediaxtest.HangUp(30_000), 1, ""},
		"a hang-up where the answer should be":       {wamediaxtest.HangUpBeforeAnswer(), 1, ""},
		"a host that stops reading":                  {wamediaxtest.StopReading(30_000), 1, ""},
		"no answer":                                  {wamediaxtest.AnswerAfter(nil), 1, ""},
		"status 500":                                 {wamediaxtest.Status(500), 1, ""},
		"status 503 with Retry-After":                {wamediaxtest.StatusRetryAfter(503, "0"), 1, ""},
		"status 429, twice":                          {wamediaxtest.Status(429), 2, ""},
		"status 401":                                 {wamediaxtest.Status(401), 1, ""},
		"status 403":                                 {wamediaxtest.Status(403), 1, ""},
		"a response to a chunk that is not JSON":     {wamediaxtest.Answer(200, "<html>"), 1, ""},
		"a response to a chunk without a body":       {wamediaxtest.Answer(204, ""), 1, ""},
		"a response to a chunk that never ends":      {wamediaxtest.HugeAnswer(8 << 20), 1, ""},
		"a response to a chunk with the final paths": {wamediaxtest.Answer(201, `{"url":"https://x","direct_path":"/x"}`), 1, "/x"},
	}
	for name, fault := range faults {
		for chunk := range 4 { // the last is the end
			for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s, request %d, %s", name, chunk+1, proto), func(t *testing.T) {
					t.Parallel()
					s := newService(t)
					on, skip := liveChunks, chunk
					if chunk == 3 {
						on, skip = liveEnds, 0
					}
					s.Inject("", wamediaxtest.Fault{On: on, Skip: skip, Times: fault.times, Do: fault.effect})
					data := content(250_000)
					live := s.uploader(
						resume.WithHTTPClient(speaking(s, proto)),
						resume.WithStallTimeout(300*time.Millisecond), resume.WithAnswerTimeout(300*time.Millisecond),
					).Live(audio)
					resp, err := sendLive(t.Context(), live, data)
					require.NoError(t, err)
					if on == liveEnds && fault.path != "" {
						require.Equal(t, fault.path, resp.DirectPath)
					} else {
						s.requireHolds(t, resp, data)
					}
					for _, request := range s.requests(liveChunks) {
						require.Contains(t, []string{"0", "100000", "200000"}, request.Query.Get("bytestart"))
					}
				})
			}
		}
	}
}

// If hosts do not share chunks, only the host with the first chunks can continue.
func TestLiveUploadStaysOnTheHostWithTheFirstChunks(t *testing.T) {
	faults := map[string]wamediaxtest.Effect{
		"a hang-up":  wamediaxtest.HangUp(0),
		"status 503": wamediaxtest.Status(503),
		"no answer":  wamediaxtest.StopReading(1),
	}
	for name, effect := range faults {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.SharePartials(false)
			s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Do: effect})
			data := content(250_000)
			resp, err := sendLive(t.Context(), s.uploader(resume.WithAnswerTimeout(300*time.Millisecond)).Live(audio), data)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, "one.cdn.test", resp.Host)
			require.Equal(t, "one.cdn.test", s.requests(liveEnds)[0].Host)
		})
	}
}

func TestLiveUploadFailsIfTheHostWithTheFirstChunksIsGone(t *testing.T) {
	s := newService(t)
	s.SharePartials(false)
	s.Inject("one.cdn.test", wamediaxtest.Fault{On: liveChunks, Skip: 1, Times: -1, Do: wamediaxtest.HangUp(0)})
	live := s.uploader().Live(audio)
	_, err := sendLive(t.Context(), live, content(250_000))
	require.Error(t, err)
	for _, host := range []string{"one.cdn.test", "two.cdn.test", "fallback.cdn.test"} {
		require.ErrorContains(t, err, host)
	}
	require.NotErrorIs(t, err, resume.ErrLiveUnsupported)
	s.requireNoSecrets(t, err, resume.Object{Token: s.Requests()[0].Query.Get("token")})
}

func TestUnsupportedLiveUploadFailsAtTheFirstChunk(t *testing.T) {
	for _, status := range []int{302, 400, 404, 405, 413, 415} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newService(t)
			s.inject("", liveChunks, -1, wamediaxtest.Status(status))
			err := s.uploader().Live(audio).Send(t.Context(), content(chunkSize))
			require.ErrorIs(t, err, resume.ErrLiveUnsupported)
			var said *cdn.StatusError
			require.ErrorAs(t, err, &said)
			require.Equal(t, status, said.StatusCode)
			require.Equal(t, "one.cdn.test", said.Host)
			require.Len(t, s.Requests(), 1)
			s.requireNoSecrets(t, err, resume.Object{Token: s.Requests()[0].Query.Get("token")})
		})
	}
}

func TestOtherHostsAreTriedIfOneRefusesALaterChunk(t *testing.T) {
	s := newService(t)
	s.Inject("one.cdn.test", wamediaxtest.Fault{On: liveChunks, Skip: 1, Times: -1, Do: wamediaxtest.Status(400)})
	data := content(250_000)
	resp, err := sendLive(t.Context(), s.uploader().Live(audio), data)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, "two.cdn.test", resp.Host)
	require.Equal(t, 2, resp.Attempts)
}

// The hash reveals a host that reported a chunk as taken and lost it.
func TestLostChunkIsAnErrorAtTheEnd(t *testing.T) {
	for lost := range 3 {
		t.Run(fmt.Sprintf("chunk %d", lost+1), func(t *testing.T) {
			s := newService(t)
			s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: lost, Do: wamediaxtest.Status(200)})
			_, err := sendLive(t.Context(), s.uploader().Live(audio), content(250_000))
			var status *cdn.StatusError
			require.ErrorAs(t, err, &status)
			require.Contains(t, []int{400, 404, 415}, status.StatusCode)
		})
	}
}

func TestLiveUploadRefreshesAStaleTokenOnce(t *testing.T) {
	s := newService(t)
	data := content(250_000)
	live := s.uploader().Live(resume.LiveObject{Path: "/mms/audio", OnAttempt: func(a resume.Attempt) {
		if a.Number == 2 {
			require.ErrorContains(t, a.After, "401")
			require.Equal(t, int64(chunkSize), a.Offset)
		}
	}})
	require.NoError(t, live.Send(t.Context(), data[:chunkSize]))
	s.RefuseTokens()
	require.NoError(t, live.Send(t.Context(), data[chunkSize:]))
	hash := sha256.Sum256(data)
	resp, err := live.Finish(t.Context(), hash[:])
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Len(t, s.issued(), 2)
	require.Equal(t, 2, resp.Attempts)
}

func TestLiveUploadFailsIfEveryTokenIsRefused(t *testing.T) {
	s := newService(t)
	s.inject("", liveChunks, -1, wamediaxtest.Status(401))
	err := s.uploader().Live(audio).Send(t.Context(), content(1000))
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 401, status.StatusCode)
	require.NotErrorIs(t, err, resume.ErrLiveUnsupported)
	require.Len(t, s.issued(), 2)
}

func TestPauseOfTheSourceDoesNotCountTowardsMaxElapsed(t *testing.T) {
	s := newService(t)
	s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Times: 3, Do: wamediaxtest.Status(503)})
	s.bubble(t, func(t *testing.T, direct resume.Option) {
		live := s.uploader(direct, resume.WithMaxElapsed(time.Minute), resume.WithMaxAttempts(0)).Live(audio)
		data := content(2 * chunkSize)
		require.NoError(t, live.Send(t.Context(), data[:chunkSize]))
		time.Sleep(time.Hour)
		require.NoError(t, live.Send(t.Context(), data[chunkSize:]))
		hash := sha256.Sum256(data)
		resp, err := live.Finish(t.Context(), hash[:])
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
		require.Len(t, s.requests(liveChunks), 1+3+1)
	})
}

func TestConnectionThatExpiredDuringAPauseIsReplacedFirst(t *testing.T) {
	s := newService(t)
	live := s.uploader().Live(audio)
	data := content(1000)
	require.NoError(t, live.Send(t.Context(), data[:500]))
	s.current.Expires = time.Now().Add(-time.Second)
	require.NoError(t, live.Send(t.Context(), data[500:]))
	hash := sha256.Sum256(data)
	resp, err := live.Finish(t.Context(), hash[:])
	require.NoError(t, err)
	require.Len(t, s.issued(), 2)
	require.Equal(t, 1, resp.Attempts, "the old token was sent")
}

func TestLiveProgressFallsBackOnlyToTheRepeatedChunk(t *testing.T) {
	s := newService(t)
	s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Do: wamediaxtest.HangUp(50_000)})
	var reports []int64
	live := s.uploader().Live(resume.LiveObject{Path: "/mms/audio", Progress: func(sent int64) { reports = append(reports, sent) }})
	data := content(250_000)
	_, err := sendLive(t.Context(), live, data)
	require.NoError(t, err)
	require.Equal(t, int64(len(data)), reports[len(reports)-1])
	require.Contains(t, reports, int64(chunkSize))
	high := int64(0)
	for _, sent := range reports {
		require.GreaterOrEqual(t, sent, high/chunkSize*chunkSize)
		high = max(high, sent)
	}
}

func TestCancelledLiveUploadReturnsAtOnce(t *testing.T) {
	cause := errors.New("the bot is told to stop")
	situations := map[string]func(*service){
		"while a host accepts no bytes": func(s *service) { s.inject("", liveChunks, -1, wamediaxtest.StopReading(10)) },
		"while a chunk is not answered": func(s *service) { s.inject("", liveChunks, -1, wamediaxtest.AnswerAfter(make(chan struct{}))) },
		"while the end is not answered": func(s *service) { s.inject("", liveEnds, -1, wamediaxtest.AnswerAfter(make(chan struct{}))) },
		"in a pause":                    func(s *service) { s.inject("", liveChunks, -1, wamediaxtest.Status(503)) },
	}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			arrange(s)
			ctx, cancel := context.WithCancelCause(t.Context())
			s.onceStuck(t, func() { cancel(cause) })
			_, err := sendLive(ctx, s.uploader(resume.WithBackoff(time.Minute, time.Minute)).Live(audio), content(1000))
			require.ErrorIs(t, err, cause)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestLiveUploadWithoutHostsIsAnError(t *testing.T) {
	s := newService(t)
	s.hosts = []cdn.Host{}
	require.ErrorIs(t, s.uploader().Live(audio).Send(t.Context(), []byte("x")), cdn.ErrNoHosts)
}
