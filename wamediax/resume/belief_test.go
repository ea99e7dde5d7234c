package resume_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// large is more bytes than the buffers between a client and a host can hold.
const large = 24 * mebi

func TestSuccessBeforeTheBodyWasReadIsRejected(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, after := range []int64{0, 1000} {
			t.Run(fmt.Sprintf("%s, after %d bytes", proto, after), func(t *testing.T) {
				s := newService(t)
				s.inject("", uploads, 1, wamediaxtest.FalseSuccess(after))
				data := content(large)
				obj := objectOf(data)
				var attempts []resume.Attempt
				obj.OnAttempt = func(a resume.Attempt) { attempts = append(attempts, a) }
				resp, err := s.uploader(resume.WithHTTPClient(speaking(s, proto))).Upload(t.Context(), obj, nil)
				require.NoError(t, err)
				s.requireHolds(t, resp, data)
				require.Equal(t, 2, resp.Attempts)
				require.ErrorContains(t, attempts[1].After, "success too early")
				require.Equal(t, "one.cdn.test", resp.Host, "a host that answered early is worth a probe")
			})
		}
	}
}

func TestEarlySuccessOfAllHostsIsAnError(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, -1, wamediaxtest.FalseSuccess(0))
	obj := objectOf(content(large))
	_, err := s.uploader(resume.WithMaxAttempts(1)).Upload(t.Context(), obj, nil)
	s.requireNoSecrets(t, err, obj)
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.ErrorContains(t, err, "success too early")
}

// The CDN may answer early because it has the object already. A probe shows that.
func TestProbeConfirmsEarlySuccessIfTheObjectMayExist(t *testing.T) {
	s := newService(t)
	data := content(large)
	obj := objectOf(data)
	_, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	obj.MayExist = true
	s.inject("", uploads, 1, wamediaxtest.FalseSuccess(0))
	s.inject("", probes, 1, wamediaxtest.Status(404))
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.Len(t, s.requests(uploads), 2, "a confirmed object was sent again")
}

func TestProbeCountsOnlyUpToTheBytesSent(t *testing.T) {
	t.Run("complete, before a byte of an object under a fresh key was sent", func(t *testing.T) {
		s := newService(t)
		s.inject("", probes, -1, wamediaxtest.FalseComplete())
		data := content(6 * mebi)
		resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
		require.False(t, resp.Resumed)
	})
	t.Run("an offset, before a byte was sent", func(t *testing.T) {
		s := newService(t)
		s.inject("", probes, -1, wamediaxtest.FalseOffset(5*mebi))
		data := content(6 * mebi)
		resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
		require.Equal(t, "0", offsetOf(s.requests(uploads)[0]))
	})
	for name, lie := range map[string]wamediaxtest.Effect{
		"complete, after a part": wamediaxtest.FalseComplete(), "an offset beyond the part": wamediaxtest.FalseOffset(large - 1000),
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
			s.Inject("", wamediaxtest.Fault{On: probes, Skip: 1, Do: lie})
			data := content(large)
			resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			for _, request := range s.requests(uploads)[1:] {
				require.Equal(t, "100000", offsetOf(request), "the next probe is right and saves bytes")
			}
		})
	}
	// All bytes may have been sent before the host hung up, so bytes in flight look like a lie. The
	// host refuses an offset that does not fit.
	t.Run("an offset that may be true, but is not", func(t *testing.T) {
		s := newService(t, cdn.Host{Name: "one.cdn.test"})
		s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
		s.inject("", probes, 1, wamediaxtest.FalseOffset(200_000))
		data := content(300_000)
		resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
	})
	t.Run("a host that lies for ever gets the whole object", func(t *testing.T) {
		s := newService(t, cdn.Host{Name: "one.cdn.test"})
		s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
		s.inject("", probes, -1, wamediaxtest.FalseOffset(large-1000))
		data := content(large)
		resp, err := s.uploader().Upload(t.Context(), objectOf(data), nil)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
	})
}

// offsetOf returns the offset in the object at which a request starts.
func offsetOf(request wamediaxtest.Request) string {
	if offset := request.Query.Get("file_offset"); offset != "" {
		return offset
	}
	return "0"
}

func TestSuccessForAnUnreadChunkIsRejected(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			s := newService(t)
			data := content(2 * large)
			s.Inject("", wamediaxtest.Fault{On: liveChunks, Skip: 1, Do: wamediaxtest.FalseSuccess(1000)})
			live := s.uploader(resume.WithHTTPClient(speaking(s, proto))).Live(audio)
			require.NoError(t, live.Send(t.Context(), data[:large]))
			require.NoError(t, live.Send(t.Context(), data[large:]))
			resp, err := live.Finish(t.Context(), hashOf(data))
			require.NoError(t, err)
			require.Equal(t, 2, resp.Attempts)
			object, ok := s.Object(resp.DirectPath)
			require.True(t, ok)
			require.True(t, bytes.Equal(data, object.Data))
		})
	}
}
