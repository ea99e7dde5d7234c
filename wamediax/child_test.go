package wamediax_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Some tests and benchmarks need a process of its own for the client: to kill it, or because its
// memory is what is measured. The service stays in the test's process. What a child must do is in
// its environment, what came of it on its output.

const taskVariable = "WAMEDIAX_TEST_TASK"

// task is what a child does, with a client that it has logged in: one upload of a file, or Times
// uploads of Size bytes of memory at once.
type task struct {
	Invitation wamediaxtest.Invitation
	Plain      bool // by whatsmeow alone
	HTTP1      bool // not by HTTP/2

	Live   bool // by UploadLive
	Stream bool // File is a stream, of which nobody knows where it ends

	File      string
	FileStore string        // directory of a filestore.Store; "": none
	SQLStore  string        // file of an SQLite database with a sqlstore.Store; "": none
	Lease     time.Duration // of its locks

	Times, Size int
	MaxParallel int

	Measured bool // after a small upload, which the service sees as well: with figures of the memory

	Accounts *accountsTask // in place of all that: many clients
	Soak     *soakTask     // in place of the uploads: very many
	Small    *smallTask    // in place of the uploads: small media, in turn by whatsmeow and by wamediax
}

// outcome is what came of a task.
type outcome struct {
	DirectPath string
	BytesSent  int64
	Resumed    bool

	Seconds   float64
	AfterLast float64 // seconds from the stream's end to the answer
	// Bytes of memory, as the operating system counts them: before the task, and at most while it
	// went on. 0: it does not.
	Idle, Peak int64
	// Connections that were open for media, at most at a time, and in all.
	MostOpen, Opened int

	Accounts accountsResult // of an accountsTask
	Soak     soakResult     // of a soakTask
	Rounds   []smallRound   // of a smallTask
}

// child is a process that does a task.
type child struct {
	*exec.Cmd
	running context.Context // until the process has ended
	begun   chan struct{}   // closed once it has begun its task

	// Once it has ended.
	came  []byte       // the outcome, as JSON
	said  bytes.Buffer // everything else
	erred bytes.Buffer
	err   error
}

// begins is what a child says when its client is logged in.
const begins = "begins"

// start starts this test's program once more.
func (do task) start(t testing.TB) *child {
	t.Helper()
	told, err := json.Marshal(do)
	require.NoError(t, err)
	c := &child{Cmd: exec.Command(os.Args[0], "-test.run=^TestChild$"), begun: make(chan struct{})}
	c.Env = append(os.Environ(), taskVariable+"="+string(told), fmt.Sprintf("GOMAXPROCS=%d", runtime.GOMAXPROCS(0)))
	c.Stderr = &c.erred
	said, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	running, ended := context.WithCancelCause(context.Background())
	c.running = running
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			switch line := lines.Text(); {
			case line == begins:
				close(c.begun)
			case strings.HasPrefix(line, "{"):
				c.came = []byte(line)
			default:
				fmt.Fprintln(&c.said, line)
			}
		}
		c.err = c.Wait()
		ended(errors.New("the process has ended"))
	}()
	t.Cleanup(c.kill)
	return c
}

// kill is kill -9.
func (c *child) kill() {
	_ = c.Process.Kill()
	<-c.running.Done()
}

// outcome waits for the end of the child.
func (c *child) outcome(t testing.TB) outcome {
	t.Helper()
	<-c.running.Done()
	require.NoError(t, c.err, "%s%s", &c.said, &c.erred)
	var came outcome
	require.NoError(t, json.Unmarshal(c.came, &came), "%s%s", &c.said, &c.erred)
	return came
}

// TestChild is what other tests start as a process of its own. By itself it does nothing.
func TestChild(t *testing.T) {
	told := os.Getenv(taskVariable)
	if told == "" {
		t.Skip("this is other tests' process")
	}
	var do task
	require.NoError(t, json.Unmarshal([]byte(told), &do))
	if do.Accounts != nil {
		report(t, outcome{Accounts: do.Accounts.run(t)})
		return
	}
	guest, err := wamediaxtest.Accept(t.Context(), do.Invitation)
	require.NoError(t, err)
	defer guest.Close()
	transport := guest.HTTPClient().Transport.(*http.Transport).Clone()
	if do.HTTP1 {
		onlyHTTP1(transport)
	}
	if do.Small != nil {
		transport.MaxIdleConnsPerHost = 32 // handshakes are not what is measured
	}
	connections := countConnections(transport)
	defer connections.close()
	defer transport.CloseIdleConnections()
	media := &http.Client{Transport: transport}
	guest.SetMediaHTTPClient(media)
	opts := []wamediax.Option{wamediax.WithHTTPClient(media), wamediax.WithMaxParallel(do.MaxParallel)}
	if store := do.store(t); store != nil {
		opts = append(opts, wamediax.WithResumeStore(store))
	}
	client := wamediax.Wrap(guest.Client, opts...)

	var came outcome
	if do.Measured { // a small upload brings everything into memory that stays there
		require.NoError(t, do.upload(t.Context(), client, stream(content(mebi)), new(outcome)))
		came.Idle = memoryNow()
	}
	fmt.Println(begins)
	begin := time.Now()
	if do.Small != nil {
		came.Rounds = do.Small.run(t, client)
	} else if do.Soak != nil {
		came.Soak = do.Soak.run(t, client)
	} else if do.File != "" {
		file, err := os.Open(do.File)
		require.NoError(t, err)
		defer file.Close()
		if do.Stream {
			src := &endNoted{Reader: file}
			require.NoError(t, do.upload(t.Context(), client, src, &came))
			came.AfterLast = time.Since(src.end).Seconds()
		} else {
			require.NoError(t, do.upload(t.Context(), client, file, &came))
		}
	} else {
		require.NoError(t, do.manyAtOnce(t.Context(), client))
	}
	came.Seconds = time.Since(begin).Seconds()
	if do.Measured {
		came.Peak = memoryAtMost()
	}
	came.MostOpen, came.Opened = connections.count()
	report(t, came)
}

// report tells the other process what came of the task.
func report(t *testing.T, came outcome) {
	t.Helper()
	said, err := json.Marshal(came)
	require.NoError(t, err)
	fmt.Println(string(said))
}

func (do task) store(t *testing.T) resume.Store {
	t.Helper()
	switch {
	case do.FileStore != "":
		store, err := filestore.New(do.FileStore)
		require.NoError(t, err)
		return store
	case do.SQLStore != "":
		db, err := dbutil.NewWithDialect("file:"+do.SQLStore+
			"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		store, err := sqlstore.New(t.Context(), db, sqlstore.WithLease(do.Lease))
		require.NoError(t, err)
		return store
	default:
		return nil
	}
}

func (do task) upload(ctx context.Context, client *wamediax.Client, src io.Reader, came *outcome) error {
	if do.Plain {
		resp, err := client.Client.UploadReader(ctx, src, nil, whatsmeow.MediaDocument)
		came.DirectPath = resp.DirectPath
		return err
	}
	upload := func(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType) (*wamediax.Uploaded, error) {
		return client.UploadMedia(ctx, src, mediaType)
	}
	if do.Live {
		upload = func(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType) (*wamediax.Uploaded, error) {
			return client.UploadLive(ctx, src, mediaType)
		}
	}
	up, err := upload(ctx, src, whatsmeow.MediaDocument)
	if err != nil {
		return err
	}
	came.DirectPath, came.BytesSent, came.Resumed = up.DirectPath, up.BytesSent, up.Resumed
	return nil
}

// endNoted is a stream that knows when it ended.
type endNoted struct {
	io.Reader
	end time.Time
}

func (r *endNoted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.end = time.Now()
	}
	return n, err
}

func (do task) manyAtOnce(ctx context.Context, client *wamediax.Client) error {
	data := content(do.Size)
	errs := make([]error, do.Times)
	var uploading sync.WaitGroup
	for i := range errs {
		uploading.Go(func() { errs[i] = do.upload(ctx, client, bytes.NewReader(data), new(outcome)) })
	}
	uploading.Wait()
	return errors.Join(errs...)
}

func onlyHTTP1(transport *http.Transport) {
	transport.ForceAttemptHTTP2 = false
	transport.TLSNextProto = make(map[string]func(string, *tls.Conn) http.RoundTripper)
	transport.TLSClientConfig.NextProtos = nil
}

// openConnections counts the connections of a transport.
type openConnections struct {
	mu          sync.Mutex
	open        map[*countedConn]bool
	most, total int
}

func countConnections(transport *http.Transport) *openConnections {
	c := &openConnections{open: make(map[*countedConn]bool)}
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return c.opened(conn), nil
	}
	return c
}

func (c *openConnections) opened(conn net.Conn) *countedConn {
	counted := &countedConn{conn, c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	c.open[counted] = true
	c.most = max(c.most, len(c.open))
	return counted
}

func (c *openConnections) closed(conn *countedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// close closes what CloseIdleConnections leaves open, for example an HTTP/2 connection whose last
// response has been read to its end, but whose stream is not removed yet: it does not count as
// idle.
func (c *openConnections) close() {
	c.mu.Lock()
	open := slices.Collect(maps.Keys(c.open))
	c.mu.Unlock()
	for _, conn := range open {
		_ = conn.Close()
	}
}

func (c *openConnections) count() (most, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most, c.total
}

type countedConn struct {
	net.Conn
	of *openConnections
}

func (c *countedConn) Close() error {
	c.of.closed(c)
	return c.Conn.Close()
}

// memoryNow returns how much memory the process has now, and makes memoryAtMost begin anew.
func memoryNow() int64 {
	// On Linux this forgets the peak until now. Where it may not, the peak is compared with the
	// peak of the beginning.
	if os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) != nil {
		return memoryAtMost()
	}
	return statusBytes("VmRSS")
}

// memoryAtMost is how much memory the process has had at most.
func memoryAtMost() int64 { return statusBytes("VmHWM") }

// statusBytes reads a figure from the process's own status; 0 where the system has no such file.
func statusBytes(name string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if figure, ok := strings.CutPrefix(line, name+":"); ok {
			var kib int64
			if _, err := fmt.Sscan(figure, &kib); err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
