package tour

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

func TestTextIsWrappedBetweenWords(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		columns int
		want    []string
	}{
		"no limit":                        {"a  b", -1, []string{"a  b"}},
		"short enough":                    {"one two", 7, []string{"one two"}},
		"too long":                        {"one two three", 7, []string{"one two", "three"}},
		"a word that is longer":           {"one extraordinary day", 5, []string{"one", "extraordinary", "day"}},
		"letters of several bytes":        {"größere Übung", 13, []string{"größere Übung"}},
		"nothing":                         {"", 10, []string{""}},
		"no room, where each word is one": {"a b", 0, []string{"a", "b"}},
	} {
		require.Equal(t, c.want, wrap(c.text, c.columns), name)
	}
}

// columnsOf returns the number of columns of a bar's line.
func columnsOf(line string) int {
	return utf8.RuneCountInString(strings.TrimPrefix(line, "\r\033[K"))
}

func TestBarFitsIntoEveryWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bar{began: time.Now(), first: 40 << 20, now: wamediax.Progress{Done: 50 << 20, Total: 64 << 20}}
		time.Sleep(time.Second)
		for columns, want := range map[int]string{
			100: " 78%  50 MiB of 64 MiB  10 MiB/s",
			60:  " 78%  50 MiB of 64 MiB  10 MiB/s",
			40:  " 78%  10 MiB/s",
			20:  " 78%",
		} {
			line := b.line(columns)
			require.LessOrEqual(t, columnsOf(line), columns)
			require.True(t, strings.HasSuffix(line, want), "%d columns: %q", columns, line)
		}
	})
}

func TestRateExcludesResumedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bar{screen: &screen{out: new(strings.Builder)}}
		b.show(wamediax.Progress{Stage: wamediax.Uploading, Attempt: 2, Done: 60 << 20, Total: 64 << 20, Resumed: true})
		time.Sleep(2 * time.Second)
		b.show(wamediax.Progress{Stage: wamediax.Uploading, Attempt: 2, Done: 64 << 20, Total: 64 << 20, Resumed: true})
		require.Contains(t, b.line(100), "100%  64 MiB of 64 MiB  2.0 MiB/s")
	})
}

func TestInterruptedAttemptShowsWhatTheHostHolds(t *testing.T) {
	var out strings.Builder
	b := &bar{screen: &screen{out: &out}}
	at := wamediax.Progress{Stage: wamediax.Uploading, Host: "one", Attempt: 1, Total: 64 << 20}
	b.show(at)
	at.Done = 31 << 20
	b.show(at)
	at.Attempt, at.Host, at.Done, at.Resumed = 2, "two", 32<<20, true
	b.show(at)
	at.Done = at.Total
	b.show(at)
	b.end()
	require.Equal(t, "  uploading, attempt 1, one\n  cut off; the host holds 32 MiB\n  uploading, attempt 2, two\n", out.String())

	out.Reset()
	at.Done = 48 << 20
	b.show(at)
	b.end()
	require.Equal(t, "  uploading, attempt 2, two, resumed at 48 MiB\n  interrupted\n", out.String())
}

func TestLiveUploadStaysOnItsLineWhenItsTotalIsKnown(t *testing.T) {
	var out strings.Builder
	b := &bar{screen: &screen{out: &out}}
	at := wamediax.Progress{Stage: wamediax.Uploading, Host: "one", Attempt: 1, Done: 15 << 20}
	b.show(at)
	at.Done, at.Total = 16<<20, 16<<20
	b.show(at)
	require.Contains(t, b.line(60), "100%  16 MiB of 16 MiB")
	b.end()
	require.Equal(t, "  uploading, attempt 1, one\n", out.String())
}
