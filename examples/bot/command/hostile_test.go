package command

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

// peakMemory returns the peak memory of this process since forgetPeak, in bytes; 0 if unknown.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10
		}
	}
	return 0
}

// forgetPeak resets the peak memory. It reports whether the system supports that (proc(5),
// clear_refs).
func forgetPeak() bool {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}

func TestHostilePicturesDoNotStopTheBot(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes half a minute; memory cannot be measured under the race detector")
	}
	s := newStage(t)
	r := s.start(func(c *Config) { c.Timeout = time.Second })
	for _, file := range hostile.Pictures() {
		s.write(file.Name+"/"+file.Name, file.Make())
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(224 << 20)) // as main does
	measured := forgetPeak()
	for _, file := range hostile.Pictures() {
		s.ann.say("!stickers " + file.Name)
		answer := s.ann.hears().Message
		if answer.GetStickerPackMessage() == nil {
			require.Regexp(t, `^(No sticker pack|Cancelled): `, answer.GetExtendedTextMessage().GetText(), file.Name)
		}
	}
	if measured {
		t.Logf("at most %d MiB", peakMemory()>>20)
		// The memory limit is soft: on a busy machine the collector lags behind it.
		require.LessOrEqual(t, peakMemory(), int64(320<<20))
	}
	require.Contains(t, s.ann.asks("!status"), "0 running")
	r.stop()
}

func TestBotAnswersAndStopsWhileItConvertsHostilePictures(t *testing.T) {
	s := newStage(t)
	r := s.start()
	for _, file := range hostile.Pictures() {
		if file.Name == "scans-just-allowed.jpg" {
			s.write("bomb/1.jpg", file.Make())
		}
	}
	for range guard.MaxRunning - 1 {
		s.ann.say("!stickers bomb")
	}
	require.Contains(t, s.ann.asks("!status"), "running", "it answers others meanwhile")
	began := time.Now()
	r.stop()
	require.Less(t, time.Since(began), 10*time.Second)
	for range guard.MaxRunning - 1 {
		require.Equal(t, "Cancelled: the bot is shutting down.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
	}
}
