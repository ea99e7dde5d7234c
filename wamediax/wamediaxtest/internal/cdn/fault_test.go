package cdn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFaultAffectsOnlyItsRequests(t *testing.T) {
	w := newWire(t, 2)
	path := w.Put("image", []byte("x"))
	w.Inject(hostA, Fault{On: Probes | Downloads, Skip: 1, Times: 2, Do: Status(500)})
	status := func(host string) int {
		r, err := w.get(host, path)
		require.NoError(t, err)
		return r.StatusCode
	}
	w.upload(hostA, "/mms/image", []byte("other kind"))
	require.Equal(t, 200, status(hostA), "skipped")
	require.Equal(t, 200, status(hostB), "another host")
	require.Equal(t, 500, status(hostA))
	require.Equal(t, 500, status(hostA))
	require.Equal(t, 200, status(hostA), "used up")
}

func TestFaultsQueueInOrder(t *testing.T) {
	w := newWire(t, 1)
	path := w.Put("image", []byte("x"))
	w.Inject("", Fault{Do: Status(501), Skip: 1})
	w.Inject("MEDIA-A.example.net:443", Fault{Do: Status(502), Times: 2})
	w.Inject("", Fault{Do: Status(503), Times: -1})
	for _, want := range []int{502, 501, 502, 503, 503, 503} {
		r, err := w.get(hostA, path)
		require.NoError(t, err)
		require.Equal(t, want, r.StatusCode)
	}
	w.ClearFaults()
	r, err := w.get(hostA, path)
	require.NoError(t, err)
	require.Equal(t, 200, r.StatusCode)
}

func TestARejectedRequestConsumesNoFault(t *testing.T) {
	w := newWire(t, 1)
	w.Inject("", Fault{Do: Status(500)})
	r, err := w.post(hostA, "/mms/image", [32]byte{}, nil, "auth", "stale")
	require.NoError(t, err)
	require.Equal(t, 401, r.StatusCode)
	r, err = w.post(hostA, "/mms/image", [32]byte{}, nil)
	require.NoError(t, err)
	require.Equal(t, 500, r.StatusCode)
}

func TestTheZeroEffectDoesNothing(t *testing.T) {
	w := newWire(t, 1)
	w.Inject("", Fault{})
	w.upload(hostA, "/mms/image", someBytes(10))
}

func TestAStatusReachesTheClientWhateverItSends(t *testing.T) {
	for _, size := range []int{0, 1000, smallBody, smallBody + 1, 64 << 20} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject(hostA, Fault{Do: StatusRetryAfter(503, "7"), Times: -1})
				r, err := w.post(hostA, "/mms/image", [32]byte{}, bytes.NewReader(make([]byte, size)))
				require.NoError(t, err)
				require.Equal(t, 503, r.StatusCode)
				require.Equal(t, "7", r.Header.Get("Retry-After"))
				w.waitForLast(func(r Request) bool { return r.Done })
				require.Equal(t, w.last().BodyBytes, w.last().Dropped)
				require.Equal(t, 503, w.last().Status)
				require.Empty(t, w.Objects())
			})
		})
	}
}

func TestAClientThatExpectsAContinueSendsNoBodyForAStatus(t *testing.T) {
	w := newWire(t, 1)
	w.Inject(hostA, Fault{Do: Status(503)})
	req := w.request(hostA, "/mms/image", [32]byte{}, bytes.NewReader(make([]byte, 1000)))
	req.Header.Set("Expect", "100-continue")
	w.client.Transport.(*http.Transport).ExpectContinueTimeout = 1 << 40 // never
	r, err := w.do(req)
	require.NoError(t, err)
	require.Equal(t, 503, r.StatusCode)
	require.Zero(t, w.Received())
}

func TestAHangUpKeepsExactlyTheBytesRead(t *testing.T) {
	const size = 3 << 20
	data := someBytes(size)
	for _, after := range []int64{0, 1, bufferSize, bufferSize + 1, size * 6 / 10, size - 1} {
		t.Run(fmt.Sprintf("after %d bytes", after), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject(hostA, Fault{Do: HangUp(after)})
				_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
				require.Error(t, err)
				require.Equal(t, after, w.Received())
				require.Equal(t, after, w.last().BodyBytes)
				require.Zero(t, w.last().Status)
				held := ""
				if after > 0 {
					held = fmt.Sprint(after)
				}
				require.Equal(t, held, w.probe(hostA, "/mms/video", data))
			})
		})
	}
}

func TestAHangUpAtTheEndOfTheBodyStoresTheObject(t *testing.T) {
	data := someBytes(200_000)
	for name, effect := range map[string]Effect{
		"at its last byte":  HangUp(200_000),
		"after its end":     HangUp(300_000),
		"before the answer": HangUpBeforeAnswer(),
	} {
		t.Run(name, func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject("", Fault{On: Uploads, Do: effect})
				_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
				require.Error(t, err)
				require.Equal(t, "complete", w.probe(hostA, "/mms/video", data))
			})
		})
	}
}

func TestAHangUpLeavesAProbeWithoutAnswer(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{On: Probes, Do: HangUp(5)})
		_, err := w.post(hostA, "/mms/video", [32]byte{}, nil, "resume", "1")
		require.Error(t, err)
	})
}

func TestAHangUpCutsADownloadAtTheExactByte(t *testing.T) {
	data := someBytes(300_000)
	overBothProtocols(t, func(t *testing.T, w *wire) {
		path := w.Put("image", data)
		for _, after := range []int64{1, 70_000, 299_999} {
			w.Inject("", Fault{Do: HangUp(after)})
			r, err := w.get(hostA, path)
			require.Error(t, err)
			require.True(t, bytes.Equal(data[:after], r.data))
			require.Equal(t, after, w.last().SentBytes)
		}
		w.Inject("", Fault{Do: HangUp(0)})
		_, err := w.get(hostA, path)
		require.Error(t, err)
		require.Zero(t, w.last().Status)
	})
}

func TestStoppedReadingEndsWithTheNextRequest(t *testing.T) {
	data := someBytes(20 << 20)
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: StopReading(100_000)})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		req := w.request(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data)).WithContext(ctx)
		go func() {
			_, err := w.do(req)
			ended <- err
		}()
		w.waitForLast(func(r Request) bool { return r.Held })
		require.Equal(t, int64(100_000), w.last().BodyBytes)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.Equal(t, "100000", w.probe(hostA, "/mms/video", data))
		require.NoError(t, w.WaitFor(t.Context(), func(requests []Request) bool { return requests[0].Done }))
		require.Equal(t, int64(100_000), w.Received())
		require.Zero(t, w.Requests()[0].Status)
	})
}

func TestAHeldRequestEndsWithTheServer(t *testing.T) {
	never := make(chan struct{})
	for name, effect := range map[string]Effect{
		"that has stopped reading":                  StopReading(1000),
		"that reads everything and does not answer": StopReading(1 << 40),
		"that has not answered yet":                 AnswerAfter(never),
		"that is never answered":                    AnswerAfter(nil),
	} {
		t.Run(name, func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject("", Fault{Do: effect})
				ended := make(chan error, 1)
				data := someBytes(2000)
				go func() {
					_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
					ended <- err
				}()
				w.waitForLast(func(r Request) bool { return r.Held })
				w.Close()
				require.Error(t, <-ended)
				w.waitForLast(func(r Request) bool { return r.Done && r.Status == 0 && !r.Held })
			})
		})
	}
}

func TestAHeldDownloadEndsWithItsClient(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(200_000)
		path := w.Put("image", data)
		w.Inject("", Fault{Do: StopReading(150_000)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hostA+path, nil)
		require.NoError(t, err)
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		got := make([]byte, 150_000)
		_, err = io.ReadFull(resp.Body, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data[:150_000], got))
		w.waitForLast(func(r Request) bool { return r.Held })
		cancel()
		w.waitForLast(func(r Request) bool { return r.Done })
	})
}

func TestALateAnswerIsSentOnSignal(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(100_000)
		allowed := make(chan struct{})
		w.Inject("", Fault{Do: AnswerAfter(allowed), Times: 2})
		answered := make(chan reply, 1)
		go func() {
			r, _ := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
			answered <- r
		}()
		w.waitForLast(func(r Request) bool { return r.Held })
		require.Len(t, w.Objects(), 1)
		require.Empty(t, answered)
		close(allowed)
		r := <-answered
		require.NotEmpty(t, r.answer.DirectPath)
		down, err := w.get(hostA, r.answer.DirectPath)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, down.data))
	})
}

func TestALateAnswerEndsWhenTheClientDisconnects(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: AnswerAfter(make(chan struct{}))})
		ctx, cancel := context.WithCancel(t.Context())
		req := w.request(hostA, "/mms/image", sha256.Sum256(nil), nil).WithContext(ctx)
		ended := make(chan error, 1)
		go func() {
			_, err := w.do(req)
			ended <- err
		}()
		w.waitForLast(func(r Request) bool { return r.Held })
		cancel()
		require.Error(t, <-ended)
		w.waitForLast(func(r Request) bool { return r.Done && r.Status == 0 })
	})
}

func TestAReplacedAnswerStillStoresTheObject(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(1000)
		for _, body := range []string{"", "null", "{}", `{"url":`, "<html>"} {
			w.Inject("", Fault{Do: Answer(201, body)})
			r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, 201, r.StatusCode)
			require.Equal(t, body, string(r.data))
		}
		w.Inject("", Fault{Do: Answer(204, "")})
		r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), nil, "resume", "1")
		require.NoError(t, err)
		require.Equal(t, 204, r.StatusCode)
		require.Equal(t, "complete", w.probe(hostA, "/mms/image", data))
		w.Inject("", Fault{On: Downloads, Do: Answer(200, "no media")})
		r, err = w.get(hostA, w.Objects()[0].DirectPath)
		require.NoError(t, err)
		require.Equal(t, "no media", string(r.data))
	})
}

func TestAHugeAnswerIsAValidOneOfThatSize(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(1000)
		w.Inject("", Fault{Times: 3, Do: HugeAnswer(1_000_001)})
		r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
		require.Len(t, r.data, 1_000_001)
		require.NotEmpty(t, r.answer.DirectPath)
		require.Equal(t, int64(1_000_001), w.last().SentBytes)

		require.Equal(t, "complete", w.probe(hostA, "/mms/image", data))
		down, err := w.get(hostA, r.answer.DirectPath)
		require.NoError(t, err)
		require.Len(t, down.data, 1_000_001)
		require.True(t, json.Valid(down.data))
	})
}

func TestAHugeAnswerEndsWhenTheClientDisconnects(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: HugeAnswer(1 << 40)})
		resp, err := w.client.Do(w.request(hostA, "/mms/image", sha256.Sum256(nil), nil))
		require.NoError(t, err)
		_, err = io.CopyN(io.Discard, resp.Body, 1<<20)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		w.waitForLast(func(r Request) bool { return r.Done })
		require.Less(t, w.last().SentBytes, int64(1<<30))
	})
}

func TestATamperedDownloadDiffersInOneByte(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(200_000)
		path := w.Put("image", data)
		want := bytes.Clone(data)
		want[150_000] ^= 0xff
		w.Inject("", Fault{Times: 3, Do: Tamper(150_000)})
		r, err := w.get(hostA, path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, r.data))
		r, err = w.get(hostA, path, "Range", "bytes=149990-150010")
		require.NoError(t, err)
		require.Equal(t, want[149_990:150_011], r.data)
		r, err = w.get(hostA, path, "Range", "bytes=150001-150010")
		require.NoError(t, err)
		require.Equal(t, data[150_001:150_011], r.data)
		obj, _ := w.Object(path)
		require.True(t, bytes.Equal(data, obj.Data))
	})
}

func TestKindsAreNamed(t *testing.T) {
	require.Equal(t, "Uploads|Downloads", (Uploads | Downloads).String())
	require.Equal(t, "Probes", Probes.String())
	require.Equal(t, "Deletes", Deletes.String())
}
