package productimg_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// synced returns the outcomes of a complete run by product.
func synced(ctx context.Context, client *wamediax.Client, items []productimg.Item, opts ...productimg.Option) map[string]productimg.Outcome {
	outcomes := make(map[string]productimg.Outcome)
	for i, outcome := range productimg.Sync(ctx, client, items, opts...) {
		item := items[i]
		outcomes[item.ProductID] = outcome
	}
	return outcomes
}

// catalog returns count products, each with its own picture file, of which distinct are different.
func catalog(t testing.TB, count, distinct int) []productimg.Item {
	dir := t.TempDir()
	items := make([]productimg.Item, count)
	for i := range items {
		path := filepath.Join(dir, fmt.Sprintf("%04d.png", i%distinct))
		if i < distinct {
			require.NoError(t, os.WriteFile(path, pngOf(t, pixels(uint64(i), 40, 30)), 0o600))
		}
		items[i] = productimg.Item{ProductID: fmt.Sprintf("product %04d", i), Path: path}
	}
	settle()
	return items
}

// settle waits until file systems can represent a new modification time.
func settle() {
	time.Sleep(25 * time.Millisecond)
}

func deliveries(outcomes map[string]productimg.Outcome) map[wamediax.Delivery]int {
	counts := make(map[wamediax.Delivery]int)
	for _, outcome := range outcomes {
		if outcome.Err == nil {
			counts[outcome.Delivery]++
		}
	}
	return counts
}

func TestSyncSendsEachPictureOnceAcrossRuns(t *testing.T) {
	s := newService(t)
	store := newStore(t)
	items := catalog(t, 40, 30)
	first := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.Len(t, first, 40)
	require.Equal(t, map[wamediax.Delivery]int{wamediax.DeliverySent: 30, wamediax.DeliveryShared: 10}, deliveries(first))
	require.Equal(t, 30, s.uploads())
	for _, item := range items {
		outcome := first[item.ProductID]
		require.NoError(t, outcome.Err)
		data, err := os.ReadFile(item.Path)
		require.NoError(t, err)
		object, ok := s.Object(outcome.Image.DirectPath)
		require.True(t, ok)
		require.Equal(t, data, object.Data)
		require.Equal(t, []int{40, 30, len(data)}, []int{outcome.Image.Width, outcome.Image.Height, int(outcome.Image.Size)})
		require.Equal(t, "image/png", outcome.Image.Mimetype)
	}

	before := len(s.Requests())
	second := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.Len(t, s.Requests(), before, "the second run asked the CDN")
	require.Equal(t, map[wamediax.Delivery]int{wamediax.DeliveryKnown: 40}, deliveries(second))
	for id, outcome := range second {
		require.Equal(t, first[id].Image, outcome.Image)
	}
}

func TestSyncSendsChangedPictures(t *testing.T) {
	s := newService(t)
	store := newStore(t)
	items := catalog(t, 5, 5)
	synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.NoError(t, os.WriteFile(items[2].Path, pngOf(t, pixels(100, 50, 50)), 0o600))
	items = append(items, productimg.Item{ProductID: "in another file", Path: writeFile(t, "copy.png", pngOf(t, pixels(1, 40, 30)))})

	again := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.Equal(t, 6, s.uploads())
	require.Equal(t, map[wamediax.Delivery]int{
		wamediax.DeliveryKnown: 4, wamediax.DeliverySent: 1, wamediax.DeliveryShared: 1,
	}, deliveries(again))
	require.Equal(t, 50, again[items[2].ProductID].Image.Width)
	require.Equal(t, again[items[1].ProductID].Image, again["in another file"].Image)
}

func TestChangedPictureWithOldSizeAndTimesIsSentAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no change time on this system")
	}
	s := newService(t)
	client := s.wrap(wamediax.WithResumeStore(newStore(t)))
	before, after := pngOf(t, pixels(1, 20, 20)), []byte(nil)
	for seed := uint64(2); len(after) != len(before); seed++ {
		after = pngOf(t, pixels(seed, 20, 20))
	}
	path := filepath.Join(t.TempDir(), "picture.png")
	stamp := time.Now().Add(-time.Hour)
	for _, data := range [][]byte{before, after} {
		require.NoError(t, os.WriteFile(path, data, 0o600))
		require.NoError(t, os.Chtimes(path, stamp, stamp))
		settle() // otherwise the record has no file version
		outcome := synced(t.Context(), client, []productimg.Item{{ProductID: "hat", Path: path}})["hat"]
		require.NoError(t, outcome.Err)
		hash := sha256.Sum256(data)
		require.Equal(t, hash[:], outcome.Image.SHA256)
		require.Equal(t, wamediax.DeliverySent, outcome.Delivery)
	}
}

func TestRecentlyChangedPictureIsReadAgain(t *testing.T) {
	s := newService(t)
	client := s.wrap(wamediax.WithResumeStore(newStore(t)))
	path := writeFile(t, "picture.png", pngOf(t, pixels(1, 20, 20)))
	soon := time.Now().Add(time.Hour) // as if it had just been written
	require.NoError(t, os.Chtimes(path, soon, soon))
	items := []productimg.Item{{ProductID: "hat", Path: path}}
	require.Equal(t, wamediax.DeliverySent, synced(t.Context(), client, items)["hat"].Delivery)
	require.Equal(t, wamediax.DeliveryHeld, synced(t.Context(), client, items)["hat"].Delivery)
}

func TestPictureChangedBeforeItsTurnIsNotRecordedUnderTheOldVersion(t *testing.T) {
	s := newService(t)
	store := newStore(t)
	before, after := pngOf(t, pixels(1, 20, 20)), pngOf(t, pixels(2, 20, 20))
	path := writeFile(t, "picture.png", before)
	stamp := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, stamp, stamp))
	items := []productimg.Item{
		{ProductID: "first", Open: func() (io.ReadCloser, error) { // the version of the other item has been read by now
			require.NoError(t, os.WriteFile(path, after, 0o600))
			return io.NopCloser(bytes.NewReader(pngOf(t, pixels(3, 20, 20)))), nil
		}},
		{ProductID: "changes", Path: path},
	}
	outcomes := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items, productimg.WithParallelism(1))
	require.Len(t, outcomes, 2)
	requireSent := func(outcome productimg.Outcome, want []byte) {
		t.Helper()
		require.NoError(t, outcome.Err)
		hash := sha256.Sum256(want)
		require.Equal(t, hash[:], outcome.Image.SHA256)
	}
	requireSent(outcomes["changes"], after)

	require.NoError(t, os.WriteFile(path, before, 0o600)) // like a deployment that is rolled back, with its old times
	require.NoError(t, os.Chtimes(path, stamp, stamp))
	settle()
	outcomes = synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items[1:])
	requireSent(outcomes["changes"], before)
	outcomes = synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items[1:])
	requireSent(outcomes["changes"], before)
	require.Equal(t, wamediax.DeliveryKnown, outcomes["changes"].Delivery)
}

func TestSyncAsksTheCDNAgainWithoutReadingThePictures(t *testing.T) {
	s := newService(t)
	store := newStore(t)
	var opened atomic.Int64
	items := make([]productimg.Item, 6)
	for i := range items {
		items[i] = productimg.Item{ProductID: fmt.Sprint(i), Version: "1", Open: func() (io.ReadCloser, error) {
			opened.Add(1)
			return io.NopCloser(bytes.NewReader(pngOf(t, pixels(uint64(i), 20, 20)))), nil
		}}
	}
	first := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.EqualValues(t, 6, opened.Load())
	s.Forget(first["3"].Image.DirectPath, 404)

	again := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items, productimg.WithRecheck(0))
	require.Equal(t, map[wamediax.Delivery]int{wamediax.DeliveryHeld: 5, wamediax.DeliverySent: 1}, deliveries(again))
	require.EqualValues(t, 7, opened.Load(), "only pictures that the CDN has lost are read")
	require.NotEqual(t, first["3"].Image.URL, again["3"].Image.URL)
	require.Equal(t, first["3"].Image.Width, again["3"].Image.Width)
	require.Equal(t, first["4"].Image, again["4"].Image)

	items[5].Version = "2"
	items[5].Open = items[4].Open
	changed := synced(t.Context(), s.wrap(wamediax.WithResumeStore(store)), items)
	require.Equal(t, map[wamediax.Delivery]int{wamediax.DeliveryKnown: 5, wamediax.DeliveryShared: 1}, deliveries(changed))
	require.Equal(t, changed["4"].Image, changed["5"].Image)
}

func TestWrongVersionDoesNotCorruptThePicture(t *testing.T) {
	s := newService(t)
	client := s.wrap(wamediax.WithResumeStore(newStore(t)))
	data := pngOf(t, pixels(1, 20, 20))
	items := []productimg.Item{{ProductID: "1", Version: "always the same", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}}
	first := synced(t.Context(), client, items)["1"]
	s.Forget(first.Image.DirectPath, 404)
	data = pngOf(t, pixels(2, 30, 20))
	again := synced(t.Context(), client, items, productimg.WithRecheck(0))["1"]
	require.NoError(t, again.Err)
	object, _ := s.Object(again.Image.DirectPath)
	require.Equal(t, data, object.Data)
	require.Equal(t, 30, again.Image.Width)
}

func TestDryRunReportsWhatWouldBeSent(t *testing.T) {
	s := newService(t)
	client := s.wrap(wamediax.WithResumeStore(newStore(t)))
	items := catalog(t, 12, 6)
	synced(t.Context(), client, items[:2])
	before := len(s.Requests())
	items = append(items, productimg.Item{ProductID: "same as 4", Path: writeFile(t, "copy.png", pngOf(t, pixels(4, 40, 30)))})
	items = append(items, productimg.Item{ProductID: "broken", Path: writeFile(t, "text.png", []byte("no picture at all"))})
	outcomes := synced(t.Context(), client, items, productimg.WithDryRun())
	require.Len(t, s.Requests(), before)
	require.Equal(t, map[wamediax.Delivery]int{
		wamediax.DeliveryKnown: 4, wamediax.DeliverySent: 4, wamediax.DeliveryShared: 5,
	}, deliveries(outcomes))
	require.ErrorIs(t, outcomes["broken"].Err, productimg.ErrFormat)
	would := outcomes[items[3].ProductID]
	data, err := os.ReadFile(items[3].Path)
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	require.Equal(t, productimg.Image{SHA256: sum[:], Size: int64(len(data)), Mimetype: "image/png", Width: 40, Height: 30}, would.Image)
}

func TestBrokenItemsDoNotStopTheOthers(t *testing.T) {
	s := newService(t)
	items := catalog(t, 4, 4)
	gone := errors.New("shop server is down")
	dir := t.TempDir()
	broken := map[string]struct {
		item productimg.Item
		want error
	}{
		"nothing":             {productimg.Item{}, nil},
		"both":                {productimg.Item{Path: items[0].Path, Open: func() (io.ReadCloser, error) { return nil, gone }}, nil},
		"a missing file":      {productimg.Item{Path: filepath.Join(dir, "missing")}, os.ErrNotExist},
		"a directory":         {productimg.Item{Path: dir}, nil},
		"an empty file":       {productimg.Item{Path: writeFile(t, "empty", nil)}, productimg.ErrTruncated},
		"not a picture":       {productimg.Item{Path: writeFile(t, "text", []byte("hello, this is text"))}, productimg.ErrFormat},
		"a bomb":              {productimg.Item{Path: writeFile(t, "bomb", bomb(50_000, 50_000))}, productimg.ErrTooManyPixels},
		"an Open that fails":  {productimg.Item{Open: func() (io.ReadCloser, error) { return nil, gone }}, gone},
		"an Open that is nil": {productimg.Item{Open: func() (io.ReadCloser, error) { return nil, nil }}, nil},
		"a Read that fails": {productimg.Item{Open: func() (io.ReadCloser, error) {
			return io.NopCloser(failing{gone}), nil
		}}, gone},
	}
	for name, b := range broken {
		b.item.ProductID = name
		items = append(items, b.item)
	}
	outcomes := synced(t.Context(), s.wrap(wamediax.WithResumeStore(newStore(t))), items)
	require.Len(t, outcomes, 4+len(broken))
	for name, b := range broken {
		require.Error(t, outcomes[name].Err, name)
		if b.want != nil {
			require.ErrorIs(t, outcomes[name].Err, b.want, name)
		}
	}
	require.Equal(t, map[wamediax.Delivery]int{wamediax.DeliverySent: 4}, deliveries(outcomes))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestSyncEndsPromptlyDespiteBlockingSources(t *testing.T) {
	s := newService(t)
	client := s.wrap(wamediax.WithResumeStore(newStore(t)))
	release := make(chan struct{})
	var running atomic.Int64
	var closed atomic.Int64
	blocked := []productimg.Item{
		{ProductID: "open", Open: func() (io.ReadCloser, error) {
			running.Add(1)
			defer running.Add(-1)
			<-release
			return &closing{Reader: bytes.NewReader(nil), closed: &closed}, nil
		}},
		{ProductID: "read", Open: func() (io.ReadCloser, error) {
			return &closing{Reader: blocking{&running, release}, closed: &closed}, nil
		}},
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	enough := errors.New("enough")
	items := append(catalog(t, 3, 3), blocked...)
	outcomes := make(map[string]productimg.Outcome)
	for i, outcome := range productimg.Sync(ctx, client, items) {
		item := items[i]
		if outcomes[item.ProductID] = outcome; len(outcomes) == 3 {
			cancel(enough)
		}
	}
	require.Equal(t, 3, deliveries(outcomes)[wamediax.DeliverySent])
	require.ErrorIs(t, outcomes["open"].Err, enough)
	require.ErrorIs(t, outcomes["read"].Err, enough)
	close(release) // releases what they hold, for goleak
	require.Eventually(t, func() bool { return closed.Load() == 2 && running.Load() == 0 }, 5*time.Second, time.Millisecond)
}

type closing struct {
	io.Reader
	closed *atomic.Int64
}

func (c *closing) Close() error { c.closed.Add(1); return nil }

type blocking struct {
	running *atomic.Int64
	release chan struct{}
}

func (b blocking) Read([]byte) (int, error) {
	b.running.Add(1)
	defer b.running.Add(-1)
	<-b.release
	return 0, io.EOF
}

func TestBreakingOutOfTheLoopCancelsAndWaits(t *testing.T) {
	s := newService(t)
	items := catalog(t, 30, 30)
	s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Skip: 5, Times: -1, Do: wamediaxtest.AnswerAfter(nil)})
	seen := 0
	for range productimg.Sync(t.Context(), s.wrap(), items) {
		if seen++; seen == 3 {
			break
		}
	}
	require.Equal(t, 3, seen)
	require.Less(t, s.uploads(), 20)
}

func TestCancelledSyncYieldsEveryItemOnce(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	items := catalog(t, 20, 10)
	seen := 0
	for _, outcome := range productimg.Sync(ctx, s.wrap(wamediax.WithResumeStore(newStore(t))), items) {
		seen++
		require.ErrorIs(t, outcome.Err, context.Canceled)
	}
	require.Equal(t, 20, seen)
	require.Empty(t, s.Requests())
}

// Each run syncs a catalog in random order with duplicates, cancelled runs, failing hosts and
// broken items, until one run completes.
func TestSyncSurvivesRandomFaults(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			s := newService(t)
			store := newStore(t)
			distinct := 1 + random.IntN(12)
			contents := make([][]byte, distinct)
			total := 0
			for i := range contents {
				contents[i] = pngOf(t, pixels(seed<<16+uint64(i), 20+random.IntN(60), 30))
				total += len(contents[i])
			}
			dir := t.TempDir()
			want := make(map[string][]byte)
			var items []productimg.Item
			for i := range distinct + random.IntN(20) {
				data := contents[i%distinct]
				item := productimg.Item{ProductID: fmt.Sprint(i), Position: random.IntN(3)}
				switch random.IntN(3) {
				case 0: // the same file for all
					item.Path = filepath.Join(dir, fmt.Sprintf("%d.png", i%distinct))
				case 1: // a separate file
					item.Path = filepath.Join(dir, fmt.Sprintf("own %d.png", i))
				default:
					item.Version = []string{"", "1"}[random.IntN(2)]
					item.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
				}
				if item.Path != "" {
					require.NoError(t, os.WriteFile(item.Path, data, 0o600))
				}
				want[item.ProductID] = data
				items = append(items, item)
			}
			items = append(items, productimg.Item{ProductID: "broken", Path: filepath.Join(dir, "missing")})
			random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })

			for crash := range 4 {
				if random.IntN(2) == 0 {
					s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Skip: random.IntN(4), Do: wamediaxtest.HangUp(int64(random.IntN(3000)))})
				}
				if random.IntN(4) == 0 {
					s.RefuseTokens()
				}
				ctx, cancel := context.WithCancel(t.Context())
				left := random.IntN(len(items) + 1)
				if crash == 3 {
					left = -1
				}
				got := make(map[string]productimg.Outcome)
				run := productimg.Sync(ctx, s.wrap(wamediax.WithResumeStore(store)), items,
					productimg.WithParallelism(1+random.IntN(6)), productimg.WithRecheck([]time.Duration{0, time.Hour}[random.IntN(2)]))
				for i, outcome := range run {
					item := items[i]
					require.NotContains(t, got, item.ProductID, "yielded twice")
					got[item.ProductID] = outcome
					if left--; left == 0 && random.IntN(2) == 0 {
						break
					} else if left == 0 {
						cancel()
					}
				}
				cancel()
				s.waitForEnd(t)
				if crash < 3 {
					continue
				}
				require.Len(t, got, len(items))
				require.ErrorIs(t, got["broken"].Err, os.ErrNotExist)
				for id, data := range want {
					require.NoError(t, got[id].Err)
					object, ok := s.Object(got[id].Image.DirectPath)
					require.True(t, ok)
					require.True(t, bytes.Equal(data, object.Data))
				}
			}
			var held [][]byte
			for _, object := range s.Objects() {
				require.True(t, object.Complete)
				held = append(held, object.Data)
			}
			slices.SortFunc(held, bytes.Compare)
			slices.SortFunc(contents, bytes.Compare)
			require.Equal(t, contents, held, "not each picture once")
			require.EqualValues(t, total, s.Received(), "bytes were sent twice")
		})
	}
}
