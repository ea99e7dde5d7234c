package wamediax_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var beside = flag.Bool("beside", false, "compare with plain whatsmeow what happens to uploads when things go wrong, and print a table")

const (
	besideSize    = 64 * mebi
	besideLimit   = 10 * time.Second // for each call of whatsmeow's, which would wait for ever
	besideStall   = 3 * time.Second  // in place of 30 s
	besidePercent = 90
)

// mishap is something that goes wrong around an upload.
type mishap struct {
	name   string
	happen func(s *besideService)
	times  int // how often the file is sent; 0: once
	// restart ends the program, with a first call, when the service has received besidePercent of
	// the object.
	restart bool
}

var mishaps = []mishap{
	{name: "nothing goes wrong", happen: func(*besideService) {}},
	{name: "cut at 90 %", happen: func(s *besideService) {
		s.inject("", uploads, 1, wamediaxtest.HangUp(besideSize*besidePercent/100))
	}},
	{name: "first host is down", happen: func(s *besideService) {
		s.down.Store(true)
		s.media.CloseIdleConnections()
	}},
	{name: "token has gone stale", happen: func(s *besideService) { s.RefuseTokens() }},
	{name: "first host stalls after a third", happen: func(s *besideService) {
		s.inject(hostA, uploads, -1, wamediaxtest.StopReading(besideSize/3))
	}},
	{name: "program restarts at 90 %", happen: func(*besideService) {}, restart: true},
	{name: "same file to ten chats", happen: func(*besideService) {}, times: 10},
}

// ways are those to send the file.
var ways = []struct {
	name   string
	plain  bool
	repeat bool // once more after an error
}{
	{name: "whatsmeow", plain: true},
	{name: "whatsmeow, called again after an error", plain: true, repeat: true},
	{name: "wamediax"},
}

// TestBesideWhatsmeow is no test: it makes the README's table of what uploads come to when things
// go wrong, and the same as a benchmark's output, for internal/plots.
//
//	go test ./wamediax -run TestBesideWhatsmeow -beside -v
func TestBesideWhatsmeow(t *testing.T) {
	if !*beside {
		t.Skip("asked for with -beside")
	}
	path := randomFile(t, besideSize)
	var table, lines strings.Builder
	heading := []string{"outcome; MiB received, seconds, requests"}
	rule := []string{"---"}
	for _, way := range ways {
		heading, rule = append(heading, way.name), append(rule, "---")
	}
	row := func(cells []string) { fmt.Fprintf(&table, "| %s |\n", strings.Join(cells, " | ")) }
	row(heading)
	row(rule)
	for _, mishap := range mishaps {
		cells := []string{mishap.name}
		for _, way := range ways {
			s := newBesideService(t, way.plain)
			came := s.live(t, mishap, path, way.repeat)
			s.Close()
			cells = append(cells, came.cell())
			fmt.Fprintf(&lines, "BenchmarkBeside/%s/%s 1 %s\n", underscored(mishap.name), underscored(way.name), came.metrics())
		}
		row(cells)
	}
	fmt.Printf("\n%s\nA file of %d MiB (object: %.1f MiB), HTTPS over loopback; bytes and requests as the service counts them, probes\n"+
		"included. After a restart the caller sends the file again. A call of whatsmeow's is given up after %v here: it would\n"+
		"wait for ever. wamediax waits %v for a byte here, and 30 s by default; it has a resume store.\n\n%s\n",
		&table, besideSize/mebi, float64(streamenc.EncryptedSize(besideSize))/mebi, besideLimit, besideStall, &lines)
}

// besideOutcome is what came of sending the file in one way.
type besideOutcome struct {
	err      error // whatsmeow's or ours; nil: the file was sent
	received int64 // bytes
	took     time.Duration
	requests int
}

func (o besideOutcome) cell() string {
	outcome := "ok"
	if o.err != nil {
		outcome = "`" + withoutAddress.ReplaceAllString(o.err.Error(), `"…"`) + "`"
	}
	return fmt.Sprintf("%s; %.1f MiB, %.1f s, %d", outcome, float64(o.received)/mebi, o.took.Seconds(), o.requests)
}

// metrics are the same figures as a benchmark's.
func (o besideOutcome) metrics() string {
	failed := 0
	if o.err != nil {
		failed = 1
	}
	return fmt.Sprintf("%.1f received-MiB %.1f s %d requests %d failed", float64(o.received)/mebi, o.took.Seconds(), o.requests, failed)
}

func underscored(name string) string { return strings.ReplaceAll(name, " ", "_") }

// besideService is a service with a client that has made a small upload: it has a token and
// connections.
type besideService struct {
	*service
	plain bool
	store resume.Store
	media *http.Client
	down  atomic.Bool // nobody listens at the first host's address
}

func newBesideService(t *testing.T, plain bool) *besideService {
	t.Helper()
	s := &besideService{service: newService(t), plain: plain, store: fileStore(t)}
	s.KeepBytes(0)
	transport := s.HTTPClient().Transport.(*http.Transport).Clone()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if s.down.Load() && strings.HasPrefix(address, hostA+":") {
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:1") // connection refused
		}
		return dial(ctx, network, address)
	}
	s.media = &http.Client{Transport: transport}
	t.Cleanup(s.media.CloseIdleConnections)
	s.restart()
	small := fileOf(t, content(kibi))
	require.NoError(t, s.send(t.Context(), small.Name()))
	return s
}

// restart makes the client anew. What is left of the old one is what the store holds.
func (s *besideService) restart() {
	s.client = wamediax.Wrap(s.client.Client, wamediax.WithHTTPClient(s.media), wamediax.WithResumeStore(s.store),
		wamediax.WithStallTimeout(besideStall))
}

func (s *besideService) send(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if s.plain {
		ctx, cancel := context.WithTimeout(ctx, besideLimit)
		defer cancel()
		_, err = s.client.Client.UploadReader(ctx, file, nil, whatsmeow.MediaDocument)
	} else {
		_, err = s.client.UploadMedia(ctx, file, whatsmeow.MediaDocument)
	}
	return err
}

// live sends the file while the mishap happens, and tells what came of it.
func (s *besideService) live(t *testing.T, m mishap, path string, repeat bool) (came besideOutcome) {
	t.Helper()
	received, requests := s.Received(), len(s.Requests())
	m.happen(s)
	begin := time.Now()
	if m.restart {
		ctx, end := context.WithCancel(t.Context())
		go func() {
			_ = s.WaitFor(ctx, func([]wamediaxtest.Request) bool { return s.Received()-received >= besideSize*besidePercent/100 })
			end()
		}()
		require.Error(t, s.send(ctx, path))
		end()
		s.restart()
	}
	for range max(1, m.times) {
		err := s.send(t.Context(), path)
		if err != nil && repeat {
			err = s.send(t.Context(), path)
		}
		if err != nil {
			came.err = err
		}
	}
	came.took = time.Since(begin)
	came.received = s.Received() - received
	came.requests = len(s.Requests()) - requests
	return came
}

// withoutAddress finds the address in whatsmeow's errors, which holds the token.
var withoutAddress = regexp.MustCompile(`"https://[^"]*"`)
