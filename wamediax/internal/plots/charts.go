package main

import (
	"errors"
	"fmt"
	"image/color"
	"strings"
)

// The meanings of bars. Grey and blue differ for colour-blind readers and in print too.
var (
	whatsmeow      = kind{"whatsmeow", color.RGBA{0x8a, 0x90, 0x99, 0xff}}
	whatsmeowAgain = kind{"whatsmeow, called again after an error", color.RGBA{0xc3, 0xc7, 0xcd, 0xff}}
	whatsmeowTemp  = kind{"whatsmeow, temporary file", color.RGBA{0xc3, 0xc7, 0xcd, 0xff}}
	wamediax       = kind{"wamediax", color.RGBA{0x12, 0x6a, 0xb0, 0xff}}
	wamediaxTemp   = kind{"wamediax, temporary file", color.RGBA{0x9c, 0xc6, 0xe6, 0xff}}
)

// book looks values up in results and collects errors.
type book struct {
	*results
	errs []error
}

func (b *book) value(name, unit string) float64 {
	value, err := b.results.value(name, unit)
	if err != nil {
		b.errs = append(b.errs, err)
	}
	return value
}

// allCharts makes the charts that there are results for. Only the results of BenchmarkLive and
// BenchmarkSmall are optional.
func allCharts(r *results) ([]*chart, error) {
	b := &book{results: r}
	charts := []*chart{b.throughput(), b.memory(), b.mishaps()}
	for _, c := range []*chart{b.live(), b.small()} {
		if len(c.rows) > 0 {
			charts = append(charts, c)
		}
	}
	return charts, errors.Join(b.errs...)
}

func (b *book) throughput() *chart {
	c := &chart{file: "throughput.svg", title: "Throughput beside whatsmeow", axis: "MB of plaintext per second: longer is better"}
	add := func(name string, ours, theirs float64) {
		c.rows = append(c.rows, row{name, []bar{
			{parts: []part{{whatsmeow, theirs}}, label: fmt.Sprintf("%.0f", theirs)},
			{parts: []part{{wamediax, ours}}, label: fmt.Sprintf("%.0f", ours)},
		}})
	}
	for _, bench := range []struct{ name, title string }{
		{"Encrypt/64MiB", "encrypt 64 MiB"},
		{"Encrypt/64MiB/parallelism-1", "encrypt 64 MiB, one goroutine"},
		{"EncryptBytes", "encrypt 100 KiB"},
		{"Decrypt/64MiB/file-to-file", "decrypt 64 MiB, file to file"},
	} {
		// Both alternate, and the benchmark reports the median of their ratios.
		ours := b.value(bench.name, "ours-MB/s")
		add(bench.title, ours, ours/b.value(bench.name, "x-whatsmeow"))
	}
	const upload = "UploadFile/1024MiB/HTTP2"
	add("upload a file of 1 GiB", b.value(upload, "MB/s"), b.value(upload, "their-MB/s"))
	return c
}

func (b *book) memory() *chart {
	c := &chart{file: "memory.svg", title: "Memory for 1 GiB of media", axis: "MiB above the idle client, at most: shorter is better"}
	add := func(name string, label string, parts ...part) {
		c.rows = append(c.rows, row{name, []bar{{parts: parts, label: label}}})
	}
	const upload, mebi = "UploadFile/1024MiB/HTTP2", 1 << 20
	for _, way := range []struct {
		name, prefix string
		memory, temp kind
	}{
		{"whatsmeow UploadReader", "their-", whatsmeow, whatsmeowTemp},
		{"wamediax UploadMedia", "", wamediax, wamediaxTemp},
	} {
		memory, temp := max(0, b.value(upload, way.prefix+"peak-MiB")), b.value(upload, way.prefix+"temp-bytes")/mebi
		label := mib(memory)
		parts := []part{{way.memory, memory}}
		if temp > 0 {
			label += ", and " + mib(temp) + " in a temporary file"
			parts = append(parts, part{way.temp, temp})
		}
		add(way.name, label, parts...)
	}
	for _, way := range []string{
		"whatsmeow/Download", "whatsmeow/DownloadToFile", "wamediax/DownloadTo", "wamediax/DownloadFile", "wamediax/OpenMedia",
	} {
		bench := "Download/" + way + "/0_cuts"
		memory := max(0, b.value(bench, "peak-MiB")-b.value(bench, "idle-MiB"))
		whose := wamediax
		if strings.HasPrefix(way, "whatsmeow/") {
			whose = whatsmeow
		}
		add(strings.Replace(way, "/", " ", 1), mib(memory), part{whose, memory})
	}
	return c
}

func mib(value float64) string {
	if value < 10 {
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.0f", value)
}

func (b *book) mishaps() *chart {
	c := &chart{file: "mishaps.svg", title: "A file of 64 MiB is sent, and something goes wrong", axis: "MiB that the service received: shorter is better"}
	rows := make(map[string]int)
	for _, name := range b.names {
		beside, ok := strings.CutPrefix(name, "Beside/")
		fault, way, ok2 := strings.Cut(beside, "/")
		if !ok || !ok2 {
			continue
		}
		i, known := rows[fault]
		if !known {
			i = len(c.rows)
			rows[fault] = i
			c.rows = append(c.rows, row{name: strings.ReplaceAll(fault, "_", " ")})
		}
		received := b.value(name, "received-MiB")
		made := bar{label: fmt.Sprintf("%.0f", received)}
		if b.value(name, "failed") > 0 {
			made.label += ", then an error"
		}
		for _, whose := range []kind{whatsmeow, whatsmeowAgain, wamediax} {
			if strings.ReplaceAll(way, "_", " ") == whose.name {
				made.parts = []part{{whose, received}}
			}
		}
		if made.parts == nil {
			b.errs = append(b.errs, fmt.Errorf("unknown way to send a file in Benchmark%s", name))
		}
		c.rows[i].bars = append(c.rows[i].bars, made)
	}
	if len(c.rows) == 0 {
		b.errs = append(b.errs, errors.New("results have no BenchmarkBeside"))
	}
	return c
}

func (b *book) live() *chart {
	c := &chart{file: "live.svg", title: "A stream is sent: from its last byte to the answer", axis: "ms: shorter is better"}
	for _, name := range b.names {
		way, ok := strings.CutPrefix(processors.ReplaceAllString(name, ""), "Live/")
		if !ok {
			continue
		}
		whose := wamediax
		if way == "UploadReader" {
			whose = whatsmeow
		}
		ms := b.value(name, "ms-after-last-byte")
		label := fmt.Sprintf("%s ms; %.0f MB/s in all", mib(ms), b.value(name, "MB/s"))
		c.rows = append(c.rows, row{whose.name + " " + way, []bar{{parts: []part{{whose, ms}}, label: label}}})
	}
	return c
}

func (b *book) small() *chart {
	c := &chart{file: "small.svg", title: "Small media beside whatsmeow, in memory", axis: "calls per second: longer is better"}
	for _, name := range b.names {
		row, ok := strings.CutPrefix(processors.ReplaceAllString(name, ""), "Small/")
		parts := strings.Split(row, "/")
		if !ok || len(parts) != 4 || parts[2] != "HTTP2" {
			continue
		}
		title := fmt.Sprintf("%s %s, %s at a time", parts[0], spaced(parts[1]), strings.TrimSuffix(parts[3], "AtATime"))
		c.rows = append(c.rows, b.smallRow(name, title))
	}
	return c
}

// spaced returns "100 KiB" for "100KiB".
func spaced(size string) string {
	return strings.NewReplacer("KiB", " KiB", "MiB", " MiB").Replace(size)
}

func (b *book) smallRow(name, title string) row {
	r := row{name: title}
	for _, of := range []struct {
		kind
		prefix string
	}{{whatsmeow, "their-"}, {wamediax, ""}} {
		calls, allocated := b.value(name, of.prefix+"/s"), b.value(name, of.prefix+"B")/1024
		label := fmt.Sprintf("%.0f; %.0f KiB allocated", calls, allocated)
		r.bars = append(r.bars, bar{parts: []part{{of.kind, calls}}, label: label})
	}
	return r
}
