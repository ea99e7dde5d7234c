package wamediax_test

import (
	"testing"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// BenchmarkLive uploads a stream of 256 MiB whose length nobody knows before its end: by
// UploadLive, by UploadMedia, and by whatsmeow's own UploadReader, each in a process of its own, to
// a service in this one that keeps hashes only.
//
//	go test ./wamediax -run '^$' -bench Live -benchtime 5x
//
// By CPU profiles of both sides, the goroutine that encrypts takes 55 % of all CPU time, sending
// and the service the rest. On two cores that both sides share, dividing its work could therefore
// save a tenth of the time and no more (docs/measured.md).
//
// What it reports are medians:
//
//	ms-after-last-byte  from the stream's end to the return of the call: how long the message has to wait
//	MB/s                megabytes of plaintext per second, from the call to its return
//	x-whatsmeow         how many times as fast as UploadReader: the ratio of each pair of runs
//	peak-MiB            memory at its highest above the idle client
//	temp-bytes          in temporary files, when the first byte of the object reaches the service
func BenchmarkLive(b *testing.B) {
	size := int64(256 * mebi)
	if testing.Short() {
		size = 32 * mebi
	}
	file := randomFile(b, size)
	server := wamediaxtest.NewServer()
	b.Cleanup(server.Close)
	server.KeepBytes(0)
	whatsmeows := task{File: file, Stream: true, Plain: true}
	for _, way := range []struct {
		name string
		do   task
	}{
		{"UploadReader", whatsmeows},
		{"UploadMedia", task{File: file, Stream: true}},
		{"UploadLive", task{File: file, Stream: true, Live: true}},
	} {
		b.Run(way.name, func(b *testing.B) {
			do := way.do
			var runs measured
			var waits, ratios []float64
			for b.Loop() {
				theirs := 0.0
				if !do.Plain {
					theirs = measureUpload(b, server, whatsmeows).Seconds
				}
				up := measureUpload(b, server, do)
				runs.add(up)
				waits = append(waits, up.AfterLast*1000)
				ratios = append(ratios, theirs/up.Seconds)
			}
			b.ReportMetric(0, "ns/op") // of the whole child
			b.ReportMetric(median(waits), "ms-after-last-byte")
			b.ReportMetric(float64(size)/1e6/median(runs.seconds), "MB/s")
			if !do.Plain {
				b.ReportMetric(median(ratios), "x-whatsmeow")
			}
			b.ReportMetric(median(runs.peak)/mebi, "peak-MiB")
			b.ReportMetric(median(runs.temp), "temp-bytes")
		})
	}
}
