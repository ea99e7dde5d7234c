package spool_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

const memory = 1 << 20

func content(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i>>8 ^ i*7)
	}
	return data
}

func TestSpoolReturnsWhatWasWrittenAtAnyOffset(t *testing.T) {
	for name, size := range map[string]int{
		"nothing": 0, "a byte": 1, "the first piece": 16 << 10, "a byte more": 16<<10 + 1, "a whole piece": 256 << 10,
		"a piece and a byte": 256<<10 + 1, "all of the memory": memory, "a byte more than the memory": memory + 1, "much": 5 << 20,
	} {
		for write, step := range map[string]int{"at once": size + 1, "in small writes": 1000, "in large writes": 300 << 10} {
			t.Run(name+", "+write, func(t *testing.T) {
				s, want := spool.New(memory), content(size)
				for rest := want; len(rest) > 0; {
					n, err := s.Write(rest[:min(step, len(rest))])
					require.NoError(t, err)
					rest = rest[n:]
				}
				require.EqualValues(t, size, s.Size())
				for _, from := range []int{0, 1, size / 3, size - 1, size} {
					if from < 0 || from > size {
						continue
					}
					got, err := io.ReadAll(io.NewSectionReader(s, int64(from), int64(size)))
					require.NoError(t, err)
					require.True(t, bytes.Equal(want[from:], got), "from %d", from)
				}
				n, err := s.ReadAt(make([]byte, 1), int64(size))
				require.Zero(t, n)
				require.Equal(t, io.EOF, err)
				require.NoError(t, s.Close())
			})
		}
	}
}

func TestASpoolCanBeFilledAgain(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := spool.New(memory)
	for _, size := range []int{5 << 20, 1000, 2 << 20, 0} {
		want := content(size)
		_, err := s.Write([]byte("the beginning of something else"))
		require.NoError(t, err)
		require.NoError(t, s.Restart())
		_, err = s.Write(want)
		require.NoError(t, err)
		got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	}
	require.NoError(t, s.Close())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestSpoolIsAFileOnlyBeyondItsMemoryAndLeavesNone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := spool.New(100)
	_, err := s.Write(make([]byte, 100))
	require.NoError(t, err)
	require.Zero(t, openFiles(dir))
	_, err = s.Write(make([]byte, 1))
	require.NoError(t, err)
	if runtime.GOOS == "linux" {
		require.Equal(t, 1, openFiles(dir))
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, "a process that is killed must leave no file")
	}
	require.NoError(t, s.Close())
	require.Zero(t, openFiles(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestSpoolWithoutRoomForItsFileIsAnError(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	s := spool.New(10)
	_, err := s.Write(make([]byte, 11))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "failed to spool to a temporary file")
	require.NoError(t, s.Close())
}

// openFiles counts the process's open files that are, or were, in dir; 0 where the system does not
// say.
func openFiles(dir string) (open int) {
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if target, _ := os.Readlink(link); strings.HasPrefix(target, dir) {
			open++
		}
	}
	return open
}
