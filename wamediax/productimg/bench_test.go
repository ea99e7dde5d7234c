package productimg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// BenchmarkCatalog sends 5,000 small pictures from disk (300 with -short), in a separate process
// each time, and reports its peak memory. It compares Sync with a plain loop over UploadNewsletter,
// the closest that whatsmeow has. The store syncs each record to the disk. One run is enough:
//
//	go test -run '^$' -bench Catalog -benchtime 1x ./wamediax/productimg
func BenchmarkCatalog(b *testing.B) {
	count := 5000
	if testing.Short() {
		count = 300
	}
	var paths []string
	for _, item := range catalog(b, count, count) {
		paths = append(paths, item.Path)
	}
	for _, bench := range []struct {
		name   string
		do     task
		stored bool
		again  bool
	}{
		{name: "whatsmeow", do: task{Plain: true}},
		{name: "Sync/one-at-a-time", do: task{Parallel: 1}},
		{name: "Sync/eight-at-a-time", do: task{Parallel: 8}},
		{name: "Sync/remembered", do: task{Parallel: 8}, stored: true},
		{name: "Sync/second-run", do: task{Parallel: 8}, stored: true, again: true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var took, peak, sum int
			for range b.N {
				server := wamediaxtest.NewServer()
				server.KeepBytes(0)
				invitation, err := server.Invite()
				require.NoError(b, err)
				do := bench.do
				do.Invitation, do.Paths = invitation, paths
				if bench.stored {
					do.Store = b.TempDir()
				}
				if bench.again {
					out, err := do.run(b)
					require.NoError(b, err, "%s", out)
				}
				out, err := do.run(b)
				require.NoError(b, err, "%s", out)
				for line := range strings.Lines(string(out)) {
					if _, err := fmt.Sscanf(line, "TOOK %d %d", &took, &peak); err == nil {
						sum += took
					}
				}
				require.Len(b, server.Objects(), count)
				server.Close()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(count*b.N)*1000/float64(max(sum, 1)), "pictures/s")
			b.ReportMetric(float64(peak)/1024, "peak-MiB")
		})
	}
}
