package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

const botVariable = "WAMEDIAX_TEST_BOT"

// botProcess is what TestBotProcess is told.
type botProcess struct {
	Invitation wamediaxtest.Invitation // for a client beside the bot, which brings the way to the service
	DB, Media  string
}

// TestBotProcess is the bot as a process of its own, which another test starts. By itself it does nothing.
func TestBotProcess(t *testing.T) {
	told := os.Getenv(botVariable)
	if told == "" {
		t.Skip("this is another test's process")
	}
	var do botProcess
	require.NoError(t, json.Unmarshal([]byte(told), &do))
	guest, err := wamediaxtest.Accept(t.Context(), do.Invitation)
	require.NoError(t, err)
	err = run(&config{
		db: do.DB, media: do.Media, allow: map[string]bool{annPhone.User: true}, max: 10 << 20,
		timeout: time.Minute, level: zerolog.InfoLevel, http: guest.HTTPClient(),
	}, "")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func TestSignalEndsTheBotWhileItConvertsAHostileFolder(t *testing.T) {
	for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "Ctrl-C": os.Interrupt} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			first := s.paired()
			s.ann.asks("!status")
			require.NoError(t, first.stop())
			for _, file := range hostile.Pictures() {
				s.write("bombs/"+file.Name, file.Make())
			}
			invitation, err := s.srv.Invite()
			require.NoError(t, err)
			told, err := json.Marshal(botProcess{invitation, filepath.Join(s.base, "bot.db"), s.path()})
			require.NoError(t, err)
			var output bytes.Buffer
			bot := exec.Command(os.Args[0], "-test.run=^TestBotProcess$")
			bot.Env = append(os.Environ(), botVariable+"="+string(told))
			bot.Stdout, bot.Stderr = &output, &output
			require.NoError(t, bot.Start())
			ended := make(chan error, 1)
			go func() { ended <- bot.Wait() }()
			t.Cleanup(func() { _ = bot.Process.Kill() })

			s.ann.say("!stickers bombs")
			for { // messages may overtake each other
				if status := s.ann.asks("!status"); bytes.Contains([]byte(status), []byte("1 running")) {
					break
				}
			}
			began := time.Now()
			require.NoError(t, bot.Process.Signal(signal))
			require.NoError(t, wait(t, ended), "%s", &output)
			require.Less(t, time.Since(began), 10*time.Second)
			require.Equal(t, "Not done: the bot is being stopped.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
		})
	}
}
