package cdn

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted is a body that counts how much the client has read from it.
type counted struct {
	io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func TestAFalseSuccessIsSentBeforeTheBodyIsRead(t *testing.T) {
	data := someBytes(40 << 20)
	hash := sha256.Sum256(data)
	for _, after := range []int64{0, 1, 1_000_000} {
		t.Run(fmt.Sprintf("after %d bytes", after), func(t *testing.T) {
			for name, query := range map[string][]string{
				"of an upload":        nil,
				"of a resumed upload": {"file_offset", "900000"},
				"of a live chunk":     {"stream", "1", "bytestart", "0", "byteend", fmt.Sprint(len(data))},
			} {
				t.Run(name, func(t *testing.T) {
					overBothProtocols(t, func(t *testing.T, w *wire) {
						w.Inject("", Fault{On: Uploads | LiveChunks, Do: FalseSuccess(after)})
						body := &counted{Reader: bytes.NewReader(data)}
						req := w.request(hostA, "/mms/video", hash, body, query...)
						req.ContentLength = int64(len(data))
						r, err := w.do(req)
						require.NoError(t, err)
						require.Equal(t, 200, r.StatusCode)
						require.Less(t, body.n.Load(), int64(len(data)))
						require.Equal(t, after, w.last().BodyBytes)
						require.Equal(t, after, w.last().Dropped)
						require.Empty(t, w.Objects())
						if w.last().Kind == LiveChunks {
							require.Equal(t, "{}", string(r.data))
							return
						}
						require.Equal(t, "https://"+hostA+r.answer.DirectPath, r.answer.URL)
						down, err := w.get(hostA, r.answer.DirectPath)
						require.NoError(t, err)
						require.Equal(t, 404, down.StatusCode)
						require.Empty(t, w.probe(hostA, "/mms/video", data))
					})
				})
			}
		})
	}
}

func TestAFalseSuccessAfterTheWholeBodyStoresNothing(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		w.breakOff(hostA, data, HangUp(1000))
		w.Inject("", Fault{On: Uploads, Do: FalseSuccess(1 << 40)})
		r := w.resumeFrom(hostA, data, 200_000) // far beyond the bytes held
		require.Equal(t, 200, r.StatusCode)
		require.NotEmpty(t, r.answer.DirectPath)
		require.Equal(t, int64(100_000), w.last().BodyBytes)
		_, ok := w.Object(r.answer.DirectPath)
		require.False(t, ok)
		require.Equal(t, "1000", w.probe(hostA, "/mms/video", data))

		w.Inject("", Fault{On: LiveEnds, Do: FalseSuccess(0)})
		r, err := w.post(hostA, "/mms/audio", [32]byte{1}, nil, "stream", "1", "final_hash", formatToken(sha256.Sum256(data)))
		require.NoError(t, err)
		require.NotEmpty(t, r.answer.DirectPath)
		require.Len(t, w.Objects(), 1)
	})
}

func TestAProbeCanLie(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		w.Inject(hostA, Fault{On: Probes, Do: FalseComplete()})
		r, err := w.post(hostA, "/mms/video", sha256.Sum256(data), nil, "resume", "1")
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, "complete", r.answer.Resume)
		require.Equal(t, "https://"+hostA+r.answer.DirectPath, r.answer.URL)
		_, ok := w.Object(r.answer.DirectPath)
		require.False(t, ok)

		for _, offset := range []string{"900000", "299999", "0", "-1"} {
			var n int64
			_, err := fmt.Sscan(offset, &n)
			require.NoError(t, err)
			w.Inject(hostA, Fault{On: Probes, Do: FalseOffset(n)})
			require.Equal(t, offset, w.probe(hostA, "/mms/video", data))
		}
		require.Empty(t, w.probe(hostA, "/mms/video", data), "correct again")
		require.Empty(t, w.Objects())
	})
}

func TestAFalseProbeDoesNotAffectUploads(t *testing.T) {
	w := newWire(t, 2)
	w.Inject("", Fault{Times: 2, Do: FalseOffset(5)})
	w.upload(hostA, "/mms/video", someBytes(10))
	w.Inject("", Fault{Do: FalseSuccess(0)})
	require.Equal(t, "5", w.probe(hostA, "/mms/video", someBytes(20)))
	require.Equal(t, "complete", w.probe(hostA, "/mms/video", someBytes(10)))
}

func TestAFalseSuccessDoesNotWaitForTheBody(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: FalseSuccess(50)})
		body, sender := io.Pipe()
		req := w.request(hostA, "/mms/video", [32]byte{}, body)
		req.ContentLength = 1000
		go func() {
			_, _ = sender.Write(make([]byte, 100)) // nothing more before the response
		}()
		r, err := w.do(req)
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
		require.NotEmpty(t, r.answer.DirectPath)
		require.NoError(t, sender.Close())
		require.Equal(t, int64(50), w.last().BodyBytes)
	})
}
