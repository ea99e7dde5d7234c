package wamediax_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"golang.org/x/sync/errgroup"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var manyAccounts = flag.Int("accounts", 20, "how many `accounts` TestManyAccountsInOneProcess has")

// accountsAtOnce is how many of them may upload at a time.
const accountsAtOnce = 16

// accountsTask is many accounts in one process, with one transport and one resume store for all.
// Each sends a file.
type accountsTask struct {
	Invitations string // file with the accounts' invitations, as JSON
	Store       string // directory
	File        string
}

// accountsResult is what the process has in use …
type accountsResult struct {
	LoggedIn, Wrapped, Uploaded, Closed inUse // … with whatsmeow's clients alone, and after each step that follows

	Connections, MostOpen int // for media: in all, and at a time
	Seconds               float64
}

func (accounts *accountsTask) run(t *testing.T) (result accountsResult) {
	text, err := os.ReadFile(accounts.Invitations)
	require.NoError(t, err)
	var invitations []wamediaxtest.Invitation
	require.NoError(t, json.Unmarshal(text, &invitations))

	guests := make([]*wamediaxtest.Guest, len(invitations))
	var loggingIn errgroup.Group
	loggingIn.SetLimit(4)
	for i, invitation := range invitations {
		loggingIn.Go(func() (err error) {
			guests[i], err = wamediaxtest.Accept(t.Context(), invitation)
			return err
		})
	}
	require.NoError(t, loggingIn.Wait())
	for _, guest := range guests {
		defer guest.Close()
	}
	transport := guests[0].HTTPClient().Transport.(*http.Transport).Clone()
	connections := countConnections(transport)
	shared := &http.Client{Transport: transport}
	store, err := filestore.New(accounts.Store)
	require.NoError(t, err)
	result.LoggedIn = lookAround()

	turns := wamediax.NewTurns(accountsAtOnce)
	clients := make([]*wamediax.Client, len(guests))
	for i, guest := range guests {
		clients[i] = wamediax.Wrap(guest.Client, wamediax.WithHTTPClient(shared), wamediax.WithResumeStore(store), wamediax.WithTurns(turns))
	}
	result.Wrapped = lookAround()

	begin := time.Now()
	uploading, ctx := errgroup.WithContext(t.Context())
	for _, client := range clients {
		uploading.Go(func() error {
			file, err := os.Open(accounts.File)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = client.UploadMedia(ctx, file, whatsmeow.MediaImage)
			return err
		})
	}
	require.NoError(t, uploading.Wait())
	result.Seconds = time.Since(begin).Seconds()
	result.MostOpen, result.Connections = connections.count()
	result.Uploaded = lookAround()

	for _, client := range clients {
		client.Close()
	}
	clear(clients)
	shared.CloseIdleConnections()
	result.Closed = settled(result.LoggedIn)
	return result
}

// TestManyAccountsInOneProcess shows what many accounts cost. With a thousand of them, as hosting
// services have:
//
//	go test ./wamediax -run '^TestManyAccountsInOneProcess$' -v -accounts 1000
func TestManyAccountsInOneProcess(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.KeepBytes(0)
	n := *manyAccounts
	var invitations []wamediaxtest.Invitation
	for range n {
		invitation, err := server.Invite()
		require.NoError(t, err)
		invitations = append(invitations, invitation)
	}
	text, err := json.Marshal(invitations)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "invitations")
	require.NoError(t, os.WriteFile(path, text, 0o600))

	do := &accountsTask{Invitations: path, Store: t.TempDir(), File: randomFile(t, 100*kibi)}
	came := task{Accounts: do}.start(t).outcome(t).Accounts
	for _, step := range []struct {
		name string
		inUse
	}{
		{"logged in", came.LoggedIn}, {"wrapped", came.Wrapped}, {"uploaded", came.Uploaded}, {"closed", came.Closed},
	} {
		t.Logf("%d accounts %-9s  %v", n, step.name, step.inUse)
	}
	t.Logf("an upload of 100 KiB each in %.2f s, by %d connections, %d at a time", came.Seconds, came.Connections, came.MostOpen)

	require.Equal(t, came.LoggedIn.Goroutines, came.Wrapped.Goroutines, "a wrapped client needs no goroutine")
	require.Equal(t, came.LoggedIn.Descriptors, came.Wrapped.Descriptors)
	require.LessOrEqual(t, came.MostOpen, accountsAtOnce)
	require.LessOrEqual(t, came.Uploaded.Goroutines-came.Wrapped.Goroutines, 8*came.MostOpen, "goroutines by connection, not by account")
	require.LessOrEqual(t, came.Closed.Goroutines, came.LoggedIn.Goroutines, "Close returns everything")
	require.LessOrEqual(t, came.Closed.Descriptors, came.LoggedIn.Descriptors)
	if !raceDetector {
		const perAccount = 32 * kibi
		require.LessOrEqual(t, came.Uploaded.Heap-came.LoggedIn.Heap, int64(mebi+n*perAccount))
		require.LessOrEqual(t, came.Closed.Heap-came.LoggedIn.Heap, int64(mebi))
	}
	uploaded := 0
	for _, object := range server.Objects() {
		if object.Complete {
			uploaded++
		}
	}
	require.Equal(t, n, uploaded, "accounts do not share records")
}

func TestClientsWaitForTheTurnsThatTheyShare(t *testing.T) {
	s := newService(t)
	turns := wamediax.NewTurns(1)
	first := s.again(wamediax.WithTurns(turns))
	second := s.again(wamediax.WithTurns(turns))
	release := make(chan struct{})
	s.inject("", uploads, 1, wamediaxtest.AnswerAfter(release))
	done := make(chan error, 1)
	go func() {
		_, err := first.Upload(t.Context(), content(kibi), whatsmeow.MediaImage)
		done <- err
	}()
	s.waitHeld(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := second.Upload(ctx, content(2*kibi), whatsmeow.MediaImage)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "while waiting for a turn among all clients")

	close(release)
	require.NoError(t, <-done)
	_, err = second.Upload(t.Context(), content(2*kibi), whatsmeow.MediaImage)
	require.NoError(t, err)
}
