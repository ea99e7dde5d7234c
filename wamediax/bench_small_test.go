package wamediax_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var smallProfile = flag.String("small.profile", "", "have BenchmarkSmall call each library alone, and write CPU and allocation profiles to this `directory`")

// smallTask is small media that a child uploads or downloads, in turn by plain whatsmeow and by
// wamediax. Both have the same connections to the same service, so that whatever else the machine
// does slows both down.
type smallTask struct {
	Size     int // bytes of plaintext
	Sticker  bool
	Download *waE2E.ImageMessage // nil: upload

	AtATime int // calls at a time
	Calls   int // in a block: of one library, before it is the other's turn
	Rounds  int // two blocks each

	Alone   string // the one library that is called; "": both
	Profile string // base of the profiles' file names; "": none
}

// smallRound is one round: a block of each library.
type smallRound struct{ Theirs, Ours smallBlock }

type smallBlock struct {
	Seconds float64
	CPU     float64 // seconds of the whole process, user and system
	Bytes   uint64  // allocated by the whole process
	Objects uint64  // likewise
}

func (small *smallTask) run(t *testing.T, client *wamediax.Client) (rounds []smallRound) {
	data := content(small.Size)
	mediaType := whatsmeow.MediaImage
	if small.Sticker {
		copy(data, "RIFF\x00\x70\x00\x00WEBPVP8 ") // a picture that does not move
		mediaType = wamediax.MediaSticker
	}
	theirs := func(ctx context.Context) error {
		_, err := client.Client.Upload(ctx, data, whatsmeow.MediaImage)
		return err
	}
	ours := func(ctx context.Context) error {
		_, err := client.Upload(ctx, data, mediaType)
		return err
	}
	if msg := small.Download; msg != nil {
		theirs = func(ctx context.Context) error {
			_, err := client.Client.Download(ctx, msg)
			return err
		}
		ours = func(ctx context.Context) error {
			_, err := client.Download(ctx, msg)
			return err
		}
	}
	if small.Profile != "" {
		defer small.profile(t, func() {
			small.block(t, map[bool]func(context.Context) error{true: ours, false: theirs}[small.Alone == "wamediax"], small.Calls)
		})()
	}
	for range small.Rounds {
		var round smallRound
		if small.Alone != "wamediax" {
			round.Theirs = small.block(t, theirs, small.Calls)
		}
		if small.Alone != "whatsmeow" {
			round.Ours = small.block(t, ours, small.Calls)
		}
		rounds = append(rounds, round)
	}
	return rounds
}

// block makes calls, so many at a time.
func (small *smallTask) block(t *testing.T, call func(context.Context) error, calls int) smallBlock {
	t.Helper()
	turns := make(chan struct{}, calls)
	for range calls {
		turns <- struct{}{}
	}
	close(turns)
	errs := make([]error, small.AtATime)
	if calls > small.AtATime { // pools and connections are as they are in the middle of many calls of this library
		small.block(t, call, small.AtATime)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuSeconds()
	begin := time.Now()
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() {
			for range turns {
				if err := call(t.Context()); err != nil {
					errs[i] = err
				}
			}
		})
	}
	working.Wait()
	took := time.Since(begin)
	cpu = cpuSeconds() - cpu
	runtime.ReadMemStats(&after)
	for _, err := range errs {
		require.NoError(t, err)
	}
	return smallBlock{
		Seconds: took.Seconds(), CPU: cpu,
		Bytes: after.TotalAlloc - before.TotalAlloc, Objects: after.Mallocs - before.Mallocs,
	}
}

// profile begins a CPU profile. The function that it returns ends it, and writes what one more
// block allocates.
func (small *smallTask) profile(t *testing.T, block func()) (end func()) {
	cpu, err := os.Create(small.Profile + ".cpu")
	require.NoError(t, err)
	require.NoError(t, pprof.StartCPUProfile(cpu))
	return func() {
		pprof.StopCPUProfile()
		require.NoError(t, cpu.Close())
		runtime.MemProfileRate = 1 // every object
		block()
		allocs, err := os.Create(small.Profile + ".allocs")
		require.NoError(t, err)
		defer allocs.Close()
		runtime.GC() // the profile is as of the last one
		require.NoError(t, pprof.Lookup("allocs").WriteTo(allocs, 0))
	}
}

// smallKind is a kind of small media.
type smallKind struct {
	name    string
	size    int
	sticker bool
	calls   int // in a block
}

var smallKinds = []smallKind{
	{name: "10KiB", size: 10 * kibi, calls: 64},
	{name: "sticker", size: 30 * kibi, sticker: true, calls: 64},
	{name: "100KiB", size: 100 * kibi, calls: 48},
	{name: "1MiB", size: mebi, calls: 8},
}

// run has a child do so many rounds with media of this kind, and returns them.
func (kind smallKind) run(t testing.TB, server *wamediaxtest.Server, small smallTask, http1 bool) []smallRound {
	t.Helper()
	small.Size, small.Sticker, small.Calls = kind.size, kind.sticker, kind.calls
	invitation, err := server.Invite()
	require.NoError(t, err)
	do := task{Invitation: invitation, HTTP1: http1, Small: &small}
	return do.start(t).outcome(t).Rounds
}

// stored puts an object of this kind on the service.
func (kind smallKind) stored(t testing.TB, server *wamediaxtest.Server) *waE2E.ImageMessage {
	t.Helper()
	object, info, err := streamenc.EncryptBytes(content(kind.size), whatsmeow.MediaImage)
	require.NoError(t, err)
	return &waE2E.ImageMessage{
		DirectPath: new(server.Put("image", object)), MediaKey: info.MediaKey,
		FileSHA256: info.FileSHA256, FileEncSHA256: info.FileEncSHA256, FileLength: new(uint64(kind.size)),
	}
}

// BenchmarkSmall uploads and downloads small media, in memory, by Upload and Download of whatsmeow
// and of wamediax in turn: by HTTPS over loopback, from a process of its own to a service in this
// one.
//
//	go test ./wamediax -run '^$' -bench Small -benchtime 1x
//
// What it reports of the calls of a child:
//
//	x-whatsmeow          how many times as fast as whatsmeow: the median of the ratios of all pairs of blocks
//	x-allocated          how many times as many bytes are allocated for a call, likewise
//	x-cpu                how many times as much CPU time the process takes, likewise
//	/s, their-/s         calls per second
//	B, their-B           bytes allocated for a call, by the client's process
//	objects, their-…     objects allocated for a call
func BenchmarkSmall(b *testing.B) {
	server := wamediaxtest.NewServer()
	b.Cleanup(server.Close)
	server.KeepBytes(0)
	for _, way := range []string{"upload", "download"} {
		for _, kind := range smallKinds {
			var msg *waE2E.ImageMessage
			if way == "download" {
				msg = kind.stored(b, server)
			}
			for _, protocol := range []string{"HTTP2", "HTTP1"} {
				for _, atATime := range []int{1, 8} {
					b.Run(fmt.Sprintf("%s/%s/%s/%dAtATime", way, kind.name, protocol, atATime), func(b *testing.B) {
						small := smallTask{Download: msg, AtATime: atATime, Rounds: 20}
						whose := []string{""}
						if *smallProfile != "" {
							whose = []string{"whatsmeow", "wamediax"}
						}
						var rounds []smallRound
						for b.Loop() {
							for _, alone := range whose {
								if small.Alone = alone; alone != "" {
									small.Profile = filepath.Join(*smallProfile, strings.ReplaceAll(b.Name(), "/", "-")+"-"+alone)
								}
								rounds = append(rounds, kind.run(b, server, small, protocol == "HTTP1")...)
							}
						}
						reportSmall(b, rounds, float64(kind.calls))
					})
				}
			}
		}
	}
}

func reportSmall(b *testing.B, rounds []smallRound, calls float64) {
	var speed, allocated, cpu []float64
	figures := make(map[string][]float64)
	for _, round := range rounds {
		for name, block := range map[string]smallBlock{"": round.Ours, "their-": round.Theirs} {
			if block.Seconds > 0 {
				figures[name+"/s"] = append(figures[name+"/s"], calls/block.Seconds)
				figures[name+"B"] = append(figures[name+"B"], float64(block.Bytes)/calls)
				figures[name+"objects"] = append(figures[name+"objects"], float64(block.Objects)/calls)
			}
		}
		if round.Theirs.Seconds > 0 && round.Ours.Seconds > 0 {
			speed = append(speed, round.Theirs.Seconds/round.Ours.Seconds)
			allocated = append(allocated, float64(round.Ours.Bytes)/float64(round.Theirs.Bytes))
		}
		if round.Theirs.CPU > 0 && round.Ours.CPU > 0 {
			cpu = append(cpu, round.Ours.CPU/round.Theirs.CPU)
		}
	}
	b.ReportMetric(0, "ns/op") // of the whole child
	for unit, values := range figures {
		b.ReportMetric(median(values), unit)
	}
	if len(speed) > 0 {
		b.ReportMetric(median(speed), "x-whatsmeow")
		b.ReportMetric(median(allocated), "x-allocated")
	}
	if len(cpu) > 0 {
		b.ReportMetric(median(cpu), "x-cpu")
	}
}

// What a call for 100 KiB may allocate, in bytes, all of the client's process included. An upload
// makes no copy of the media that is not from a pool; what net/http takes comes on top. A download
// is the result, and little else.
const (
	uploadAllocates   = 32 * kibi
	downloadAllocates = 100*kibi + 40*kibi
)

func TestSmallMediaAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, and empties pools at random")
	}
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.KeepBytes(0)
	kind := smallKind{size: 100 * kibi, calls: 50}
	for name, test := range map[string]struct {
		download *waE2E.ImageMessage
		most     float64
	}{
		"an upload":  {nil, uploadAllocates},
		"a download": {kind.stored(t, server), downloadAllocates},
	} {
		t.Run(name, func(t *testing.T) {
			var took []float64
			for _, round := range kind.run(t, server, smallTask{Download: test.download, AtATime: 1, Rounds: 5, Alone: "wamediax"}, false) {
				took = append(took, float64(round.Ours.Bytes)/float64(kind.calls))
			}
			t.Logf("%.0f bytes", median(took))
			require.LessOrEqual(t, median(took), test.most)
		})
	}
}
