//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

func TestBotPairsRunsCommandsAndStopsOnASignal(t *testing.T) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	ann := join(t, srv)
	args := []string{"-db", filepath.Join(dir, "bot.db"), "-media", filepath.Join(dir, "media"), "-allow", annPhone, "-phone", "15550009999"}
	first := start(t, srv, args...)
	code := strings.TrimSpace(first.waitFor(t, `    \w{4}-\w{4}\n`))
	var err error
	ann.bot, err = srv.EnterCode(t.Context(), "15550009999", code)
	require.NoError(t, err)
	require.Contains(t, ann.asks("!help"), "*!send PATH or URL*")
	require.Equal(t, "That URL leads to an address that is not public.", ann.asks("!send http://localhost/"))

	second := start(t, srv, args...)
	require.Error(t, second.wait(t))
	require.Contains(t, second.out.String(), "another bot is using it")

	require.NoError(t, first.Process.Signal(syscall.SIGTERM))
	require.NoError(t, first.wait(t), "%s", first.out)

	for _, file := range hostile.Pictures() {
		path := filepath.Join(dir, "media", "bombs", file.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, file.Make(), 0o600))
	}
	again := start(t, srv, args...)
	ann.says("!stickers bombs")
	for !strings.Contains(ann.asks("!status"), "1 running") { // messages can overtake each other
	}
	began := time.Now()
	require.NoError(t, again.Process.Signal(os.Interrupt))
	require.NoError(t, again.wait(t), "%s", again.out)
	require.Less(t, time.Since(began), 10*time.Second)
	require.Equal(t, "Cancelled: the bot is shutting down.", ann.hears())
}
