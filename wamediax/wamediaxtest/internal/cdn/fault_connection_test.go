package cdn

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// signalling is a body that closes a channel once a number of bytes have been read.
type signalling struct {
	io.Reader
	left    int64
	reached chan struct{}
}

func (s *signalling) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.left > 0 && s.left <= int64(n) {
		close(s.reached)
	}
	s.left -= int64(n)
	return n, err
}

func TestABrokenConnectionReceivesNothing(t *testing.T) {
	data := someBytes(20 << 20)
	overBothProtocols(t, func(t *testing.T, w *wire) {
		seen := map[string]bool{}
		for range 3 {
			body := &signalling{bytes.NewReader(data), 100_000, make(chan struct{})}
			w.Inject(hostA, Fault{On: Uploads, Do: BreakConnection(body.reached)})
			req := w.request(hostA, "/mms/video", sha256.Sum256(data), body)
			req.ContentLength = int64(len(data))
			_, err := w.do(req)
			require.Error(t, err)
			<-body.reached
			w.waitForLast(func(r Request) bool { return r.Done })
			require.Zero(t, w.last().BodyBytes)
			require.Zero(t, w.last().Status)
			require.False(t, seen[w.last().RemoteAddr], "broken connection was reused")
			seen[w.last().RemoteAddr] = true
		}
		require.Zero(t, w.Received())
		require.Empty(t, w.probe(hostA, "/mms/video", data))
	})
}

func TestABrokenConnectionEndsEverythingOnIt(t *testing.T) {
	w := newWire(t, 2)
	w.Inject("", Fault{Do: AnswerAfter(nil)})
	ended := make(chan error, 1)
	go func() {
		_, err := w.post(hostA, "/mms/video", [32]byte{1}, nil)
		ended <- err
	}()
	w.waitForLast(func(r Request) bool { return r.Held })
	w.Inject("", Fault{Do: BreakConnection(nil)})
	_, err := w.post(hostA, "/mms/video", [32]byte{2}, nil)
	require.Error(t, err)
	require.Error(t, <-ended)
	requests := w.Requests()
	require.Equal(t, requests[0].RemoteAddr, requests[1].RemoteAddr)
}

func TestAConnectionThatWaitsToBeBrokenEndsWithTheServer(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: BreakConnection(make(chan struct{}))})
		ended := make(chan error, 1)
		go func() {
			_, err := w.post(hostA, "/mms/video", [32]byte{1}, bytes.NewReader(make([]byte, 1<<20)))
			ended <- err
		}()
		w.waitForLast(func(r Request) bool { return r.Held })
		w.Close()
		require.Error(t, <-ended)
		w.waitForLast(func(r Request) bool { return r.Done })
	})
}

func TestRetryAfterCanBeLimitedToOneHost(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject(hostA, Fault{Times: -1, Do: StatusRetryAfter(503, "20")})
		for host, want := range map[string]string{hostA: "20", hostB: ""} {
			r, err := w.post(host, "/mms/video", sha256.Sum256(nil), nil)
			require.NoError(t, err)
			require.Equal(t, want, r.Header.Get("Retry-After"))
			require.Equal(t, want == "", r.StatusCode == 200)
		}
	})
}
