package wamediax_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// BenchmarkUploadLatency uploads media of memory, one at a time, by Upload of whatsmeow and of
// wamediax in turn: by HTTP/2 over loopback, to a service in the same process. "idle" has a
// connection open, "new" begins with a TLS handshake.
//
//	go test ./wamediax -run '^$' -bench UploadLatency -benchtime 30x
//
// What it reports are medians:
//
//	µs-to-first-byte, their-µs-…  from the call until the transport takes the first bytes of the object, with the connection
//	                              made and the request's header sent
//	µs-to-answer, their-µs-…      from the call to its return
//	x-whatsmeow                   how many times as soon the answer comes: the ratio of each pair
//
// From 5 MiB on wamediax asks the host first whether it holds some of the object.
func BenchmarkUploadLatency(b *testing.B) {
	for _, size := range []int{10 * kibi, 100 * kibi, mebi, 10 * mebi} {
		for _, connection := range []string{"idle", "new"} {
			name := fmt.Sprintf("%dKiB/%s", size/kibi, connection)
			b.Run(name, func(b *testing.B) { benchmarkUploadLatency(b, size, connection == "new") })
		}
	}
}

func benchmarkUploadLatency(b *testing.B, size int, newConnection bool) {
	s := newService(b)
	s.KeepBytes(0)
	first := &firstByte{RoundTripper: s.HTTPClient().Transport}
	client := wamediax.Wrap(s.client.Client, wamediax.WithHTTPClient(&http.Client{Transport: first}))
	data := content(size)
	once := func(upload func(context.Context, []byte, whatsmeow.MediaType) (whatsmeow.UploadResponse, error)) (toFirst, toAnswer float64) {
		if newConnection {
			s.HTTPClient().CloseIdleConnections()
		}
		first.reset()
		begin := time.Now()
		_, err := upload(b.Context(), data, whatsmeow.MediaImage)
		toAnswer = float64(time.Since(begin).Microseconds())
		require.NoError(b, err)
		return float64(first.when().Sub(begin).Microseconds()), toAnswer
	}
	once(client.Upload)
	once(client.Client.Upload)
	var ourFirst, ourAnswer, theirFirst, theirAnswer, ratios []float64
	for b.Loop() {
		toFirst, their := once(client.Client.Upload)
		theirFirst, theirAnswer = append(theirFirst, toFirst), append(theirAnswer, their)
		toFirst, our := once(client.Upload)
		ourFirst, ourAnswer = append(ourFirst, toFirst), append(ourAnswer, our)
		ratios = append(ratios, their/our)
	}
	b.ReportMetric(0, "ns/op") // of both together
	b.ReportMetric(median(ourFirst), "µs-to-first-byte")
	b.ReportMetric(median(theirFirst), "their-µs-to-first-byte")
	b.ReportMetric(median(ourAnswer), "µs-to-answer")
	b.ReportMetric(median(theirAnswer), "their-µs-to-answer")
	b.ReportMetric(median(ratios), "x-whatsmeow")
}

// firstByte notes when the transport takes the first bytes of a body.
type firstByte struct {
	http.RoundTripper
	mu   sync.Mutex
	came time.Time
}

func (f *firstByte) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		noted := *req
		noted.Body = &notedBody{req.Body, f}
		req = &noted
	}
	return f.RoundTripper.RoundTrip(req)
}

func (f *firstByte) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.came = time.Time{}
}

func (f *firstByte) when() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.came
}

type notedBody struct {
	io.ReadCloser
	first *firstByte
}

func (b *notedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.first.mu.Lock()
	defer b.first.mu.Unlock()
	if n > 0 && b.first.came.IsZero() {
		b.first.came = time.Now()
	}
	return n, err
}
