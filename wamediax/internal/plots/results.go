package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// results are the results of benchmarks.
type results struct {
	machine string // describes the machine, on one line
	names   []string
	// by name and unit, one for each time that the benchmark ran
	values map[string]map[string][]float64
}

func readResults(path string) (*results, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &results{values: make(map[string]map[string][]float64)}
	machine := make(map[string]string)
	reader := benchfmt.NewReader(file, path)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, record
		case *benchfmt.Result:
			for _, config := range record.Config {
				machine[config.Key] = string(config.Value)
			}
			r.add(record)
		}
	}
	r.machine = machineLine(machine)
	return r, reader.Err()
}

func (r *results) add(record *benchfmt.Result) {
	name := record.Name.String()
	if r.values[name] == nil {
		r.names = append(r.names, name)
		r.values[name] = make(map[string][]float64)
	}
	for _, v := range record.Values {
		if v.OrigUnit != "" { // the benchmark's own unit
			v.Value, v.Unit = v.OrigValue, v.OrigUnit
		}
		r.values[name][v.Unit] = append(r.values[name][v.Unit], v.Value)
	}
}

// machineLine returns, for example, "linux/amd64, AMD EPYC 7B13, 2 cores, go1.26.8, 2026-11-24".
func machineLine(config map[string]string) string {
	var parts []string
	for _, part := range []string{config["goos"] + "/" + config["goarch"], config["cpu"], config["cores"], config["toolchain"], config["date"]} {
		if part == config["cores"] && part != "" {
			part += " cores"
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// processors matches the suffix that go test appends to a benchmark's name if there are several.
var processors = regexp.MustCompile(`-\d+$`)

// find returns the median values of a benchmark, by unit.
func (r *results) find(name string) (medians map[string]float64, err error) {
	units, ok := r.values[name]
	for _, full := range r.names {
		if !ok && processors.ReplaceAllString(full, "") == name && full != name {
			units, ok = r.values[full], true
		}
	}
	if !ok {
		return nil, fmt.Errorf("results have no Benchmark%s", name)
	}
	medians = make(map[string]float64)
	for unit, values := range units {
		values = slices.Sorted(slices.Values(values))
		medians[unit] = values[len(values)/2]
	}
	return medians, nil
}

// value returns one value of a benchmark.
func (r *results) value(name, unit string) (float64, error) {
	medians, err := r.find(name)
	if err != nil {
		return 0, err
	}
	value, ok := medians[unit]
	if !ok {
		return 0, fmt.Errorf("results have no %s of Benchmark%s", unit, name)
	}
	return value, nil
}
