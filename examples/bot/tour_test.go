package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTourShowsThatEveryFeatureWorks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("wamediax"), 1<<20), 0o600))
	var out bytes.Buffer
	require.NoError(t, tour(t.Context(), &out, path))
	require.Regexp(t, `object +8388634 bytes`, out.String())
	require.Regexp(t, `received by the service +8388634 bytes`, out.String())
	require.Regexp(t, `attempts +[23]\n`, out.String())
	require.Regexp(t, `token refreshes +1\n`, out.String())
	require.Contains(t, out.String(), "every byte is right")
	require.Regexp(t, `came back +14\n +gone from the phone too +3\n +could not be decrypted +2\n +never answered +1\n`, out.String())
	require.Contains(t, out.String(), "4.0 MiB of 8.0 MiB were left to send, and 0 B for the next chat")
	require.Contains(t, out.String(), "wamediax.Client:  uploaded to the next host")
	require.Regexp(t, `With half of it recorded, [4-7]\.\d MiB were at the service`, out.String())
	require.Contains(t, out.String(), "192 KiB were received")
	require.Contains(t, out.String(), "another account has them all")
	require.Contains(t, out.String(), "run 2: 40 products have a URL, of 30 pictures; 0 B sent")
	_, summary, _ := strings.Cut(out.String(), "what came of it\n")
	require.Equal(t, 9, strings.Count(summary, "\n"), "the last table has a row for each section")
}

func TestTourFailsWhereTheFileCannotBeRead(t *testing.T) {
	require.ErrorIs(t, tour(t.Context(), &bytes.Buffer{}, filepath.Join(t.TempDir(), "none")), os.ErrNotExist)
}

func TestInterruptedTourLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, tour(ctx, &bytes.Buffer{}, ""), context.Canceled)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
