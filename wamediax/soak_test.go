package wamediax_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var soakUploads = flag.Int("soak.uploads", 500, "how many `uploads` TestSoak makes")

const (
	soakAtATime = 4
	soakStages  = 10
	// soakHeap is how many bytes the heap may have grown by at the end: what the pools and the
	// runtime happen to hold differs from one look to the next.
	soakHeap = 1 << 20
)

// soakTask is uploads of small media, of all sizes from 1 KiB to 500 KiB.
type soakTask struct{ Uploads int }

// soakResult is what a soak came to.
type soakResult struct {
	Before, After inUse   // with the pools filled; at the end
	Heap          []int64 // bytes in use after each stage
	GCShare       float64 // of the CPU time that the process took
	GCs           int64
	Pauses        []time.Duration // of the latest 256: shortest, quartiles, longest
	Seconds       float64
}

// inUse is what a process has in use.
type inUse struct {
	Heap        int64 // bytes, after a garbage collection
	Goroutines  int
	Descriptors int // -1: the system does not say
}

func lookAround() inUse {
	for range 3 { // the second one empties the pools, the third one frees what finalizers held
		runtime.GC()
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	now := inUse{Heap: int64(memory.HeapAlloc), Goroutines: runtime.NumGoroutine(), Descriptors: -1}
	if descriptors, err := os.ReadDir("/proc/self/fd"); err == nil {
		now.Descriptors = len(descriptors)
	}
	return now
}

func (now inUse) String() string {
	return fmt.Sprintf("heap %.2f MiB, %d goroutines, %d descriptors", float64(now.Heap)/mebi, now.Goroutines, now.Descriptors)
}

// settled looks around until no more than before is left of goroutines and descriptors, for up to
// 10 s: connections take a moment to close.
func settled(before inUse) (now inUse) {
	for end := time.Now().Add(10 * time.Second); ; {
		now = lookAround()
		if now.Goroutines <= before.Goroutines && now.Descriptors <= before.Descriptors || time.Now().After(end) {
			return now
		}
		runtime.Gosched()
	}
}

func (soak *soakTask) run(t *testing.T, client *wamediax.Client) (result soakResult) {
	require.NoError(t, soak.stage(t.Context(), client, 50))
	result.Before = lookAround()
	begin := time.Now()
	gc, all := cpuClasses()
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	result.GCs = -stats.NumGC
	for range soakStages {
		require.NoError(t, soak.stage(t.Context(), client, soak.Uploads/soakStages))
		result.Heap = append(result.Heap, lookAround().Heap)
	}
	result.Seconds = time.Since(begin).Seconds()
	gcNow, allNow := cpuClasses()
	result.GCShare = (gcNow - gc) / (allNow - all)
	stats.PauseQuantiles = make([]time.Duration, 5)
	debug.ReadGCStats(&stats)
	result.GCs += stats.NumGC
	result.Pauses = stats.PauseQuantiles
	result.After = settled(result.Before)
	return result
}

// stage makes uploads, so many at a time: of bytes in memory, and every fourth one of a stream.
func (soak *soakTask) stage(ctx context.Context, client *wamediax.Client, uploads int) error {
	data := content(500 * kibi)
	errs := make([]error, soakAtATime)
	var working sync.WaitGroup
	for worker := range errs {
		working.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), uint64(uploads)))
			for i := worker; i < uploads && errs[worker] == nil; i += soakAtATime {
				size := int(kibi * math.Pow(500, random.Float64()))
				from := random.IntN(len(data) - size + 1)
				if media := data[from : from+size]; i/soakAtATime%4 == 3 {
					_, errs[worker] = client.UploadMedia(ctx, stream(media), whatsmeow.MediaAudio)
				} else {
					_, errs[worker] = client.Upload(ctx, media, whatsmeow.MediaImage)
				}
			}
		})
	}
	working.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cpuClasses is the CPU time, in seconds, that the garbage collector and the whole process have
// taken.
func cpuClasses() (gc, all float64) {
	runtime.GC() // the figures are as of the last one
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/cpu/classes/user:cpu-seconds"}, {Name: "/cpu/classes/scavenge/total:cpu-seconds"},
	}
	metrics.Read(samples)
	gc = samples[0].Value.Float64() - samples[1].Value.Float64() // what it does while there is nothing else to do costs nobody
	return gc, gc + samples[2].Value.Float64() + samples[3].Value.Float64()
}

// TestSoak uploads small media for a while, from a process of its own, and fails if what that has
// in use grows. A long one:
//
//	go test ./wamediax -run '^TestSoak$' -v -soak.uploads 100000
func TestSoak(t *testing.T) {
	uploads := *soakUploads
	if raceDetector || testing.Short() {
		uploads = min(uploads, 100)
	}
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.KeepBytes(0)
	invitation, err := server.Invite()
	require.NoError(t, err)
	came := task{Invitation: invitation, Soak: &soakTask{uploads}}.start(t).outcome(t).Soak

	var heap strings.Builder
	for _, bytes := range came.Heap {
		fmt.Fprintf(&heap, " %.2f", float64(bytes)/mebi)
	}
	t.Logf("%d uploads in %.1f s, %.0f/s", uploads, came.Seconds, float64(uploads)/came.Seconds)
	t.Logf("garbage collection: %.1f %% of the CPU time, %d times, pauses (shortest, quartiles, longest) %v", 100*came.GCShare, came.GCs, came.Pauses)
	t.Logf("heap, MiB after each tenth:%s", &heap)
	t.Logf("before: %v", came.Before)
	t.Logf("after:  %v", came.After)

	half := len(came.Heap) / 2
	require.LessOrEqual(t, slices.Min(came.Heap[half:]), slices.Max(came.Heap[:half])+soakHeap, "the heap grows")
	require.LessOrEqual(t, came.After.Heap, came.Before.Heap+soakHeap, "the heap has grown")
	require.LessOrEqual(t, came.After.Goroutines, came.Before.Goroutines, "goroutines were left behind")
	require.LessOrEqual(t, came.After.Descriptors, came.Before.Descriptors, "descriptors were left behind")
}
