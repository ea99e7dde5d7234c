package wamediax_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// BenchmarkFirstByteAfterRestart breaks the upload of a file of 2 GiB off half-way, sends the file
// again by a client that knows of it from the resume store only, and reports the time from the call
// until the service has the first byte. The query for the media connection, the connections and the
// probe are part of it. The file is of zeros that are not stored.
//
//	go test ./wamediax -run '^$' -bench FirstByteAfterRestart -benchtime 20x
func BenchmarkFirstByteAfterRestart(b *testing.B) {
	size := int64(2048 * mebi)
	if testing.Short() {
		size = 64 * mebi
	}
	path := filepath.Join(b.TempDir(), sourceName)
	require.NoError(b, os.WriteFile(path, nil, 0o600))
	require.NoError(b, os.Truncate(path, size))
	file, err := os.Open(path)
	require.NoError(b, err)
	b.Cleanup(func() { file.Close() })

	for _, percent := range []int64{1, 50, 99} {
		b.Run(fmt.Sprintf("%dMiB/at%d%%", size/mebi, percent), func(b *testing.B) {
			s := newService(b)
			s.KeepBytes(0)
			store := fileStore(b)
			// begin sends the file until the service has read that many bytes of it, and returns
			// when it had the first one.
			begin := func(bytes int64) (first time.Time) {
				known := len(s.Requests())
				s.inject("", uploads, 1, wamediaxtest.StopReading(bytes))
				ctx, stop := context.WithCancel(b.Context())
				stopped := make(chan struct{})
				go func() {
					defer close(stopped)
					defer stop()
					_ = s.WaitFor(ctx, func(requests []wamediaxtest.Request) bool { return bodyBytes(requests[known:]) > 0 })
					first = time.Now()
					_ = s.WaitFor(ctx, func(requests []wamediaxtest.Request) bool { return bodyBytes(requests[known:]) >= bytes })
				}()
				_, err := s.again(wamediax.WithResumeStore(store)).UploadMedia(ctx, file, whatsmeow.MediaDocument)
				require.ErrorIs(b, err, context.Canceled)
				<-stopped
				return first
			}
			before := size * percent / 100
			begin(before)

			var times []float64
			for b.Loop() {
				start := time.Now()
				times = append(times, float64(begin(64*kibi).Sub(start).Microseconds())/1000)
			}
			require.Less(b, s.Received(), before+int64(len(times)*256*kibi), "something was sent again")
			b.ReportMetric(0, "ns/op") // would be until the end of what was begun
			b.ReportMetric(median(times), "ms-to-first-byte")
		})
	}
}

// bodyBytes is how much the service has read of uploads.
func bodyBytes(requests []wamediaxtest.Request) (sum int64) {
	for _, request := range requests {
		if request.Kind == uploads {
			sum += request.BodyBytes
		}
	}
	return sum
}
