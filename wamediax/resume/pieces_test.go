package resume_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestPiecesMatchWhatsAppWebs(t *testing.T) {
	s := newService(t)
	data := content(250_000)
	obj := objectOf(data)
	var reported []int64
	resp, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), obj, func(sent, total int64) {
		require.Equal(t, int64(len(data)), total)
		reported = append(reported, sent)
	})
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, 1, resp.Attempts)
	require.Equal(t, int64(len(data)), resp.Sent)
	require.IsIncreasing(t, reported)
	require.Equal(t, int64(len(data)), reported[len(reported)-1])

	requests := s.Requests()
	require.Len(t, requests, 4)
	for i, request := range requests {
		require.Equal(t, "/mms/document/"+obj.Token, request.Path, "the token is the object's own")
		require.Equal(t, "1", request.Query.Get("stream"))
		if i == 3 {
			require.Equal(t, obj.Token, request.Query.Get("final_hash"))
			require.Zero(t, request.BodyBytes)
			break
		}
		start, end := i*100_000, min((i+1)*100_000, len(data))
		require.Equal(t, strconv.Itoa(start), request.Query.Get("bytestart"))
		require.Equal(t, strconv.Itoa(end), request.Query.Get("byteend"))
		require.EqualValues(t, end-start, request.BodyBytes)
	}
}

func TestObjectOfOnePieceIsNotSplit(t *testing.T) {
	s := newService(t)
	_, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), objectOf(content(100_000)), nil)
	require.NoError(t, err)
	require.Len(t, s.Requests(), 1)
	require.Equal(t, uploads, s.Requests()[0].Kind)
}

// A proxy that limits the size of requests stops an object in one request, but not in pieces.
func TestPiecesPassWhereOneRequestIsTooLarge(t *testing.T) {
	s := newService(t)
	s.LimitRequests(100_000, http.StatusRequestEntityTooLarge)
	data := content(250_000)
	_, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
	require.ErrorIs(t, err, cdn.ErrTooLarge)

	resp, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)

	s.LimitRequests(100_000, 0) // the proxy cuts larger requests
	data = content(250_001)
	before := len(s.Requests())
	resp, err = s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, 1, resp.Attempts)
	require.Len(t, s.Requests()[before:], 4)
}

func TestPiecesResumeAfterFailures(t *testing.T) {
	const size, piece = 450_000, 100_000
	for name, test := range map[string]struct {
		on       wamediaxtest.Kind
		skip     int
		do       wamediaxtest.Effect
		sent     int64
		attempts int
	}{
		"within the first piece":         {liveChunks, 0, wamediaxtest.HangUp(30_000), size, 2},
		"within a later piece":           {liveChunks, 2, wamediaxtest.HangUp(30_000), size, 2},
		"between two pieces":             {liveChunks, 2, wamediaxtest.HangUp(0), size + piece, 2},
		"before a piece is answered":     {liveChunks, 1, wamediaxtest.HangUpBeforeAnswer(), size, 2},
		"a piece is refused temporarily": {liveChunks, 3, wamediaxtest.Status(503), size + piece, 2},
		"before the end":                 {liveEnds, 0, wamediaxtest.HangUp(0), size, 2},
		"the end is refused":             {liveEnds, 0, wamediaxtest.Status(409), size, 2},
		"the end's answer is lost":       {liveEnds, 0, wamediaxtest.HangUpBeforeAnswer(), size, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			data := content(size)
			s.Inject("", wamediaxtest.Fault{On: test.on, Skip: test.skip, Do: test.do})
			resp, err := s.uploader(resume.WithPieces(piece)).Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.LessOrEqual(t, s.Received(), test.sent)
			require.Equal(t, test.attempts, resp.Attempts)
			require.NotEmpty(t, s.requests(probes), "it did not probe")
		})
	}
}

func TestPiecesStartAtTheProbedOffset(t *testing.T) {
	for _, held := range []int64{1, 150_000, 299_999, 300_000} {
		t.Run(fmt.Sprint(held), func(t *testing.T) {
			s := newService(t)
			data := content(300_000)
			obj := objectOf(data)
			whole := int(held / 100_000)
			cut := wamediaxtest.Fault{On: liveChunks, Skip: whole, Do: wamediaxtest.HangUp(held % 100_000)}
			if held == int64(len(data)) { // except for the request that ends it
				cut = wamediaxtest.Fault{On: liveEnds, Do: wamediaxtest.HangUp(0)}
			}
			s.Inject("", cut)
			s.Inject("", wamediaxtest.Fault{Skip: whole, Times: -1, Do: wamediaxtest.HangUp(0)})
			_, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), obj, nil)
			require.ErrorIs(t, err, cdn.ErrUnreachable)
			s.ClearFaults()
			before := s.Received()
			obj.Probe = true
			resp, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), obj, nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.True(t, resp.Resumed)
			require.Equal(t, int64(len(data))-held, s.Received()-before)
		})
	}
}

func TestHostThatRefusesPiecesGetsOneRequest(t *testing.T) {
	s := newService(t)
	s.inject("", liveChunks, -1, wamediaxtest.Status(http.StatusBadRequest))
	data := content(250_000)
	resp, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), objectOf(data), nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Equal(t, 1, resp.Attempts)
	require.Equal(t, "one.cdn.test", resp.Host)
}

func TestPiecesWithTheWrongHashAreAnError(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(250_000))
	other := sha256.Sum256([]byte("other"))
	obj.Token = resume.Token(other[:])
	_, err := s.uploader(resume.WithPieces(100_000)).Upload(t.Context(), obj, nil)
	require.ErrorIs(t, err, resume.ErrChanged)
	s.requireNoSecrets(t, err, obj)
}

// BenchmarkPieces compares one POST with several, for the same object and connection.
func BenchmarkPieces(b *testing.B) {
	const size = 64 * mebi
	data := content(size)
	obj := objectOf(data)
	for name, piece := range map[string]int64{"one": 0, "8 MiB": 8 * mebi, "1 MiB": mebi} {
		b.Run(name, func(b *testing.B) {
			s := newService(b)
			s.KeepBytes(0)
			uploader := s.uploader(resume.WithPieces(piece), resume.WithThreshold(1<<62))
			b.SetBytes(size)
			for i := 0; b.Loop(); i++ {
				obj.Path = fmt.Sprintf("/mms/bench-%d", i)
				_, err := uploader.Upload(b.Context(), obj, nil)
				require.NoError(b, err)
			}
		})
	}
}
