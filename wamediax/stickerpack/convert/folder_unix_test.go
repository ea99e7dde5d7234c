//go:build unix

package convert_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

func TestPipesInAFolderDoNotBlock(t *testing.T) {
	for _, name := range []string{"1.png", "tray.png", "pack.json"} {
		dir := t.TempDir()
		require.NoError(t, syscall.Mkfifo(filepath.Join(dir, name), 0o600))
		_, err := convert.FromDir(t.Context(), dir)
		require.ErrorContains(t, err, name+": not a regular file")
	}
}
