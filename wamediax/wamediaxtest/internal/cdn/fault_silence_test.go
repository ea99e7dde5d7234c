package cdn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// eachKind runs a test with a request of each kind, over both protocols. Uploads and live chunks
// have a body of size bytes.
func eachKind(t *testing.T, size int, test func(t *testing.T, w *wire, req *http.Request)) {
	t.Helper()
	data := someBytes(size)
	for name, make := range map[string]func(w *wire) *http.Request{
		"an upload": func(w *wire) *http.Request {
			return w.request(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
		},
		"a probe": func(w *wire) *http.Request {
			return w.request(hostA, "/mms/video", sha256.Sum256(data), nil, "resume", "1")
		},
		"a live chunk": func(w *wire) *http.Request {
			return w.request(hostA, "/mms/audio", [32]byte{1}, bytes.NewReader(data), "stream", "1", "bytestart", "0", "byteend", strconv.Itoa(size))
		},
		"the end of a live upload": func(w *wire) *http.Request {
			return w.request(hostA, "/mms/audio", [32]byte{1}, nil, "stream", "1", "final_hash", formatToken([32]byte{2}))
		},
		"a download": func(w *wire) *http.Request {
			req, err := http.NewRequest(http.MethodGet, "https://"+hostA+w.Put("image", data), nil)
			require.NoError(w.t, err)
			return req
		},
	} {
		t.Run(name, func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) { test(t, w, make(w)) })
		})
	}
}

// requireSilence checks that the response neither continues nor ends before the client disconnects.
func requireSilence(t *testing.T, w *wire, body io.ReadCloser) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n, _ := body.Read(make([]byte, 1))
		require.Zero(t, n)
	}()
	w.waitForLast(func(r Request) bool { return r.Held })
	select {
	case <-ended:
		t.Error("the answer has ended")
	default:
	}
	require.NoError(t, body.Close())
	<-ended
	w.waitForLast(func(r Request) bool { return r.Done })
}

func TestSwitchedProtocolsAreFollowedBySilence(t *testing.T) {
	for _, size := range []int{1000, 1 << 20} {
		for _, upgrade := range []string{"", "x"} {
			t.Run(fmt.Sprintf("to %q, %d bytes", upgrade, size), func(t *testing.T) {
				eachKind(t, size, func(t *testing.T, w *wire, req *http.Request) {
					w.Inject("", Fault{Do: SwitchProtocols(upgrade)})
					objects := len(w.Objects())
					switched := make(chan string, 1)
					ctx, cancel := context.WithCancel(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
						Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
							require.Equal(t, 101, code)
							switched <- header.Get("Upgrade")
							return nil
						},
					}))
					defer cancel()
					if w.major == 2 {
						ended := make(chan error, 1)
						go func() {
							_, err := w.do(req.WithContext(ctx))
							ended <- err
						}()
						require.Equal(t, upgrade, <-switched)
						w.waitForLast(func(r Request) bool { return r.Held })
						cancel()
						require.ErrorIs(t, <-ended, context.Canceled)
						w.waitForLast(func(r Request) bool { return r.Done })
					} else {
						resp, err := w.client.Do(req)
						require.NoError(t, err)
						require.Equal(t, 101, resp.StatusCode)
						require.Equal(t, upgrade, resp.Header.Get("Upgrade"))
						if upgrade == "" { // no body: net/http closes the connection
							require.NoError(t, resp.Body.Close())
							w.client.CloseIdleConnections()
						} else {
							requireSilence(t, w, resp.Body)
						}
						w.waitForLast(func(r Request) bool { return r.Done })
					}
					require.Equal(t, 101, w.last().Status)
					require.Equal(t, w.last().BodyBytes, w.last().Dropped)
					require.Len(t, w.Objects(), objects)
				})
			})
		}
	}
}

func TestAHeldAnswerEndsWithTheServer(t *testing.T) {
	for name, effect := range map[string]Effect{
		"after switched protocols":   SwitchProtocols("x"),
		"half way":                   HalfAnswer(Status(500)),
		"of raw text":                HalfAnswer(Raw("HTTP/1.1 500 x\r\nContent-Length: 7\r\n\r\nx")),
		"that trickles":              Trickle(200),
		"that is only informational": Trickle(103),
	} {
		t.Run(name, func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				if w.major == 2 && name == "of raw text" {
					t.Skip("needs HTTP/1.1")
				}
				w.Inject("", Fault{Do: effect})
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					resp, err := w.client.Do(w.request(hostA, "/mms/video", [32]byte{}, bytes.NewReader(make([]byte, 1000))))
					if err == nil {
						_, err = io.Copy(io.Discard, resp.Body)
						if resp.StatusCode != 101 { // a switched connection ends without an error
							require.Error(t, err)
						}
						require.NoError(t, resp.Body.Close())
					}
				}()
				w.waitForLast(func(r Request) bool { return r.Held })
				w.Close()
				<-ended
				w.waitForLast(func(r Request) bool { return r.Done && !r.Held })
			})
		})
	}
}

func TestHalfAnAnswerIsFollowedBySilence(t *testing.T) {
	for _, size := range []int{1000, 1 << 20} {
		for name, test := range map[string]struct {
			effect Effect
			status int
			body   string
			stored bool
		}{
			"a status":        {Status(413), 413, `{"error":{"code":413,"message":"injected"}}`, false},
			"an echo":         {Echo(404, nil, "<html> something is missing"), 404, "<html> something is missing", false},
			"a custom answer": {Answer(201, "0123456789"), 201, "0123456789", true},
		} {
			t.Run(fmt.Sprintf("%s to %d bytes", name, size), func(t *testing.T) {
				eachKind(t, size, func(t *testing.T, w *wire, req *http.Request) {
					w.Inject("", Fault{Do: HalfAnswer(test.effect)})
					resp, err := w.client.Do(req)
					require.NoError(t, err)
					if w.last().Kind == LiveEnds && test.stored {
						require.NoError(t, resp.Body.Close())
						return
					}
					require.Equal(t, test.status, resp.StatusCode)
					require.Equal(t, int64(len(test.body)), resp.ContentLength)
					half := make([]byte, len(test.body)/2)
					_, err = io.ReadFull(resp.Body, half)
					require.NoError(t, err)
					require.Equal(t, test.body[:len(half)], string(half))
					requireSilence(t, w, resp.Body)
					if w.last().Kind == Uploads {
						require.Equal(t, test.stored, len(w.Objects()) == 1)
					}
				})
			})
		}
	}
}

func TestTheNormalAnswerCanStopHalfWay(t *testing.T) {
	data := someBytes(300_000)
	eachKind(t, len(data), func(t *testing.T, w *wire, req *http.Request) {
		w.Inject("", Fault{Do: HalfAnswer(Effect{})})
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		half := make([]byte, resp.ContentLength/2)
		_, err = io.ReadFull(resp.Body, half)
		require.NoError(t, err)
		if w.last().Kind == Downloads {
			require.True(t, bytes.Equal(data[:150_000], half))
		}
		requireSilence(t, w, resp.Body)
		require.Equal(t, int64(len(half)), w.last().SentBytes)
	})
}

func TestAClientCanContinueSendingAfterAnEarlyAnswer(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: HalfAnswer(Echo(202, nil, "not yet"))})
		body, sender := io.Pipe()
		req := w.request(hostA, "/mms/video", [32]byte{}, body)
		req.ContentLength = 8 << 20
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		require.Equal(t, 202, resp.StatusCode)
		_, err = sender.Write(make([]byte, 4<<20))
		require.NoError(t, err)
		w.waitForLast(func(r Request) bool { return r.Dropped >= 3<<20 })
		require.NoError(t, resp.Body.Close())
		_ = sender.Close()
		w.waitForLast(func(r Request) bool { return r.Done })
	})
}

func TestAnAnswerTricklesUntilTheClientDisconnects(t *testing.T) {
	eachKind(t, 500_000, func(t *testing.T, w *wire, req *http.Request) {
		w.Inject("", Fault{Do: Trickle(500)})
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		require.Equal(t, 500, resp.StatusCode)
		require.Equal(t, int64(-1), resp.ContentLength)
		some := make([]byte, 4)
		_, err = io.ReadFull(resp.Body, some)
		require.NoError(t, err)
		require.Equal(t, "    ", string(some))
		require.NoError(t, resp.Body.Close())
		w.waitForLast(func(r Request) bool { return r.Done })
		require.Equal(t, 500, w.last().Status)
	})
}

func TestInformationalAnswersTrickleUntilTheClientDisconnects(t *testing.T) {
	eachKind(t, 500_000, func(t *testing.T, w *wire, req *http.Request) {
		w.Inject("", Fault{Do: Trickle(103)})
		came := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
				require.Equal(t, 103, code)
				if came++; came == 3 {
					cancel()
				}
				return nil
			},
		})
		_, err := w.do(req.WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
		w.waitForLast(func(r Request) bool { return r.Done })
		require.Zero(t, w.last().Status)
	})
}
