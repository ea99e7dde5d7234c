package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// greetings are files with media, of which the last has the content of the first.
func greetings(t *testing.T) (items []wamediax.UploadItem, contents [][]byte) {
	for i, size := range []int{1000, 70_000, 300_000, 1000} {
		data := content(size)
		contents = append(contents, data)
		mediaType := []whatsmeow.MediaType{whatsmeow.MediaDocument, whatsmeow.MediaAudio, whatsmeow.MediaVideo}[i%3] // of the last as of the first
		items = append(items, wamediax.UploadItem{MediaType: mediaType, Path: fileOf(t, data).Name()})
	}
	return items, contents
}

func allOf(t *testing.T, ctx context.Context, client *wamediax.Client, items []wamediax.UploadItem, opts ...wamediax.UploadAllOption) []wamediax.UploadOutcome {
	t.Helper()
	outcomes := make([]wamediax.UploadOutcome, len(items))
	seen := make(map[int]bool)
	for i, outcome := range client.UploadAll(ctx, items, opts...) {
		require.False(t, seen[i], "item %d came twice", i)
		seen[i], outcomes[i] = true, outcome
	}
	require.Len(t, seen, len(items))
	return outcomes
}

// requireOpens checks that the object decrypts to what was uploaded.
func (s *service) requireOpens(t *testing.T, outcome wamediax.UploadOutcome, mediaType whatsmeow.MediaType, want []byte) {
	t.Helper()
	object, ok := s.Object(outcome.DirectPath)
	require.True(t, ok)
	var got bytes.Buffer
	_, err := streamenc.Decrypt(&got, bytes.NewReader(object.Data), outcome.MediaKey, mediaType,
		streamenc.ExpectHashes(outcome.FileEncSHA256, outcome.FileSHA256))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got.Bytes()))
	require.EqualValues(t, len(want), outcome.FileLength)
}

func TestUploadAllSendsEncryptedMediaOnceAndNextTimeNone(t *testing.T) {
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	s := newService(t, wamediax.WithResumeStore(store))
	items, contents := greetings(t)
	settle()
	first := allOf(t, t.Context(), s.client, items)
	for i, outcome := range first {
		require.NoError(t, outcome.Err)
		s.requireOpens(t, outcome, items[i].MediaType, contents[i])
	}
	require.NotNil(t, first[2].StreamingSidecar)
	require.Equal(t, first[0].UploadResponse, first[3].UploadResponse, "one content, two media keys")
	require.ElementsMatch(t, []wamediax.Delivery{wamediax.DeliverySent, wamediax.DeliveryShared},
		[]wamediax.Delivery{first[0].Delivery, first[3].Delivery})
	require.Len(t, s.Objects(), 3)

	before := len(s.Requests())
	for i, outcome := range allOf(t, t.Context(), s.client, items) {
		require.Equal(t, wamediax.DeliveryKnown, outcome.Delivery)
		require.Equal(t, first[i].UploadResponse, outcome.UploadResponse)
		require.Equal(t, first[i].StreamingSidecar, outcome.StreamingSidecar)
		require.Equal(t, first[i].MediaKeyTimestamp.Unix(), outcome.MediaKeyTimestamp.Unix())
	}
	require.Len(t, s.Requests(), before)

	received := s.Received()
	for i, outcome := range allOf(t, t.Context(), s.client, items, wamediax.WithRecheck(0)) {
		require.NoError(t, outcome.Err)
		require.NotEqual(t, wamediax.DeliverySent, outcome.Delivery)
		require.Equal(t, first[i].FileEncSHA256, outcome.FileEncSHA256)
	}
	require.Equal(t, received, s.Received())

	require.NoError(t, os.WriteFile(items[1].Path, content(5000), 0o600))
	changed := allOf(t, t.Context(), s.client, items)
	require.Equal(t, wamediax.DeliverySent, changed[1].Delivery)
	require.NotEqual(t, first[1].MediaKey, changed[1].MediaKey, "a media key covers two plaintexts")
	s.requireOpens(t, changed[1], items[1].MediaType, content(5000))
}

func TestUploadAllTakesStreamsAndRemembersThemByID(t *testing.T) {
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	s := newService(t, wamediax.WithResumeStore(store))
	data := content(50_000)
	opened := 0
	items := []wamediax.UploadItem{{
		MediaType: whatsmeow.MediaImage, ID: "hello", Version: "v1",
		Open: func() (io.ReadCloser, error) { opened++; return noted{stream(data)}, nil },
	}}
	first := allOf(t, t.Context(), s.client, items)[0]
	require.NoError(t, first.Err)
	require.Equal(t, "50000 bytes", string(first.Note))
	s.requireOpens(t, first, whatsmeow.MediaImage, data)

	again := allOf(t, t.Context(), s.client, items)[0]
	require.Equal(t, wamediax.DeliveryKnown, again.Delivery)
	require.Equal(t, first.UploadResponse, again.UploadResponse)
	require.Equal(t, "50000 bytes", string(again.Note))
	require.Equal(t, 1, opened)

	held := allOf(t, t.Context(), s.client, items, wamediax.WithRecheck(0))[0]
	require.Equal(t, wamediax.DeliveryHeld, held.Delivery)
	require.Equal(t, first.MediaKey, held.MediaKey)
	require.Zero(t, held.BytesSent)

	data, items[0].Version = content(60_000), "v2"
	changed := allOf(t, t.Context(), s.client, items)[0]
	require.Equal(t, wamediax.DeliverySent, changed.Delivery)
	require.NotEqual(t, first.MediaKey, changed.MediaKey)
	s.requireOpens(t, changed, whatsmeow.MediaImage, data)
	requireNoTempFiles(t)
}

// noted is a source that says something of itself.
type noted struct{ io.Reader }

func (noted) Close() error { return nil }
func (noted) Note() []byte { return []byte("50000 bytes") }

func TestUploadAllWithoutAStoreStillSendsOnce(t *testing.T) {
	s := newService(t)
	items, contents := greetings(t)
	for i, outcome := range allOf(t, t.Context(), s.client, items, wamediax.WithParallelism(1)) {
		require.NoError(t, outcome.Err)
		s.requireOpens(t, outcome, items[i].MediaType, contents[i])
	}
	require.Len(t, s.Objects(), 3)
}

func TestUploadAllSharesNothingAcrossMediaKeysAndTypes(t *testing.T) {
	s := newService(t)
	path := fileOf(t, content(2000)).Name()
	key := content(32)
	outcomes := allOf(t, t.Context(), s.client, []wamediax.UploadItem{
		{MediaType: whatsmeow.MediaDocument, Path: path},
		{MediaType: whatsmeow.MediaImage, Path: path},
		{MediaType: whatsmeow.MediaDocument, Path: path, Options: []wamediax.UploadOption{wamediax.WithMediaKey(key)}},
		{MediaType: wamediax.MediaProductImage, Path: path},
	})
	for _, outcome := range outcomes {
		require.NoError(t, outcome.Err)
		require.Equal(t, wamediax.DeliverySent, outcome.Delivery)
	}
	require.Equal(t, key, outcomes[2].MediaKey)
	require.Nil(t, outcomes[3].MediaKey)
	require.Len(t, s.Objects(), 4)
}

func TestUploadAllDoesNotStopAtWhatFails(t *testing.T) {
	s := newService(t)
	broken := errors.New("broken")
	good := fileOf(t, content(100)).Name()
	outcomes := allOf(t, t.Context(), s.client, []wamediax.UploadItem{
		{MediaType: "no such type", Path: good},
		{MediaType: wamediax.MediaProductImage, Path: good, Options: []wamediax.UploadOption{wamediax.WithMediaKey(content(32))}},
		{MediaType: whatsmeow.MediaImage},
		{MediaType: whatsmeow.MediaImage, Path: t.TempDir()},
		{MediaType: whatsmeow.MediaImage, Open: func() (io.ReadCloser, error) { return nil, broken }},
		{MediaType: whatsmeow.MediaImage, Path: good},
	})
	require.ErrorIs(t, outcomes[0].Err, whatsmeow.ErrUnknownMediaType)
	require.ErrorIs(t, outcomes[1].Err, streamenc.ErrNotEncrypted)
	require.Error(t, outcomes[2].Err)
	require.ErrorContains(t, outcomes[3].Err, "not a regular file")
	require.ErrorIs(t, outcomes[4].Err, broken)
	require.NoError(t, outcomes[5].Err)

	for _, outcome := range (*wamediax.Client)(nil).UploadAll(t.Context(), make([]wamediax.UploadItem, 2)) {
		require.ErrorIs(t, outcome.Err, whatsmeow.ErrClientIsNil)
	}
}

func TestUploadAllGoesOnWhereAnotherItemWithTheSameContentFailed(t *testing.T) {
	s := newService(t)
	data := content(400_000)
	changing := fileOf(t, data)
	s.inject("", uploads, 1, wamediaxtest.HangUp(1000)) // whoever is first reads twice
	reads := 0
	items := []wamediax.UploadItem{
		{MediaType: whatsmeow.MediaImage, Open: func() (io.ReadCloser, error) {
			reads++
			return io.NopCloser(bytes.NewReader(data)), nil
		}},
		{MediaType: whatsmeow.MediaImage, Path: changing.Name(), Options: []wamediax.UploadOption{
			wamediax.WithProgress(func(p wamediax.Progress) {
				if p.Stage == wamediax.Uploading && p.Attempt == 1 {
					_, _ = changing.WriteAt([]byte("changed"), 200_000)
				}
			}),
		}},
	}
	outcomes := allOf(t, t.Context(), s.client, items)
	require.NoError(t, outcomes[0].Err)
	s.requireOpens(t, outcomes[0], whatsmeow.MediaImage, data)
	if outcomes[1].Err != nil {
		require.ErrorIs(t, outcomes[1].Err, streamenc.ErrSourceChanged)
	}
}

func TestUploadAllOfACancelledContextYieldsTheCause(t *testing.T) {
	s := newService(t)
	items, _ := greetings(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s.inject("", uploads, -1, wamediaxtest.StopReading(10))
	enough := errors.New("enough")
	go func() {
		s.waitHeld(t.Context())
		cancel(enough)
	}()
	for _, outcome := range allOf(t, ctx, s.client, items) {
		require.ErrorIs(t, outcome.Err, enough)
	}
}

func TestDryRunOfUploadAllSendsNothing(t *testing.T) {
	s := newService(t)
	items, _ := greetings(t)
	outcomes := allOf(t, t.Context(), s.client, items, wamediax.WithDryRun(), wamediax.WithParallelism(1))
	require.Empty(t, s.Requests())
	for i, want := range []wamediax.Delivery{wamediax.DeliverySent, wamediax.DeliverySent, wamediax.DeliverySent, wamediax.DeliveryShared} {
		require.NoError(t, outcomes[i].Err)
		require.Equal(t, want, outcomes[i].Delivery, fmt.Sprint(i))
		require.Empty(t, outcomes[i].DirectPath)
		require.NotEmpty(t, outcomes[i].FileSHA256)
	}
}

func TestUploadAllBeginsItemsAtAPace(t *testing.T) {
	for name, test := range map[string]struct {
		wrap []wamediax.Option
		call []wamediax.UploadAllOption
		want int // uploads before the second item's turn, in an hour
	}{
		"of the call":                    {nil, []wamediax.UploadAllOption{wamediax.WithPace(time.Hour)}, 1},
		"of the client":                  {[]wamediax.Option{wamediax.WithPace(time.Hour)}, nil, 1},
		"of the client, not of the call": {[]wamediax.Option{wamediax.WithPace(time.Hour)}, []wamediax.UploadAllOption{wamediax.WithPace(0)}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, test.wrap...)
			items, _ := greetings(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			sent, ended := 0, 0
			for _, outcome := range s.client.UploadAll(ctx, items[:3], test.call...) {
				if outcome.Err == nil {
					sent++
				} else {
					require.ErrorIs(t, outcome.Err, context.Canceled)
					ended++
				}
				if sent == test.want {
					cancel() // the others wait for their turn
				}
			}
			require.Equal(t, 3, sent+ended)
			require.Len(t, s.requests(uploads), test.want)
		})
	}
}

func TestPaceIsForWhatIsSent(t *testing.T) {
	s := newService(t, wamediax.WithResumeStore(fileStore(t)))
	items, _ := greetings(t)
	settle()
	for _, outcome := range allOf(t, t.Context(), s.client, items, wamediax.WithDryRun(), wamediax.WithPace(time.Hour)) {
		require.NoError(t, outcome.Err)
	}
	allOf(t, t.Context(), s.client, items)
	for _, outcome := range allOf(t, t.Context(), s.client, items, wamediax.WithPace(time.Hour)) {
		require.Equal(t, wamediax.DeliveryKnown, outcome.Delivery)
	}
}
