package productimg_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// taskVariable names a JSON file with the task of this process.
const taskVariable = "PRODUCTIMG_TEST_TASK"

// task is what a shop's program does when it starts.
type task struct {
	Invitation wamediaxtest.Invitation
	Store      string // directory; "" for none
	Paths      []string
	Plain      bool // a loop over whatsmeow's UploadNewsletter instead of Sync
	Parallel   int
}

func (do task) command(t testing.TB) *exec.Cmd {
	t.Helper()
	data, err := json.Marshal(do)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestShopProcess$", "-test.v")
	path := filepath.Join(t.TempDir(), "task.json") // its paths could be too long for the environment
	require.NoError(t, os.WriteFile(path, data, 0o600))
	cmd.Env = append(os.Environ(), taskVariable+"="+path)
	return cmd
}

func (do task) run(t testing.TB) ([]byte, error) { return do.command(t).CombinedOutput() }

// TestShopProcess runs a task in a separate process. It does nothing by itself.
func TestShopProcess(t *testing.T) {
	path := os.Getenv(taskVariable)
	if path == "" {
		t.Skip("only runs as a child process")
	}
	var do task
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &do))
	guest, err := wamediaxtest.Accept(t.Context(), do.Invitation)
	require.NoError(t, err)
	defer guest.Close()
	began := time.Now()
	defer func() { fmt.Println("TOOK", time.Since(began).Milliseconds(), peakMemory(t)) }()
	if do.Plain {
		for _, path := range do.Paths {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = guest.UploadNewsletter(t.Context(), data, whatsmeow.MediaImage)
			require.NoError(t, err)
		}
		return
	}
	opts := []wamediax.Option{
		wamediax.WithHTTPClient(guest.HTTPClient()),
		wamediax.WithBackoff(time.Millisecond, 5*time.Millisecond),
	}
	if do.Store != "" {
		store, err := filestore.New(do.Store)
		require.NoError(t, err)
		opts = append(opts, wamediax.WithResumeStore(store))
	}
	client := wamediax.Wrap(guest.Client, opts...)
	items := make([]productimg.Item, len(do.Paths))
	for i, path := range do.Paths {
		items[i] = productimg.Item{ProductID: fmt.Sprint(i), Path: path}
	}
	for i, outcome := range productimg.Sync(t.Context(), client, items, productimg.WithParallelism(do.Parallel)) {
		item := items[i]
		require.NoError(t, outcome.Err)
		fmt.Println("OUTCOME", item.ProductID, outcome.Delivery, outcome.Image.URL)
	}
}

// peakMemory returns the peak memory of this process in KiB, or 0 if the system does not report it.
func peakMemory(t *testing.T) int {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, err := strconv.Atoi(fields[1])
			require.NoError(t, err)
			return kibibytes
		}
	}
	return 0
}

func TestNextRunFinishesTheSyncOfAKilledProcess(t *testing.T) {
	count := 300
	if testing.Short() {
		count = 60
	}
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	s := &service{Server: server}
	invitation, err := server.Invite()
	require.NoError(t, err)
	do := task{Invitation: invitation, Store: t.TempDir(), Parallel: 8}
	var total int64
	for _, item := range catalog(t, count, count) {
		do.Paths = append(do.Paths, item.Path)
		stat, err := os.Stat(item.Path)
		require.NoError(t, err)
		total += stat.Size()
	}

	first := do.command(t)
	require.NoError(t, first.Start())
	require.NoError(t, server.WaitFor(t.Context(), func([]wamediaxtest.Request) bool { return len(server.Objects()) >= count/2 }))
	require.NoError(t, first.Process.Kill()) // SIGKILL
	require.Error(t, first.Wait())
	s.waitForEnd(t)
	before := s.uploads()
	require.Less(t, before, count, "process finished before it was killed")

	out, err := do.run(t)
	require.NoError(t, err, "%s", out)
	urls := 0
	deliveries := make(map[string]int)
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] == "OUTCOME" {
			_, err := strconv.Atoi(fields[1])
			require.NoError(t, err)
			urls++
			deliveries[fields[2]]++
		}
	}
	require.Equal(t, count, urls)
	require.Len(t, server.Objects(), count)
	require.Equal(t, total, server.Received(), "bytes were sent twice")
	require.GreaterOrEqual(t, deliveries["known"]+deliveries["held"], count/2)
	t.Logf("killed after %d of %d pictures; then %v; %d bytes sent of %d", before, count, deliveries, server.Received(), total)
}
