//go:build unix

package guard

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPipesAndDevicesAreNotOpened(t *testing.T) {
	media := newFolder(t)
	require.NoError(t, os.MkdirAll(media.Name(), 0o700))
	require.NoError(t, syscall.Mkfifo(filepath.Join(media.Name(), "pipe"), 0o600))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(media.Name(), "zero")))
	_, err := media.File("pipe")
	require.ErrorContains(t, err, "not a regular file")
	_, err = media.Folder("pipe")
	require.ErrorContains(t, err, "not a folder")
	_, err = media.File("zero")
	require.ErrorContains(t, err, "cannot be opened")
}
