package wamediax_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// What many uploads at once may take: for each that is at work 2 MiB of buffers, and as much again
// that the garbage collector has not got round to; the HTTP client's own on top.
const (
	memoryPerUpload = 2 * 2 * mebi
	memoryBeside    = 8 * mebi
)

// manyUploads of 1 MiB each are made at once, by one client in a process of its own. All read the
// same bytes of memory.
const manyUploads = 200

var together = flag.Int("together", 60, "how many uploads TestUploadsAtOnceStayWithinBounds makes at once")

// bound is how many connections one way of doing that may have open at a time.
type bound struct {
	maxParallel int // 0: unbounded
	http1       bool
	connections int
}

var bounds = []bound{
	{maxParallel: 0, http1: false, connections: 1},
	{maxParallel: 8, http1: false, connections: 1},
	{maxParallel: 0, http1: true, connections: 200},
	// net/http goes on making a connection when another one becomes free meanwhile: there are some
	// more than are in use.
	{maxParallel: 8, http1: true, connections: 32},
}

func (b bound) name() string {
	name := "HTTP2"
	if b.http1 {
		name = "HTTP1"
	}
	if b.maxParallel == 0 {
		return name + "/unbounded"
	}
	return fmt.Sprintf("%s/%dAtATime", name, b.maxParallel)
}

// uploadTogether makes the uploads, and checks that the service holds them.
func (b bound) uploadTogether(t testing.TB, times int) (outcome, *wamediaxtest.Server) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.KeepBytes(0)
	invitation, err := server.Invite()
	require.NoError(t, err)
	do := task{Invitation: invitation, HTTP1: b.http1, MaxParallel: b.maxParallel, Times: times, Size: mebi, Measured: true}
	came := do.start(t).outcome(t)
	complete := 0
	for _, object := range server.Objects() {
		if object.Complete {
			complete++
		}
	}
	require.Equal(t, times+1, complete) // and the small one that warms up
	return came, server
}

func TestUploadsAtOnceStayWithinBounds(t *testing.T) {
	for _, bound := range bounds {
		t.Run(bound.name(), func(t *testing.T) {
			times := *together
			if testing.Short() || raceDetector {
				times = min(times, 20)
			}
			came, server := bound.uploadTogether(t, times)
			atWork := times
			if bound.maxParallel > 0 {
				atWork = bound.maxParallel
			}
			require.LessOrEqual(t, came.MostOpen, min(bound.connections, times))
			require.Equal(t, 1, server.MediaConnQueries())
			if !raceDetector {
				require.LessOrEqual(t, came.Peak-came.Idle, int64(memoryBeside+atWork*memoryPerUpload))
			}
		})
	}
}

// BenchmarkUploadsAtOnce reports what TestUploadsAtOnceStayWithinBounds bounds: memory at its
// highest above the idle client, connections for media at most at a time and in all, media_conn
// queries; and how long all of the uploads take together.
//
//	go test ./wamediax -run '^$' -bench UploadsAtOnce -benchtime 3x
func BenchmarkUploadsAtOnce(b *testing.B) {
	for _, bound := range bounds {
		b.Run(bound.name(), func(b *testing.B) {
			var seconds, peak, mostOpen, opened, queries []float64
			for b.Loop() {
				came, server := bound.uploadTogether(b, manyUploads)
				seconds = append(seconds, came.Seconds)
				peak = append(peak, float64(came.Peak-came.Idle))
				mostOpen = append(mostOpen, float64(came.MostOpen))
				opened = append(opened, float64(came.Opened))
				queries = append(queries, float64(server.MediaConnQueries()))
			}
			b.ReportMetric(0, "ns/op") // would count the start of the process
			b.ReportMetric(median(seconds), "s")
			b.ReportMetric(median(peak)/mebi, "peak-MiB")
			b.ReportMetric(median(mostOpen), "most-open")
			b.ReportMetric(median(opened), "opened")
			b.ReportMetric(median(queries), "media_conn")
		})
	}
}
