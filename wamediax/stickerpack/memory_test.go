package stickerpack_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// childOrder is an environment variable that makes this test binary publish one pack and report its
// memory use, so that nothing else in the process affects the measurement.
const childOrder = "STICKERPACK_TEST_PUBLISH"

type order struct {
	Stickers int
	Bytes    int // per sticker
	InFiles  bool
}

type result struct {
	Seconds    float64
	Idle, Peak int64 // VmHWM before and after, in bytes
}

// publishInChild executes the order in the environment, if there is one.
func publishInChild() bool {
	var o order
	if err := json.Unmarshal([]byte(os.Getenv(childOrder)), &o); err != nil {
		return false
	}
	r, err := publishOrder(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	return true
}

func publishOrder(o order) (r result, err error) {
	ctx := context.Background()
	server := wamediaxtest.NewServer()
	defer server.Close()
	server.KeepBytes(0) // the service only hashes
	cli, err := server.NewClient(ctx)
	if err != nil {
		return r, err
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))

	// Files exist before the measurement; in-memory stickers count as memory held by the caller.
	dir, err := os.MkdirTemp("", "stickerpack-*")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	pack := &stickerpack.Pack{ID: "id", Name: "name"}
	for i := range o.Stickers {
		if !o.InFiles {
			pack.Stickers = append(pack.Stickers, stickerpack.Sticker{WebP: padded(moving(512, byte(i)), o.Bytes)})
			continue
		}
		file, err := os.Create(fmt.Sprintf("%s/%d.webp", dir, i))
		if err != nil {
			return r, err
		}
		defer file.Close()
		if _, err := file.Write(paddedStart(moving(512, byte(i)), o.Bytes)); err != nil {
			return r, err
		}
		if err := file.Truncate(int64(o.Bytes)); err != nil { // the rest is zeros
			return r, err
		}
		pack.Stickers = append(pack.Stickers, stickerpack.Sticker{Source: io.NewSectionReader(file, 0, int64(o.Bytes))})
	}
	if r.Idle, err = highWater(); err != nil {
		return r, err
	}
	start := time.Now()
	if _, err = stickerpack.Publish(ctx, client, pack); err != nil {
		return r, err
	}
	r.Seconds = time.Since(start).Seconds()
	r.Peak, err = highWater()
	return r, err
}

// highWater returns the peak resident memory of this process, in bytes.
func highWater() (int64, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			var kib int64
			_, err := fmt.Sscanf(rest, "%d kB", &kib)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM")
}

func publishInOtherProcess(t testing.TB, o order) (r result) {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc")
	}
	spec, err := json.Marshal(o)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childOrder+"="+string(spec))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &r))
	return r
}

// BenchmarkPublish publishes 60 animated stickers of 500 KiB, 30 MB in all, and 3 of 10 KiB, each
// in a separate process.
func BenchmarkPublish(b *testing.B) {
	for name, o := range map[string]order{
		"3x10KiB":            {Stickers: 3, Bytes: 10 << 10},
		"60x500KiB":          {Stickers: 60, Bytes: 500 << 10},
		"60x500KiB-in-files": {Stickers: 60, Bytes: 500 << 10, InFiles: true},
		"3x10KiB-in-files":   {Stickers: 3, Bytes: 10 << 10, InFiles: true},
	} {
		b.Run(name, func(b *testing.B) {
			var worst result
			for b.Loop() {
				r := publishInOtherProcess(b, o)
				worst.Idle, worst.Peak, worst.Seconds = max(worst.Idle, r.Idle), max(worst.Peak, r.Peak), max(worst.Seconds, r.Seconds)
			}
			b.ReportMetric(worst.Seconds, "s/publish")
			b.ReportMetric(float64(worst.Idle)/(1<<20), "MiB-idle")
			b.ReportMetric(float64(worst.Peak)/(1<<20), "MiB-peak")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func TestLargePackTakesNoMoreMemoryThanASmallOne(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector changes memory use")
	}
	small := publishInOtherProcess(t, order{Stickers: 3, Bytes: 10 << 10, InFiles: true})
	large := publishInOtherProcess(t, order{Stickers: 60, Bytes: 500 << 10, InFiles: true})
	t.Logf("small: %+v, large: %+v", small, large)
	require.Less(t, large.Peak-small.Peak, int64(10<<20), "of 30 MB")
}
