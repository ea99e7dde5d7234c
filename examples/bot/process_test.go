package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const invitationVariable = "WAMEDIAX_TEST_BOT"

// TestMain runs main in the processes that tests start. Such a process can reach only the service
// of the test that invites it.
func TestMain(m *testing.M) {
	encoded, ok := os.LookupEnv(invitationVariable)
	if !ok {
		os.Exit(m.Run())
	}
	if encoded != "" {
		var invitation wamediaxtest.Invitation
		if err := json.Unmarshal([]byte(encoded), &invitation); err != nil {
			panic(err)
		}
		guest, err := wamediaxtest.Accept(context.Background(), invitation)
		if err != nil {
			panic(err)
		}
		http.DefaultTransport = guest.HTTPClient().Transport
	}
	main()
	os.Exit(0)
}

// process is a bot in a separate process.
type process struct {
	*exec.Cmd
	out   *output
	ended chan error
}

// output is the output of a process so far.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{} // has an item after a write
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.written <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// patience is the time after which a waiting test fails.
const patience = 90 * time.Second

// waitFor waits for a pattern in the process's output and returns the first match.
func (p *process) waitFor(t *testing.T, pattern string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		if match := regexp.MustCompile(pattern).FindString(p.out.String()); match != "" {
			return match
		}
		select {
		case <-p.out.written:
		case <-deadline:
			require.FailNow(t, "the process did not write the pattern", "%s: %s", pattern, p.out)
		}
	}
}

func (p *process) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		require.FailNow(t, "the process does not exit", "%s", p.out)
		return nil
	}
}

// start starts a bot with these arguments, with srv as its WhatsApp.
func start(t *testing.T, srv *wamediaxtest.Server, args ...string) *process {
	invitation, err := srv.Invite()
	require.NoError(t, err)
	encoded, err := json.Marshal(invitation)
	require.NoError(t, err)
	p := &process{exec.Command(os.Args[0], args...), &output{written: make(chan struct{}, 1)}, make(chan error, 1)}
	p.Env = append(os.Environ(), invitationVariable+"="+string(encoded))
	p.Stdout, p.Stderr = p.out, p.out
	require.NoError(t, p.Start())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		p.ended <- p.Wait()
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-gone
	})
	return p
}

// ann is an account in -allow.
type ann struct {
	*whatsmeow.Client
	t     *testing.T
	bot   types.JID
	heard chan *events.Message
}

const annPhone = "15551234567"

func join(t *testing.T, srv *wamediaxtest.Server) *ann {
	cli, err := srv.NewClient(t.Context(), wamediaxtest.WithJID(types.NewJID(annPhone, types.DefaultUserServer)))
	require.NoError(t, err)
	a := &ann{Client: cli, t: t, heard: make(chan *events.Message, 100)}
	cli.AddEventHandler(func(raw any) {
		if evt, ok := raw.(*events.Message); ok {
			a.heard <- evt
		}
	})
	return a
}

func (a *ann) says(text string) {
	_, err := a.SendMessage(a.t.Context(), a.bot.ToNonAD(), &waE2E.Message{Conversation: proto.String(text)})
	require.NoError(a.t, err)
}

func (a *ann) hears() string {
	a.t.Helper()
	select {
	case evt := <-a.heard:
		return evt.Message.GetExtendedTextMessage().GetText()
	case <-time.After(patience):
		require.FailNow(a.t, "no answer")
		return ""
	}
}

func (a *ann) asks(text string) string {
	a.t.Helper()
	a.says(text)
	return a.hears()
}

func TestWrongFlagPointsToTheHelp(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-dbb", "x")
	cmd.Env = append(os.Environ(), invitationVariable+"=")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 2, cmd.ProcessState.ExitCode())
	require.Equal(t, "bot: flag provided but not defined: -dbb\nRun it with -h for help.\n", string(out))
}

func TestTourCleansUpWhenThePipeIsClosed(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), invitationVariable+"=", "TMPDIR="+dir, "TMP="+dir, "TEMP="+dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.ReadFull(out, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, out.Close())
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), "exit, not a signal: %s", &complaint)
	require.Contains(t, complaint.String(), "failed to write")
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
