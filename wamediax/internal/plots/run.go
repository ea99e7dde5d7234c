package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// top is the root of the library's module, relative to this program's directory.
const top = "../../.."

// benchmarks are the go test commands whose output is plotted. They take about five minutes on two
// cores.
var benchmarks = []struct {
	args      string
	benchtime string // "" if it is not a Go benchmark
}{
	{
		args: "-bench ^BenchmarkEncrypt$|^BenchmarkEncryptBytes$|^BenchmarkDecrypt$/^64MiB$/^file-to-file$" +
			" -skip ^BenchmarkEncrypt$/^64MiB$/^sidecar$ ./wamediax/streamenc",
		benchtime: "20x",
	},
	{args: "-bench ^BenchmarkUploadFile$/^1024MiB$/^HTTP2$ ./wamediax", benchtime: "5x"},
	{args: "-bench ^BenchmarkDownload$/././^0_cuts$ ./wamediax", benchtime: "2x"},
	{args: "-bench ^BenchmarkLive$ ./wamediax", benchtime: "5x"},
	{args: "-bench ^BenchmarkSmall$/././^HTTP2$/. ./wamediax", benchtime: "3x"},
	{args: "-run ^TestBesideWhatsmeow$ -v ./wamediax -beside"},
}

// runBenchmarks writes the output of the benchmarks to a file if all of them succeed.
func runBenchmarks(path, benchtime string) error {
	var output bytes.Buffer
	fmt.Fprintf(&output, "# Made by: go -C wamediax/internal/plots run . -run\ntoolchain: %s\ncores: %d\ndate: %s\n",
		runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	begin := time.Now()
	for i, b := range benchmarks {
		args := []string{"test", "-count=1", "-timeout=20m"}
		if b.benchtime != "" {
			if benchtime != "" {
				b.benchtime = benchtime
			}
			args = append(args, "-run=^$", "-benchtime="+b.benchtime)
		}
		args = append(args, strings.Fields(b.args)...)
		command := "go " + strings.Join(args, " ")
		fmt.Printf("\n== %d of %d, after %v: %s\n", i+1, len(benchmarks), time.Since(begin).Round(time.Second), command)
		fmt.Fprintf(&output, "\n# %s\n", command)
		test := exec.Command("go", args...)
		test.Dir = top
		test.Stdout = io.MultiWriter(os.Stdout, &output)
		test.Stderr = os.Stderr
		if err := test.Run(); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	if err := os.WriteFile(path, output.Bytes(), 0o666); err != nil {
		return fmt.Errorf("failed to store the output of the benchmarks: %w", err)
	}
	fmt.Printf("\nmeasured in %v, stored in %s\n", time.Since(begin).Round(time.Second), path)
	return nil
}
