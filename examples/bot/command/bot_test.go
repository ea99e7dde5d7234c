package command

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestStrangersAreNotAnswered(t *testing.T) {
	s := newStage(t)
	s.start()
	s.write("a.txt", []byte("a"))
	for _, text := range []string{"!help", "!send a.txt", "!nothing"} {
		s.bob.say(text)
	}
	s.ann.say("Good morning!")
	s.ann.say("!help me")
	require.Contains(t, s.ann.hears().Message.GetExtendedTextMessage().GetText(), "!send")
	require.Empty(t, s.bob.got)
	require.Empty(t, s.ann.got)
	require.Empty(t, s.srv.Requests())
	require.Contains(t, s.ann.asks("!status"), "1 run, 0 failed")
	require.Contains(t, s.ann.asks("!sned a.txt"), "!help")
}

func TestCommandsAreAnsweredAfterAReconnect(t *testing.T) {
	s := newStage(t)
	s.start()
	require.Contains(t, s.ann.asks("!status"), "connected")
	for len(s.ann.connected) > 0 {
		<-s.ann.connected
	}
	s.srv.DropConnections()
	wait(t, s.ann.connected)
	require.Contains(t, s.ann.asks("!status"), "connected")
}

func TestTooManyCommandsAreRefused(t *testing.T) {
	s := newStage(t)
	r := s.start()
	s.write("film.bin", make([]byte, 1<<20))
	s.srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.StopReading(1000)})
	for range guard.MaxRunning + guard.MaxWaiting {
		s.ann.say("!send film.bin")
	}
	require.Equal(t, "Busy. Try again when another command has finished.", s.ann.asks("!send film.bin"))
	go r.stop()
	for range guard.MaxRunning + guard.MaxWaiting {
		require.Equal(t, "Cancelled: the bot is shutting down.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
	}
	r.stop()
}

// TestUploadResumesAfterARestart stops the bot during an upload and starts another one with the
// same resume store.
func TestUploadResumesAfterARestart(t *testing.T) {
	s := newStage(t)
	content := s.write("film.bin", bytes.Repeat([]byte("wamediax"), 1<<20))
	r := s.start()
	s.srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.StopReading(6 << 20)})
	s.ann.say("!send film.bin")
	require.NoError(t, s.srv.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
		return len(requests) > 0 && requests[len(requests)-1].Held
	}))
	r.stop()
	require.Equal(t, "Cancelled: the bot is shutting down.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
	s.srv.ClearFaults()
	before := s.srv.Received()

	r = s.start()
	msg, data := s.ann.media("!send film.bin")
	require.Equal(t, content, data)
	require.Equal(t, "film.bin", msg.GetDocumentMessage().GetFileName())
	require.Less(t, s.srv.Received()-before, int64(3<<20), "only the rest is sent")
	require.Contains(t, s.ann.asks("!status"), "1 uploads resumed")
	before = s.srv.Received()
	_, data = s.ann.media("!send film.bin")
	require.Equal(t, content, data)
	require.Equal(t, before, s.srv.Received(), "nothing is sent again")
	r.stop()

	left, err := filepath.Glob(filepath.Join(s.base, "media", "*"))
	require.NoError(t, err)
	require.Equal(t, []string{s.path("film.bin")}, left)
	hidden, err := filepath.Glob(filepath.Join(s.base, "media", ".*"))
	require.NoError(t, err)
	require.Empty(t, hidden)
}
