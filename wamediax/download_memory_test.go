package wamediax_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// peakVariable is the directory of a process that downloads and does nothing else, so that its
// memory is the download's: it finds its job there and leaves the result.
const peakVariable = "WAMEDIAX_TEST_DOWNLOAD"

type peakJob struct {
	How     string // a key of peakJobs
	Address string // of the media hosts
	Message []byte
}

type peakResult struct {
	Idle, Peak int64 // bytes: the most that was resident before and in all
	Received   int64 // bytes of the object
	Seconds    float64
}

// peakJobs are ways to download, with how many bytes came where that is known.
var peakJobs = map[string]func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, path string) (int64, error){
	"whatsmeow Download": func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, _ string) (int64, error) {
		_, err := client.Client.Download(ctx, msg)
		return 0, err
	},
	"whatsmeow DownloadToFile": func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, path string) (int64, error) {
		file, err := os.Create(path)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		return 0, client.Client.DownloadToFile(ctx, msg, file)
	},
	"wamediax DownloadTo": func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, _ string) (int64, error) {
		got, err := client.DownloadTo(ctx, io.Discard, msg)
		return got.BytesReceived, err
	},
	"wamediax DownloadFile": func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, path string) (int64, error) {
		got, err := client.DownloadFile(ctx, path, msg)
		return got.BytesReceived, err
	},
	"wamediax OpenMedia": func(ctx context.Context, client *wamediax.Client, msg *waE2E.VideoMessage, _ string) (int64, error) {
		media, err := client.OpenMedia(ctx, msg)
		if err != nil {
			return 0, err
		}
		defer media.Close()
		_, err = io.Copy(struct{ io.Writer }{io.Discard}, media)
		return media.Downloaded().BytesReceived, err
	},
}

// TestDownloadInAProcessOfItsOwn is what such a process does.
func TestDownloadInAProcessOfItsOwn(t *testing.T) {
	dir, ok := os.LookupEnv(peakVariable)
	if !ok {
		t.Skip("run by others")
	}
	text, err := os.ReadFile(dir + "/job")
	require.NoError(t, err)
	var job peakJob
	require.NoError(t, json.Unmarshal(text, &job))
	var msg waE2E.VideoMessage
	require.NoError(t, json.Unmarshal(job.Message, &msg))
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // of the other process, over loopback
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, job.Address)
		},
	}
	defer transport.CloseIdleConnections()
	s := newService(t, wamediax.WithHTTPClient(&http.Client{Transport: transport}))
	result := peakResult{Idle: peakMemory(t)}
	begin := time.Now()
	result.Received, err = peakJobs[job.How](t.Context(), s.client, &msg, dir+"/file")
	require.NoError(t, err)
	result.Seconds = time.Since(begin).Seconds()
	result.Peak = peakMemory(t)
	answer, err := json.Marshal(result)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+"/result", answer, 0o600))
}

// peakMemory is the most that was resident of this process, in bytes.
func peakMemory(t testing.TB) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	require.NoError(t, err)
	return kib * kibi
}

// peakService has an object of size bytes of plaintext, on the disk, and runs jobs on it.
type peakService struct {
	*wamediaxtest.Server
	address string
	msg     *waE2E.VideoMessage
	object  int64 // bytes
}

func newPeakService(t testing.TB, size int64) *peakService {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip(err)
	}
	s := &peakService{Server: wamediaxtest.NewServer(), object: streamenc.EncryptedSize(size)}
	t.Cleanup(s.Close)
	file, err := os.Create(t.TempDir() + "/object")
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	info, err := streamenc.Encrypt(file, io.LimitReader(endlessly{content(mebi)}, size), whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	require.NoError(t, err)
	path, err := s.PutReaderAt("video", file, s.object)
	require.NoError(t, err)
	s.msg = &waE2E.VideoMessage{
		DirectPath: &path, MediaKey: info.MediaKey, FileSHA256: info.FileSHA256, FileEncSHA256: info.FileEncSHA256,
		FileLength: new(uint64(size)), StreamingSidecar: info.Sidecar,
	}
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { s.address = c.Conn.RemoteAddr().String() }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hostA+"/", nil)
	require.NoError(t, err)
	resp, err := s.HTTPClient().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return s
}

// endlessly repeats a block.
type endlessly struct{ block []byte }

func (e endlessly) Read(p []byte) (int, error) { return copy(p, e.block), nil }

func (s *peakService) run(t testing.TB, how string) (result peakResult) {
	t.Helper()
	message, err := json.Marshal(s.msg)
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "peak-*")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	job, err := json.Marshal(peakJob{How: how, Address: s.address, Message: message})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+"/job", job, 0o600))
	child := exec.Command(os.Args[0], "-test.run=^TestDownloadInAProcessOfItsOwn$", "-test.timeout=5m")
	child.Env = append(os.Environ(), peakVariable+"="+dir)
	output, err := child.CombinedOutput()
	require.NoError(t, err, "%s", output)
	answer, err := os.ReadFile(dir + "/result")
	require.NoError(t, err, "%s", output)
	require.NoError(t, json.Unmarshal(answer, &result))
	return result
}

func TestMemoryOfADownloadDoesNotGrowWithTheFile(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector's own memory would be measured")
	}
	const large = 40 * mebi
	s := newPeakService(t, large)
	for how := range peakJobs {
		if strings.HasPrefix(how, "whatsmeow") {
			continue
		}
		const cuts = 3
		s.Inject("", wamediaxtest.Fault{On: downloads, Times: cuts, Do: wamediaxtest.HangUp(5 * mebi)})
		result := s.run(t, how)
		require.Less(t, result.Peak-result.Idle, int64(large*3/4), "%s: %+v", how, result)
		require.LessOrEqual(t, result.Received, s.object+(cuts+2)*64*kibi, how)
	}
}

// BenchmarkDownload measures 1 GiB, each way in a process of its own. peak-MiB is the most that was
// resident, idle-MiB the same before the download began; the file is on the disk that holds
// os.TempDir.
func BenchmarkDownload(b *testing.B) {
	const size = 1 << 30
	s := newPeakService(b, size)
	for _, cuts := range []int{0, 3} {
		for _, how := range []string{
			"whatsmeow Download", "whatsmeow DownloadToFile", "wamediax DownloadTo", "wamediax DownloadFile", "wamediax OpenMedia",
		} {
			if cuts > 0 && strings.HasPrefix(how, "whatsmeow") {
				continue // begins again each time
			}
			b.Run(fmt.Sprintf("%s/%d cuts", strings.Replace(how, " ", "/", 1), cuts), func(b *testing.B) {
				var peak, idle, received int64
				var seconds float64
				for range b.N {
					if cuts > 0 {
						s.Inject("", wamediaxtest.Fault{On: downloads, Times: cuts, Do: wamediaxtest.HangUp(size / 5)})
					}
					result := s.run(b, how)
					s.ClearFaults()
					peak, idle = max(peak, result.Peak), max(idle, result.Idle)
					received, seconds = max(received, result.Received), seconds+result.Seconds
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(size)*float64(b.N)/seconds/1e6, "MB/s")
				b.ReportMetric(float64(peak)/mebi, "peak-MiB")
				b.ReportMetric(float64(idle)/mebi, "idle-MiB")
				if received > 0 {
					b.ReportMetric(float64(received-s.object)/kibi, "extra-KiB")
				}
			})
		}
	}
}
