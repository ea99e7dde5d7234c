package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// drawn returns the charts of a bench.txt, by file name.
func drawn(t *testing.T, figures string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bench.txt"), []byte(figures), 0o600))
	require.NoError(t, do(dir, false, ""))
	svgs := make(map[string]string)
	paths, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	require.NoError(t, err)
	for _, path := range paths {
		svg, err := os.ReadFile(path)
		require.NoError(t, err)
		svgs[filepath.Base(path)] = string(svg)
	}
	return svgs
}

func measured(t *testing.T) string {
	t.Helper()
	figures, err := os.ReadFile("testdata/bench.txt")
	require.NoError(t, err)
	return string(figures)
}

// without removes the lines that begin with a prefix.
func without(text, prefix string) string {
	var rest strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

func TestPlotsShowTheResults(t *testing.T) {
	svgs := drawn(t, measured(t))
	require.Len(t, svgs, 5)
	for file, texts := range map[string][]string{
		"throughput.svg": {"Throughput", "MB of plaintext", "encrypt 100 KiB", "250", "166", "upload a file of 1 GiB", "162", "115"},
		"memory.svg":     {"MiB above", "whatsmeow Download", "2633", "1.4, and 1024 in a temporary file", "wamediax OpenMedia", "13"},
		"mishaps.svg":    {"64 MiB", "called again after an error", "cut at 90 %", "58, then an error", "640"},
		"small.svg":      {"calls per second", "upload 100 KiB, 1 at a time", "900; 18 KiB allocated", "800; 115 KiB", "download sticker, 8 at a time"},
		"live.svg":       {"ms", "wamediax UploadLive", "11 ms; 301 MB/s in all", "whatsmeow UploadReader"},
	} {
		svg := svgs[file]
		for _, text := range append(texts, "linux/amd64, AMD EPYC, 2 cores, go1.26.8, 2026-11-24") {
			require.Contains(t, svg, text, file)
		}
		require.Less(t, len(svg), 20_000, file)
		require.Contains(t, svg, "fill:#FFFFFF", "%s has no ground of its own", file)
		decoder := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := decoder.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err, file)
		}
	}
}

func TestSameFiguresGiveTheSamePlots(t *testing.T) {
	require.Equal(t, drawn(t, measured(t)), drawn(t, measured(t)))
}

func TestChartsWithoutResultsAreOmitted(t *testing.T) {
	svgs := drawn(t, without(without(measured(t), "BenchmarkLive"), "BenchmarkSmall"))
	require.Len(t, svgs, 3)
	require.NotContains(t, svgs, "live.svg")
	require.NotContains(t, svgs, "small.svg")
}

func TestMissingFiguresAreNamed(t *testing.T) {
	dir := t.TempDir()
	figures := without(without(measured(t), "BenchmarkEncryptBytes"), "BenchmarkBeside")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bench.txt"), []byte(figures), 0o600))
	err := do(dir, false, "")
	require.ErrorContains(t, err, "results have no BenchmarkEncryptBytes")
	require.ErrorContains(t, err, "results have no BenchmarkBeside")
	require.NotContains(t, err.Error(), "UploadFile")

	err = do(t.TempDir(), false, "")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestMedianOfSeveralRunsIsUsed(t *testing.T) {
	figures := measured(t)
	for _, speed := range []string{"100", "400"} {
		figures += "BenchmarkUploadFile/1024MiB/HTTP2-2 1 " + speed + " MB/s 1 peak-MiB 0 temp-bytes 115 their-MB/s 1 their-peak-MiB 0 their-temp-bytes\n"
	}
	path := filepath.Join(t.TempDir(), "bench.txt")
	require.NoError(t, os.WriteFile(path, []byte(figures), 0o600))
	r, err := readResults(path)
	require.NoError(t, err)
	value, err := r.value("UploadFile/1024MiB/HTTP2", "MB/s")
	require.NoError(t, err)
	require.Equal(t, 162.45, value)
}

func TestNameWithANumberAtItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.txt")
	require.NoError(t, os.WriteFile(path, []byte("BenchmarkEncrypt/64MiB/parallelism-1 1 300 ours-MB/s\n"), 0o600)) // on one core
	r, err := readResults(path)
	require.NoError(t, err)
	value, err := r.value("Encrypt/64MiB/parallelism-1", "ours-MB/s")
	require.NoError(t, err)
	require.Equal(t, 300.0, value)
}

// The plots in the repository must match bench.txt.
func TestPlotsMatchTheirFigures(t *testing.T) {
	const dir = "../../plots"
	figures, err := os.ReadFile(filepath.Join(dir, "bench.txt"))
	if os.IsNotExist(err) {
		t.Skip("nothing has been measured yet")
	}
	require.NoError(t, err)
	for file, svg := range drawn(t, string(figures)) {
		kept, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.True(t, bytes.Equal(kept, []byte(svg)), "%s is out of date: go -C wamediax/internal/plots run .", file)
	}
}
