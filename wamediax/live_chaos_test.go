package wamediax_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// TestLiveChaos makes live uploads of all sizes, eight at once, through hosts that do all that the
// service knows to do wrong, while tokens go stale. Where hosts share what they know, some host
// would always serve: no upload may fail. Where they do not, one may, when the host with its
// beginning refuses it. What comes out right is right, byte for byte, and nothing else passes for
// whole. It is driven by the flags of TestChaos.
func TestLiveChaos(t *testing.T) {
	for name, shared := range map[string]bool{"hosts share chunks": true, "each host has its own": false} {
		t.Run(name, func(t *testing.T) {
			n := *chaosUploads / 4
			if testing.Short() {
				n = min(n, 25)
			}
			s := newService(t, wamediax.WithSpoolMemory(64*kibi), wamediax.WithBackoff(time.Millisecond, 20*time.Millisecond),
				wamediax.WithStallTimeout(2*time.Second), wamediax.WithAnswerTimeout(2*time.Second))
			s.SharePartials(shared)
			random := rand.New(rand.NewPCG(*chaosSeed, 1))
			failed, ordinary := 0, 0
			for n > 0 {
				batch := min(n, 16)
				n -= batch
				ups := make([]*chaosUpload, batch)
				limit := make(chan struct{}, 8)
				var working sync.WaitGroup
				for i := range ups {
					limit <- struct{}{}
					injectLive(s, random)
					if i == 0 {
						s.RefuseTokensWith(401 + 2*random.IntN(2))
					}
					up := &chaosUpload{data: content(random.IntN(600 * kibi))}
					ups[i] = up
					working.Go(func() {
						defer func() { <-limit }()
						up.got, up.err = s.client.UploadLive(t.Context(), stream(up.data), whatsmeow.MediaVideo, wamediax.WithLiveChunk(64*kibi))
					})
				}
				working.Wait()
				for _, up := range ups {
					if up.err != nil && !shared {
						failed++
						s.requireNoSecrets(t, up.err.Error())
						continue
					}
					require.NoError(t, up.err)
					object, ok := s.Object(up.got.DirectPath)
					require.True(t, ok)
					want, _, err := streamenc.EncryptBytes(up.data, whatsmeow.MediaVideo, streamenc.WithKey(up.got.MediaKey))
					require.NoError(t, err)
					require.True(t, bytes.Equal(want, object.Data))
					if object.Token == resume.Token(up.got.FileEncSHA256) {
						ordinary++
					}
					s.Forget(up.got.DirectPath, 404) // memory
				}
				s.ClearFaults()
				for _, object := range s.Objects() {
					require.False(t, object.Complete, "an object that no upload tells of")
				}
				requireNoTempFiles(t)
			}
			t.Logf("seed %d: %d failed, %d went on as ordinary uploads", *chaosSeed, failed, ordinary)
		})
	}
}

// injectLive makes a host misbehave on some requests of live uploads to come, or leaves it.
func injectLive(s *service, random *rand.Rand) {
	hosts := []string{"", "media-1.cdn.test", "media-2.cdn.test", "media-1-fallback.cdn.test", "mmg.cdn.test"}
	fault := wamediaxtest.Fault{On: liveChunks, Times: 1 + random.IntN(2), Skip: random.IntN(4)}
	if random.IntN(3) == 0 {
		fault.On = liveEnds
	}
	after := random.Int64N(64 * kibi)
	host := hosts[random.IntN(len(hosts))]
	switch random.IntN(14) {
	case 0, 1:
		return
	case 12: // rarely: each costs a timeout
		fault.Do = wamediaxtest.HangUp(0)
		if random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.SwitchProtocols([]string{"", "x"}[random.IntN(2)])
		}
	case 13: // likewise
		fault.Do = wamediaxtest.HangUpBeforeAnswer()
		if random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.HalfAnswer([]wamediaxtest.Effect{{}, wamediaxtest.Status(503)}[random.IntN(2)])
		}
	case 2:
		fault.Do = wamediaxtest.Status([]int{408, 429, 500, 502, 503, 507}[random.IntN(6)])
	case 3:
		fault.Do = wamediaxtest.StatusRetryAfter(503, "0")
	case 4:
		host, fault.Times, fault.Do = "media-1.cdn.test", 1, wamediaxtest.Status([]int{302, 400, 404, 413, 415}[random.IntN(5)])
	case 5:
		fault.On, fault.Do = liveEnds, wamediaxtest.Answer(200, []string{"", "{}", "null", "<html>", `{"url":"x"}`}[random.IntN(5)])
	case 6, 7:
		fault.Do = wamediaxtest.HangUpBeforeAnswer()
	case 8: // rarely: each costs a timeout
		fault.Do = wamediaxtest.HangUp(after)
		if random.IntN(4) == 0 {
			fault.Times, fault.Do = 1, wamediaxtest.StopReading(after)
		}
	case 9:
		fault.Do = wamediaxtest.HangUp(0)
	default:
		fault.Do = wamediaxtest.HangUp(after)
	}
	s.Inject(host, fault)
}
