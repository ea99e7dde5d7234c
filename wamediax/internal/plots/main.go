// Plots draws what the benchmarks measure, as SVG files for the README. From
// the top of the repository:
//
//	go -C wamediax/internal/plots run . -run   # runs the benchmarks for a few minutes, then draws
//	go -C wamediax/internal/plots run .        # draws the last results again
//
// The output of the benchmarks is stored next to the plots, in
// wamediax/plots/bench.txt, so that readers can look up every figure. To try
// the program without changing those files: -run -benchtime 1x -dir /tmp/plots
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
