//go:build unix

package hostile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

// Limits for each call.
const (
	timeout   = time.Second // for a picture
	grace     = time.Second // after the timeout, for a decoder that has read all input
	maxMemory = 256 << 20   // of the whole process
)

// orderVariable names a file with the order for this process.
const orderVariable = "HOSTILE_TEST_ORDER"

type order struct {
	Invitation wamediaxtest.Invitation
	Timeout    time.Duration             // for each call
	Path       string                    // of a picture
	Pack       *waE2E.StickerPackMessage // with a hostile zip; instead of Path
}

// result is the result of one call.
type result struct {
	Call  string
	Took  time.Duration
	CPU   time.Duration
	Peak  int64 // of the process so far, in bytes
	Error string
}

func TestMain(m *testing.M) {
	if path := os.Getenv(orderVariable); path != "" {
		if err := attack(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// calls are what a bot may do with a received picture.
var calls = []struct {
	name string
	do   func(ctx context.Context, client *wamediax.Client, path string) error
}{
	{"convert.Sticker", func(ctx context.Context, _ *wamediax.Client, path string) error {
		return reading(path, func(src io.Reader) error { _, err := convert.Sticker(ctx, src); return err })
	}},
	{"convert.FromDir", func(ctx context.Context, _ *wamediax.Client, path string) error {
		_, err := convert.FromDir(ctx, filepath.Dir(path))
		return err
	}},
	{"productimg.Upload", func(ctx context.Context, client *wamediax.Client, path string) error {
		return reading(path, func(src io.Reader) error { _, err := productimg.Upload(ctx, client, src); return err })
	}},
	{"productimg.Upload as a small JPEG", func(ctx context.Context, client *wamediax.Client, path string) error {
		return reading(path, func(src io.Reader) error {
			_, err := productimg.Upload(ctx, client, src, productimg.WithJPEG(80, 1000))
			return err
		})
	}},
	{"stickerpack.Publish", func(ctx context.Context, client *wamediax.Client, path string) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		stat, err := file.Stat()
		if err != nil {
			return err
		}
		sticker := stickerpack.Sticker{Source: io.NewSectionReader(file, 0, stat.Size())}
		_, err = stickerpack.Publish(ctx, client, &stickerpack.Pack{ID: "id", Name: "name", Stickers: []stickerpack.Sticker{sticker}})
		return err
	}},
}

func reading(path string, do func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return do(file)
}

// attack runs all calls on one file.
func attack(path string) error {
	var o order
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &o)
	}
	if err != nil {
		return err
	}
	guest, err := wamediaxtest.Accept(context.Background(), o.Invitation)
	if err != nil {
		return err
	}
	defer guest.Close()
	client := wamediax.Wrap(guest.Client, wamediax.WithHTTPClient(guest.HTTPClient()))
	run := func(name string, do func(ctx context.Context) error) {
		debug.FreeOSMemory() // the previous call's memory does not count
		ctx, cancel := context.WithTimeout(context.Background(), o.Timeout)
		defer cancel()
		r := result{Call: name}
		began, before := time.Now(), cpuTime()
		if err := do(ctx); err != nil {
			r.Error = err.Error()
		}
		r.Took, r.CPU, r.Peak = time.Since(began), cpuTime()-before, peakMemory()
		_ = json.NewEncoder(os.Stdout).Encode(r)
	}
	if o.Pack != nil {
		run("stickerpack.Download", func(ctx context.Context) error {
			_, err := stickerpack.Download(ctx, client, o.Pack)
			return err
		})
		return nil
	}
	for _, call := range calls {
		run(call.name, func(ctx context.Context) error { return call.do(ctx, client, o.Path) })
	}
	return nil
}

// cpuTime returns the CPU time of this process on all cores.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakMemory returns the peak memory of this process in bytes.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10
		}
	}
	return 0
}

// inChild executes an order in a separate process.
func inChild(t *testing.T, o order) (results []result) {
	t.Helper()
	data, err := json.Marshal(o)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "order.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), orderVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var r result
		require.NoError(t, decoder.Decode(&r))
		results = append(results, r)
	}
	return results
}

func requireBounded(t *testing.T, results []result) {
	t.Helper()
	if raceDetector {
		return // time and memory differ there
	}
	for _, r := range results {
		t.Logf("%-34s %5d ms (%d ms of CPU) %3d MiB  %s", r.Call, r.Took.Milliseconds(), r.CPU.Milliseconds(), r.Peak>>20, r.Error)
		require.Less(t, min(r.Took, r.CPU), timeout+grace, r.Call) // on a busy machine it may wait for the CPU
		require.LessOrEqual(t, r.Peak, int64(maxMemory), r.Call)
	}
}

// harmless reports whether a fast machine may finish the file within the timeout, because it is
// within all limits.
func harmless(name string) bool {
	switch name {
	case "thin.png", "paletted.png", "rgba.png", "grey-sixteen-bits.png", "turned-16384.jpg", "coefficients-3500.jpg",
		"flat-8-megapixels.webp", "scans-just-allowed.jpg", "pixels-just-allowed.gif", "frames-just-allowed.gif", "blocks.gif", "tables.jpg", "pixels.webp":
		return true
	}
	return false
}

func TestHostilePicturesStayWithinTimeAndMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.KeepBytes(0)
	for _, file := range hostile.Pictures() {
		t.Run(file.Name, func(t *testing.T) {
			invitation, err := server.Invite()
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), file.Name)
			require.NoError(t, os.WriteFile(path, file.Make(), 0o600))
			results := inChild(t, order{Invitation: invitation, Timeout: timeout, Path: path})
			require.Len(t, results, len(calls))
			requireBounded(t, results)
			for _, r := range results {
				asItIs := r.Call == "productimg.Upload" || strings.HasPrefix(r.Call, "productimg") && strings.HasSuffix(file.Name, ".jpg")
				if !harmless(file.Name) && !asItIs {
					require.NotEmpty(t, r.Error, r.Call)
				}
			}
		})
	}
}

func TestHostileArchivesStayWithinTimeAndMemory(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	sender := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
	var orders []order
	for _, file := range hostile.Archives() {
		up, err := sender.UploadMedia(t.Context(), bytes.NewReader(file.Make()), whatsmeow.MediaStickerPack)
		require.NoError(t, err)
		// A zip is rejected for its content, so it must arrive first, however busy the machine is.
		orders = append(orders, order{Timeout: time.Minute, Pack: &waE2E.StickerPackMessage{
			StickerPackID: proto.String("id"), Name: proto.String("name"), DirectPath: &up.DirectPath, MediaKey: up.MediaKey,
			FileSHA256: up.FileSHA256, FileEncSHA256: up.FileEncSHA256, FileLength: &up.FileLength,
			Stickers: []*waE2E.StickerPackMessage_Sticker{{FileName: proto.String(hostile.Listed)}},
		}})
	}
	for i, file := range hostile.Archives() {
		t.Run(file.Name, func(t *testing.T) {
			orders[i].Invitation, err = server.Invite()
			require.NoError(t, err)
			results := inChild(t, orders[i])
			require.Len(t, results, 1)
			requireBounded(t, results)
			require.Contains(t, results[0].Error, stickerpack.ErrBadArchive.Error())
		})
	}
}
