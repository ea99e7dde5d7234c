// Plots draws what the benchmarks measure, as SVG files for the README. From the top of the repository:
//
//	go -C wamediax/internal/plots run . -run   # runs the benchmarks, some minutes, then draws
//	go -C wamediax/internal/plots run .        # draws again what was measured last
//
// The output of the benchmarks is kept beside the plots, in wamediax/plots/bench.txt, so that every figure in them can be
// looked up. To try the program without touching those: -run -benchtime 1x -dir /tmp/plots
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	measure := flag.Bool("run", false, "run the benchmarks first, on a machine that has nothing else to do")
	benchtime := flag.String("benchtime", "", "with -run: in place of each benchmark's own `time`, as for go test")
	dir := flag.String("dir", "../../plots", "the `directory` of the plots and of bench.txt")
	flag.Parse()
	if err := do(*dir, *measure, *benchtime); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

func do(dir string, measure bool, benchtime string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	figures := filepath.Join(dir, "bench.txt")
	if measure {
		if err := runBenchmarks(figures, benchtime); err != nil {
			return err
		}
	}
	measured, err := readResults(figures)
	if err != nil {
		return err
	}
	charts, err := allCharts(measured)
	if err != nil {
		return err
	}
	for _, c := range charts {
		path := filepath.Join(dir, c.file)
		if err := os.WriteFile(path, c.svg(measured.machine), 0o666); err != nil {
			return err
		}
		fmt.Println("drawn:", path)
	}
	return nil
}
