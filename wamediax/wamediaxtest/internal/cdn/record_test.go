package cdn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRequestsAreRecordedUnchanged(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		before := time.Now()
		data := someBytes(1000)
		req := w.request(hostA+":443", "/mms/image", sha256.Sum256(data), bytes.NewReader(data), "extra", "a+b/c=")
		req.Header.Set("Origin", "https://web.whatsapp.com")
		r, err := w.do(req)
		require.NoError(t, err)
		require.Empty(t, w.probe(hostB, "/mms/image", data[:10]))
		_, err = w.get(hostB, r.answer.DirectPath, "Range", "bytes=0-99")
		require.NoError(t, err)
		w.waitForLast(func(r Request) bool { return r.Done })

		requests := w.Requests()
		require.Len(t, requests, 3)
		up, probe, down := requests[0], requests[1], requests[2]
		require.Equal(t, hostA, up.Host)
		require.Equal(t, "POST", up.Method)
		require.Equal(t, "/mms/image/"+formatToken(sha256.Sum256(data)), up.Path)
		require.Equal(t, w.auth, up.Query.Get("auth"))
		require.Equal(t, "a+b/c=", up.Query.Get("extra"))
		require.Equal(t, "https://web.whatsapp.com", up.Header.Get("Origin"))
		require.Equal(t, r.Proto, up.Proto)
		require.Equal(t, Uploads, up.Kind)
		require.Equal(t, int64(1000), up.BodyBytes)
		require.Zero(t, up.Dropped)
		require.Equal(t, int64(len(r.data)), up.SentBytes)
		require.Equal(t, 200, up.Status)
		require.True(t, up.Done)

		require.NotEmpty(t, up.RemoteAddr)
		require.NotEqual(t, up.RemoteAddr, probe.RemoteAddr, "another host")
		require.Equal(t, probe.RemoteAddr, down.RemoteAddr, "the same host's connection")
		require.WithinDuration(t, before, up.Arrived, time.Minute)
		require.False(t, probe.Arrived.Before(up.Arrived))

		require.Equal(t, Probes, probe.Kind)
		require.Equal(t, 404, probe.Status)
		require.Equal(t, Downloads, down.Kind)
		require.Equal(t, hostB, down.Host)
		require.Equal(t, 206, down.Status)
		require.Equal(t, int64(100), down.SentBytes)
		require.Equal(t, int64(1000), w.Received())
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	c := New()
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- c.WaitFor(ctx, func([]Request) bool {
			asked <- struct{}{}
			return false
		})
	}()
	<-asked
	cause := errors.New("enough")
	cancel(cause)
	require.ErrorIs(t, <-ended, cause)
}
