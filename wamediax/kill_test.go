package wamediax_test

import (
	"encoding/base64"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var killedMebi = flag.Int64("killed.mebi", 32, "size in MiB of the uploads that are killed on the way")

// killedUpload is the size of the uploads that are killed on the way, and how far they are then.
func killedUpload() (size int64, percents []int64) {
	if testing.Short() || raceDetector {
		return *killedMebi * mebi, []int64{20, 95}
	}
	return *killedMebi * mebi, []int64{20, 50, 95}
}

func TestUploadOfAKilledProcessIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	size, percents := killedUpload()
	file := randomFile(t, size)
	for _, percent := range percents {
		t.Run(fmt.Sprintf("killed at %d percent", percent), func(t *testing.T) {
			t.Parallel()
			server := newKillService(t)
			invitation, err := server.Invite()
			require.NoError(t, err)
			do := task{Invitation: invitation, File: file, FileStore: t.TempDir()}

			first := do.start(t)
			server.waitForBytes(t, first, size*percent/100)
			first.kill()
			server.waitForEnd(t)
			came := do.start(t).outcome(t)

			server.requireWhole(t, came, size)
			require.True(t, came.Resumed)
			require.LessOrEqual(t, came.BytesSent, size-size*percent/100+64)
		})
	}
}

func TestProcessThatWaitsTakesOverFromOneThatIsKilled(t *testing.T) {
	t.Parallel()
	size, percents := killedUpload()
	file := randomFile(t, size)
	for _, percent := range percents {
		t.Run(fmt.Sprintf("killed at %d percent", percent), func(t *testing.T) {
			t.Parallel()
			server := newKillService(t)
			do := task{File: file, SQLStore: filepath.Join(t.TempDir(), "bot.db"), Lease: 2 * time.Second}
			process := func(device uint16) *child {
				jid := types.NewJID("15550001", types.DefaultUserServer)
				jid.Device = device
				var err error
				do.Invitation, err = server.Invite(wamediaxtest.WithJID(jid))
				require.NoError(t, err)
				return do.start(t)
			}
			server.Inject("", wamediaxtest.Fault{On: uploads, Do: wamediaxtest.StopReading(size * percent / 100)})

			first := process(1)
			server.waitForBytes(t, first, size*percent/100)
			second := process(2)
			select {
			case <-second.begun: // and waits, for the first holds the lock
			case <-second.running.Done():
			}
			first.kill()
			came := second.outcome(t)

			server.requireWhole(t, came, size)
			require.True(t, came.Resumed)
			require.LessOrEqual(t, came.BytesSent, size-size*percent/100+64)
			sent := 0
			for _, request := range server.Requests() {
				if request.Kind == uploads {
					sent++
				}
			}
			require.Equal(t, 2, sent)
		})
	}
}

// killService is a service whose clients are other processes.
type killService struct{ *wamediaxtest.Server }

func newKillService(t *testing.T) killService {
	t.Helper()
	server := newServer(t)
	server.KeepBytes(0)
	return killService{server}
}

// waitForBytes waits until the service has received that many bytes, or the process has ended.
func (s killService) waitForBytes(t *testing.T, from *child, bytes int64) {
	t.Helper()
	err := s.WaitFor(from.running, func([]wamediaxtest.Request) bool { return s.Received() >= bytes })
	if err != nil {
		from.outcome(t) // says why
	}
	require.NoError(t, err)
}

// waitForEnd waits until what a killed process had sent has been read.
func (s killService) waitForEnd(t *testing.T) {
	t.Helper()
	require.NoError(t, s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
		for _, request := range requests {
			if !request.Done {
				return false
			}
		}
		return true
	}))
}

// requireWhole checks that the service has the object, and that no more than 1 MiB was sent in
// vain.
func (s killService) requireWhole(t *testing.T, came outcome, size int64) {
	t.Helper()
	object, ok := s.Object(came.DirectPath)
	require.True(t, ok)
	require.True(t, object.Complete)
	require.Equal(t, object.Token, base64.RawURLEncoding.EncodeToString(object.SHA256[:]))
	require.Greater(t, object.Size, size)
	require.LessOrEqual(t, s.Received(), object.Size+mebi)
}
