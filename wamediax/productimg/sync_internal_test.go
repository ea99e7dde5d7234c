package productimg

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func TestFileChangedDuringReadIsAnError(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, file *os.File){
		"the file grows":   func(t *testing.T, file *os.File) { require.NoError(t, file.Truncate(5000)) },
		"the file shrinks": func(t *testing.T, file *os.File) { require.NoError(t, file.Truncate(2000)) },
		"the file is rewritten": func(t *testing.T, file *os.File) {
			_, err := file.WriteAt([]byte("other bytes"), 3000)
			require.NoError(t, err)
			later := time.Now().Add(time.Second) // a difference that every file system can represent
			require.NoError(t, os.Chtimes(file.Name(), later, later))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "picture")
			require.NoError(t, os.WriteFile(path, make([]byte, 4000), 0o600))
			written, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			defer written.Close()
			src, err := openFile(path, "")
			require.NoError(t, err)
			defer src.Close()
			_, err = io.ReadFull(src, make([]byte, 1000))
			require.NoError(t, err)
			change(t, written)
			_, err = io.Copy(io.Discard, src)
			require.ErrorIs(t, err, streamenc.ErrSourceChanged)
		})
	}
}

func TestFileOfAnotherVersionIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "picture")
	require.NoError(t, os.WriteFile(path, make([]byte, 10), 0o600))
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, old, old))
	time.Sleep(25 * time.Millisecond) // a newer file has no version
	stat, err := os.Stat(path)
	require.NoError(t, err)
	want := source.VersionOf(stat)
	require.NotEmpty(t, want)
	src, err := openFile(path, want)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	require.NoError(t, os.WriteFile(path, make([]byte, 11), 0o600))
	_, err = openFile(path, want)
	require.ErrorIs(t, err, streamenc.ErrSourceChanged)
}
