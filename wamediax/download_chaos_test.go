package wamediax_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var chaosDownloads = flag.Int("chaos.downloads", 100, "how many downloads the chaos test makes")

// TestDownloadChaos makes downloads of all kinds, many at once, while hosts do all that can go
// wrong, but never all of them for good: each download must give the right bytes.
func TestDownloadChaos(t *testing.T) {
	t.Parallel()
	for major := 1; major <= 2; major++ {
		t.Run(fmt.Sprintf("over HTTP/%d", major), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(*chaosSeed, uint64(major)))
			s := newService(t, shortPauses, wamediax.WithStallTimeout(2*time.Second))
			s.speak(t, major)
			const batch = 25
			for n := *chaosDownloads / 2; n > 0; n -= batch {
				s.ClearFaults()
				posted := make([]*chaosDownload, min(n, batch))
				for i := range posted {
					posted[i] = newChaosDownload(t, s, random)
				}
				var phone sync.Mutex
				s.SetPhone(func(req *wamediaxtest.PhoneRequest) {
					phone.Lock()
					defer phone.Unlock()
					for i, d := range posted {
						if string(req.MessageID) == fmt.Sprint("MSG", i) {
							_ = req.Answer(wamediaxtest.PhoneAnswer{MediaKey: d.msg.MediaKey, Result: 1, DirectPath: s.reposted(t, d.data, d.msg)})
						}
					}
				})
				for range batch {
					injectDownload(s, random)
				}
				var all sync.WaitGroup
				for i, d := range posted {
					all.Go(func() { d.run(t, s, types.MessageID(fmt.Sprint("MSG", i))) })
				}
				all.Wait()
				for i, d := range posted {
					require.NoError(t, d.err, "seed %d, download %d by %s of %d bytes", *chaosSeed, i, d.way, len(d.data))
					require.True(t, bytes.Equal(d.want(), d.got), "seed %d, download %d by %s of %d bytes", *chaosSeed, i, d.way, len(d.data))
					s.Forget(d.msg.GetDirectPath(), 404) // memory
				}
			}
		})
	}
}

// chaosDownload is one download, with the choices made for it beforehand.
type chaosDownload struct {
	data    []byte
	msg     *waE2E.VideoMessage
	way     string
	from    int64 // where OpenMedia begins to read
	got     []byte
	err     error
	expired bool
}

func newChaosDownload(t *testing.T, s *service, random *rand.Rand) *chaosDownload {
	d := &chaosDownload{data: content(random.IntN(1 << random.IntN(20)))}
	d.msg = s.posted(t, d.data)
	ways := []string{"file", "bytes", "open"}
	d.way = ways[random.IntN(len(ways))]
	if random.IntN(4) == 0 {
		d.msg.FileLength = nil
	}
	if d.way == "open" {
		d.from = random.Int64N(int64(len(d.data)) + 1)
	}
	if d.expired = random.IntN(8) == 0; d.expired {
		s.Forget(d.msg.GetDirectPath(), []int{404, 410}[random.IntN(2)])
	}
	return d
}

func (d *chaosDownload) want() []byte { return d.data[d.from:] }

func (d *chaosDownload) run(t *testing.T, s *service, id types.MessageID) {
	opts := []wamediax.DownloadOption{wamediax.WithReupload(info(id))}
	switch d.way {
	case "bytes":
		d.got, _, d.err = s.client.DownloadBytes(t.Context(), d.msg, opts...)
	case "file":
		path := t.TempDir() + "/file"
		if _, d.err = s.client.DownloadFile(t.Context(), path, d.msg, opts...); d.err == nil {
			d.got, d.err = os.ReadFile(path)
		}
	case "open":
		var media *wamediax.Media
		if media, d.err = s.client.OpenMedia(t.Context(), d.msg, opts...); d.err != nil {
			return
		}
		defer media.Close()
		if _, d.err = media.Seek(d.from, io.SeekStart); d.err == nil {
			d.got, d.err = io.ReadAll(media)
		}
	}
}

// injectDownload makes a host misbehave on some downloads to come, or leaves it. What only another
// host can mend befalls one host alone.
func injectDownload(s *service, random *rand.Rand) {
	hosts := []string{"", hostA, hostB, "media-1-fallback.cdn.test", "mmg.cdn.test"}
	host := hosts[random.IntN(len(hosts))]
	fault := wamediaxtest.Fault{On: downloads, Times: 1 + random.IntN(2), Skip: random.IntN(4)}
	at := random.Int64N(128 * kibi)
	switch random.IntN(14) {
	case 0:
		return
	case 1:
		fault.Do = wamediaxtest.Status([]int{408, 429, 500, 502, 503, 507}[random.IntN(6)])
	case 2:
		fault.Do = wamediaxtest.StatusRetryAfter(503, "0")
	case 3:
		host, fault.Times, fault.Do = hostA, 1, wamediaxtest.Status([]int{302, 400, 413, 416}[random.IntN(4)])
	case 4:
		host, fault.Times, fault.Do = hostA, 1, wamediaxtest.Tamper(at)
	case 5:
		fault.Do = wamediaxtest.IgnoreRange()
	case 6:
		fault.Do = wamediaxtest.WrongRange()
	case 7:
		fault.Do = wamediaxtest.BareRange()
	case 8:
		fault.Do = wamediaxtest.HangUp(0)
	case 9:
		fault.Do = wamediaxtest.HangUpBeforeAnswer()
	case 10: // rarely: each costs a timeout
		if random.IntN(6) > 0 {
			return
		}
		stalls := []wamediaxtest.Effect{
			wamediaxtest.StopReading(at), wamediaxtest.HalfAnswer(wamediaxtest.Effect{}), wamediaxtest.HalfAnswer(wamediaxtest.Status(500)),
			wamediaxtest.SwitchProtocols("websocket"), wamediaxtest.AnswerAfter(nil),
		}
		fault.Times, fault.Do = 1, stalls[random.IntN(len(stalls))]
	default:
		fault.Do = wamediaxtest.HangUp(at)
	}
	s.Inject(host, fault)
}
