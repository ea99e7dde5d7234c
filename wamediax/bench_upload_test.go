package wamediax_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// BenchmarkUploadFile uploads a file with UploadMedia and with whatsmeow's own UploadReader in
// turn: by HTTPS over loopback, each in a process of its own, to a service in this one that keeps
// hashes only. -cpu sets for both sides how many cores they may use; all of them share the
// machine's.
//
//	go test ./wamediax -run '^$' -bench UploadFile -benchtime 5x -cpu 1,2
//
// What it reports are medians:
//
//	x-whatsmeow        how many times as fast as whatsmeow: the ratio of each pair of runs
//	MB/s, their-MB/s   megabytes of plaintext per second, from the call to its return
//	peak-MiB           memory at its highest above the idle client, which is logged in and has made a small upload
//	temp-bytes         in temporary files when the first byte of the object reaches the service
func BenchmarkUploadFile(b *testing.B) {
	sizes := []int64{256, 1024}
	if testing.Short() {
		sizes = []int64{32}
	}
	for _, size := range sizes {
		for _, protocol := range []string{"HTTP2", "HTTP1"} {
			b.Run(fmt.Sprintf("%dMiB/%s", size, protocol), func(b *testing.B) {
				benchmarkUploadFile(b, size*mebi, protocol == "HTTP1")
			})
		}
	}
}

func benchmarkUploadFile(b *testing.B, size int64, http1 bool) {
	file := randomFile(b, size)
	server := wamediaxtest.NewServer()
	b.Cleanup(server.Close)
	server.KeepBytes(0)

	var ratios []float64
	var ours, theirs measured
	for b.Loop() {
		their := measureUpload(b, server, task{File: file, HTTP1: http1, Plain: true})
		our := measureUpload(b, server, task{File: file, HTTP1: http1})
		theirs.add(their)
		ours.add(our)
		ratios = append(ratios, their.Seconds/our.Seconds)
	}
	b.ReportMetric(0, "ns/op") // would be both together
	b.ReportMetric(median(ratios), "x-whatsmeow")
	for name, m := range map[string]measured{"": ours, "their-": theirs} {
		b.ReportMetric(float64(size)/1e6/median(m.seconds), name+"MB/s")
		b.ReportMetric(median(m.peak)/mebi, name+"peak-MiB")
		b.ReportMetric(median(m.temp), name+"temp-bytes")
	}
}

// measured holds what came of several runs.
type measured struct {
	seconds, peak, temp []float64
}

func (m *measured) add(up measuredUpload) {
	m.seconds = append(m.seconds, up.Seconds)
	m.peak = append(m.peak, float64(up.Peak-up.Idle))
	m.temp = append(m.temp, float64(up.temp))
}

type measuredUpload struct {
	outcome
	temp int64
}

// measureUpload has a child do a task, and looks at its temporary files once the first byte of the
// object has come. The object's hash goes before it, so whatever had to be stored to know the hash
// has been stored by then.
func measureUpload(b *testing.B, server *wamediaxtest.Server, do task) measuredUpload {
	b.Helper()
	var err error
	do.Measured = true
	do.Invitation, err = server.Invite()
	require.NoError(b, err)
	before := len(server.Requests())
	c := do.start(b)
	_ = server.WaitFor(c.running, func(requests []wamediaxtest.Request) bool {
		warm := false
		for _, request := range requests[before:] {
			if request.Kind&(uploads|liveChunks) != 0 && request.BodyBytes > 0 {
				if warm {
					return true
				}
				warm = true
			}
		}
		return false
	})
	temp := tempBytes(c.Process.Pid)
	up := measuredUpload{c.outcome(b), temp}
	object, ok := server.Object(up.DirectPath)
	require.True(b, ok)
	require.True(b, object.Complete)
	return up
}

// tempBytes sums up the temporary files that a process has open, those without a name included. It
// needs Linux's /proc; -1 says that there is none.
func tempBytes(pid int) (sum int64) {
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		return -1
	}
	for _, fd := range fds {
		path, err := os.Readlink(fd)
		if err != nil || !strings.HasPrefix(path, os.TempDir()) || strings.Contains(path, "/"+sourceName) {
			continue
		}
		if stat, err := os.Stat(fd); err == nil && stat.Mode().IsRegular() {
			sum += stat.Size()
		}
	}
	return sum
}

// sourceName is the name of the files that are uploaded, in whatever directory.
const sourceName = "source-of-the-upload"

// randomFile makes a file of random bytes and returns its path.
func randomFile(t testing.TB, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), sourceName)
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	_, err = io.CopyN(file, rand.Reader, size)
	require.NoError(t, err)
	return path
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
