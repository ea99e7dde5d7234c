package bulk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/bulk"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/everystore"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediaconn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is a WhatsApp service with the pipeline of a client that is logged in to it.
type service struct {
	*wamediaxtest.Server
	pipeline *upload.Pipeline
}

// overEveryStore runs test with a pipeline that remembers, in a store of each kind that the project
// has.
func overEveryStore(t *testing.T, test func(t *testing.T, s *service)) {
	everystore.Run(t, func(t *testing.T, store resume.Store) {
		server := wamediaxtest.NewServer()
		t.Cleanup(server.Close)
		cli, err := server.NewClient(t.Context())
		require.NoError(t, err)
		test(t, &service{server, &upload.Pipeline{
			Client: cli, Conns: mediaconn.New(socketwait.New(cli)), HTTP: func() *http.Client { return server.HTTPClient() },
			Journal: journal.New(cli, store, time.Hour, false), SpoolMemory: 1 << 20,
		}})
	})
}

// job is an upload of this type, without its source.
func job(t *testing.T, mediaType whatsmeow.MediaType) upload.Job {
	t.Helper()
	dest, err := upload.Target{MediaType: mediaType}.Destination()
	require.NoError(t, err)
	return upload.Job{MediaType: mediaType, Dest: dest}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// settle waits until a change of a file would be seen in its times: for longer than file systems
// give all changes the same.
func settle() { time.Sleep(25 * time.Millisecond) }

func open(content string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(content))), nil }
}

// run runs items to the end and returns their outcomes.
func (s *service) run(t *testing.T, items []bulk.Item, set bulk.Settings) []bulk.Outcome {
	t.Helper()
	outcomes, seen := make([]bulk.Outcome, len(items)), make(map[int]bool)
	for i, outcome := range bulk.Run(t.Context(), s.pipeline, items, set) {
		require.False(t, seen[i], "item %d was yielded twice", i)
		seen[i], outcomes[i] = true, outcome
	}
	require.Len(t, seen, len(items))
	return outcomes
}

func deliveries(outcomes []bulk.Outcome) map[bulk.Delivery]int {
	counts := make(map[bulk.Delivery]int)
	for _, outcome := range outcomes {
		counts[outcome.Delivery]++
	}
	return counts
}

func (s *service) count(kind wamediaxtest.Kind) (n int) {
	for _, request := range s.Requests() {
		if request.Kind == kind {
			n++
		}
	}
	return n
}

func TestEachContentIsSentOnceAndNextTimeNone(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		same, image := file(t, "one"), job(t, whatsmeow.MediaImage)
		items := []bulk.Item{
			{Path: same, Job: image}, {Path: same, Job: image}, {Path: file(t, "one"), Job: image}, {Path: file(t, "two"), Job: image},
			{Path: same, Job: job(t, whatsmeow.MediaDocument)}, // another object: its key is of another kind
		}
		settle()
		set := bulk.Settings{Parallelism: 3, Recheck: time.Hour}
		first := s.run(t, items, set)
		require.Equal(t, map[bulk.Delivery]int{bulk.Sent: 3, bulk.Shared: 2}, deliveries(first))
		require.Equal(t, first[0].Response.DirectPath, first[2].Response.DirectPath)
		require.Equal(t, first[0].Info.MediaKey, first[1].Info.MediaKey)
		require.NotEqual(t, first[0].Info.MediaKey, first[4].Info.MediaKey)

		before := len(s.Requests())
		again := s.run(t, items, set)
		require.Equal(t, map[bulk.Delivery]int{bulk.Known: 5}, deliveries(again))
		require.Len(t, s.Requests(), before)
		for i := range items {
			require.Equal(t, first[i].Response.DirectPath, again[i].Response.DirectPath)
			require.Equal(t, first[i].Info, again[i].Info)
		}

		uploads := s.count(wamediaxtest.Uploads)
		rechecked := s.run(t, items, bulk.Settings{Parallelism: 3})
		require.Equal(t, map[bulk.Delivery]int{bulk.Held: 3, bulk.Shared: 2}, deliveries(rechecked))
		require.Equal(t, uploads, s.count(wamediaxtest.Uploads), "no byte was sent again")
	})
}

func TestItemWithSettingsOfItsOwnIsAnUploadOfItsOwn(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		path, own := file(t, "one"), job(t, whatsmeow.MediaImage)
		own.MediaKey = bytes.Repeat([]byte{7}, 32)
		outcomes := s.run(t, []bulk.Item{
			{Path: path, Job: job(t, whatsmeow.MediaImage)}, {Path: path, Job: own, Alone: true},
		}, bulk.Settings{Parallelism: 1})
		require.Equal(t, map[bulk.Delivery]int{bulk.Sent: 2}, deliveries(outcomes))
		require.Equal(t, own.MediaKey, outcomes[1].Info.MediaKey)
	})
}

func TestRunThatWasCutOffLeavesNothingToBeSentTwice(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		picture := job(t, mediatype.ProductImage)
		var items []bulk.Item
		for _, content := range []string{"one", "two", "three"} {
			items = append(items, bulk.Item{Path: file(t, content), Job: picture})
		}
		set := bulk.Settings{Parallelism: 1}
		// The answer to the first is lost, as if the process had been killed before it came.
		never := make(chan struct{})
		defer close(never)
		s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: 1, Do: wamediaxtest.AnswerAfter(never)})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			_ = s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
				return slices.ContainsFunc(requests, func(request wamediaxtest.Request) bool { return request.Held })
			})
		}()
		for _, outcome := range bulk.Run(ctx, s.pipeline, items, set) {
			require.ErrorIs(t, outcome.Err, context.Canceled)
		}
		require.Equal(t, map[bulk.Delivery]int{bulk.Held: 1, bulk.Sent: 2}, deliveries(s.run(t, items, set)))
		require.EqualValues(t, len("one")+len("two")+len("three"), s.Received())
	})
}

func TestDryRunReadsAndSendsNothing(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		image := job(t, whatsmeow.MediaImage)
		outcomes := s.run(t, []bulk.Item{
			{Path: file(t, "one"), Job: image}, {Open: open("one"), Job: image}, {Open: open("two"), Job: image},
		}, bulk.Settings{Parallelism: 1, DryRun: true})
		require.Equal(t, map[bulk.Delivery]int{bulk.Sent: 2, bulk.Shared: 1}, deliveries(outcomes))
		require.EqualValues(t, 3, outcomes[2].Info.FileLength)
		require.Empty(t, s.Requests())
	})
}

func TestItemThatCannotBeUploadedStopsNone(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		image, gone := job(t, whatsmeow.MediaImage), errors.New("gone")
		broken := map[string]struct {
			item bulk.Item
			want error
			says string
		}{
			"neither path nor open":   {bulk.Item{Job: image}, nil, "neither Path nor Open"},
			"both":                    {bulk.Item{Job: image, Path: "x", Open: open("x")}, nil, "both Path and Open"},
			"no such file":            {bulk.Item{Job: image, Path: filepath.Join(t.TempDir(), "missing")}, os.ErrNotExist, ""},
			"a directory":             {bulk.Item{Job: image, Path: t.TempDir()}, nil, "not a regular file"},
			"nothing opened":          {bulk.Item{Job: image, Open: func() (io.ReadCloser, error) { return nil, nil }}, nil, "Open returned a nil reader"},
			"an open that fails":      {bulk.Item{Job: image, Open: func() (io.ReadCloser, error) { return nil, gone }}, gone, ""},
			"settings that are wrong": {bulk.Item{Err: gone}, gone, ""},
		}
		items, names := []bulk.Item{{Path: file(t, "good"), Job: image}}, []string{""}
		for name, c := range broken {
			items, names = append(items, c.item), append(names, name)
		}
		for i, outcome := range s.run(t, items, bulk.Settings{Parallelism: 2}) {
			if i == 0 {
				require.NoError(t, outcome.Err)
				require.Equal(t, bulk.Sent, outcome.Delivery)
				continue
			}
			c := broken[names[i]]
			require.ErrorContains(t, outcome.Err, c.says, names[i])
			if c.want != nil {
				require.ErrorIs(t, outcome.Err, c.want, names[i])
			}
			require.Equal(t, bulk.None, outcome.Delivery)
		}
	})
}

func TestRunThatIsCancelledYieldsEveryItem(t *testing.T) {
	overEveryStore(t, func(t *testing.T, s *service) {
		gone := errors.New("nobody waits any more")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		yielded := 0
		items := make([]bulk.Item, 5)
		for i := range items {
			items[i] = bulk.Item{Open: open("one"), Job: job(t, whatsmeow.MediaImage)}
		}
		for _, outcome := range bulk.Run(ctx, s.pipeline, items, bulk.Settings{Parallelism: 2}) {
			require.ErrorIs(t, outcome.Err, gone)
			yielded++
		}
		require.Equal(t, 5, yielded)
		require.Empty(t, s.Requests())
	})
}
