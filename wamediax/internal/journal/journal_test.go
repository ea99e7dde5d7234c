package journal_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/everystore"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// overEveryStore runs test with a store of each kind that the project has, and a client.
func overEveryStore(t *testing.T, test func(t *testing.T, store resume.Store, cli *whatsmeow.Client)) {
	everystore.Run(t, func(t *testing.T, store resume.Store) { test(t, store, newClient(t)) })
}

func newClient(t *testing.T, opts ...wamediaxtest.ClientOption) *whatsmeow.Client {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context(), opts...)
	require.NoError(t, err)
	return cli
}

var someoneElse = wamediaxtest.WithJID(types.NewJID("491700000000", types.DefaultUserServer))

// video is an upload of a file, as it looks from outside.
var video = journal.Upload{Name: "file /video.mp4", Fingerprint: []byte("version 1"), MediaType: whatsmeow.MediaVideo, Path: "/mms/video"}

func changed(change func(*journal.Upload)) journal.Upload {
	u := video
	change(&u)
	return u
}

// record is what is known of an object of n bytes.
func record(n int64) *resume.Record {
	return &resume.Record{
		MediaKey: resume.SecretOf(bytes.Repeat([]byte{byte(n)}, 32)), FileSHA256: bytes.Repeat([]byte{byte(n)}, 32), FileLength: n,
	}
}

// upload records an upload of video, as far as it came: begun, and done if there is an answer.
func upload(t *testing.T, j *journal.Journal, rec *resume.Record, answer *resume.Response) {
	t.Helper()
	entry, err := j.Open(t.Context(), video)
	require.NoError(t, err)
	defer entry.Close()
	entry.Begin(t.Context(), rec)
	if answer != nil {
		entry.Done(t.Context(), rec, *answer)
	}
}

func TestEntryHasWhatWasRecordedOfTheUpload(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		j := journal.New(cli, store, time.Hour, false)
		entry, err := j.Open(t.Context(), video)
		require.NoError(t, err)
		require.Nil(t, entry.Record())
		require.False(t, entry.Unchanged())
		entry.Close()

		upload(t, j, record(5), nil)
		begun := j.Lookup(t.Context(), video)
		require.Nil(t, begun.Response)
		upload(t, j, record(5), &resume.Response{URL: "https://cdn.test/v", DirectPath: "/v"})

		entry, err = j.Open(t.Context(), video)
		require.NoError(t, err)
		defer entry.Close()
		rec := entry.Record()
		require.True(t, entry.Unchanged())
		require.EqualValues(t, 5, rec.FileLength)
		require.Equal(t, record(5).MediaKey, rec.MediaKey)
		require.Equal(t, "/v", rec.Response.DirectPath)
		require.Equal(t, cli.Store.GetJID().User, rec.Account)
		require.Equal(t, []string{string(video.MediaType), video.Path}, []string{rec.MediaType, rec.Path})
		require.True(t, begun.Created.Equal(rec.Created), "it is the same upload")
		require.WithinDuration(t, time.Now().Add(time.Hour), rec.Expires, time.Minute)
		require.NotNil(t, j.Lookup(t.Context(), video), "looking takes no lock")
	})
}

func TestEntryIsOfThisUploadAlone(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		upload(t, journal.New(cli, store, time.Hour, false), record(5), &resume.Response{DirectPath: "/v"})
		for name, other := range map[string]struct {
			cli    *whatsmeow.Client
			upload journal.Upload
		}{
			"another account":    {newClient(t, someoneElse), video},
			"another media type": {cli, changed(func(u *journal.Upload) { u.MediaType = whatsmeow.MediaDocument })},
			"another path":       {cli, changed(func(u *journal.Upload) { u.Path = "/newsletter/newsletter-video" })},
			"another source":     {cli, changed(func(u *journal.Upload) { u.Name = "file /other.mp4" })},
			"another media key":  {cli, changed(func(u *journal.Upload) { u.MediaKey = make([]byte, 32) })},
			"no name":            {cli, changed(func(u *journal.Upload) { u.Name = "" })},
		} {
			t.Run(name, func(t *testing.T) {
				j := journal.New(other.cli, store, time.Hour, false)
				require.Nil(t, j.Lookup(t.Context(), other.upload))
				entry, err := j.Open(t.Context(), other.upload)
				require.NoError(t, err)
				defer entry.Close()
				require.Nil(t, entry.Record())
			})
		}
		same := changed(func(u *journal.Upload) { u.MediaKey = record(5).MediaKey.Bytes() })
		require.NotNil(t, journal.New(cli, store, time.Hour, false).Lookup(t.Context(), same))
	})
}

func TestChangedSourceIsFoundAndKnownToBeChanged(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		j := journal.New(cli, store, time.Hour, false)
		upload(t, j, record(5), &resume.Response{DirectPath: "/v"})
		for name, fingerprint := range map[string][]byte{"another version": []byte("version 2"), "no version": nil} {
			t.Run(name, func(t *testing.T) {
				u := changed(func(u *journal.Upload) { u.Fingerprint = fingerprint })
				require.Nil(t, j.Lookup(t.Context(), u))
				entry, err := j.Open(t.Context(), u)
				require.NoError(t, err)
				defer entry.Close()
				require.NotNil(t, entry.Record(), "its content may be the same")
				require.False(t, entry.Unchanged())
			})
		}
	})
}

func TestForgottenOrExpiredUploadIsNotFound(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		j := journal.New(cli, store, time.Hour, false)
		upload(t, j, record(5), nil)
		entry, err := j.Open(t.Context(), video)
		require.NoError(t, err)
		require.NotNil(t, entry.Record())
		entry.Forget(t.Context())
		require.Nil(t, entry.Record())
		entry.Forget(t.Context()) // there is nothing left
		entry.Close()
		require.Nil(t, j.Lookup(t.Context(), video))

		upload(t, journal.New(cli, store, -time.Second, false), record(5), nil)
		require.Nil(t, j.Lookup(t.Context(), video))
	})
}

func TestAnswerToAProbeIsCompletedFromTheRecord(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		j := journal.New(cli, store, time.Hour, false)
		upload(t, j, record(5), &resume.Response{DirectPath: "/v", Handle: "handle", ObjectID: "id"})
		entry, err := j.Open(t.Context(), video)
		require.NoError(t, err)
		defer entry.Close()
		for name, test := range map[string]struct{ answer, want resume.Response }{
			"of the same object":       {resume.Response{DirectPath: "/v"}, resume.Response{DirectPath: "/v", Handle: "handle", ObjectID: "id"}},
			"that has some of it":      {resume.Response{DirectPath: "/v", Handle: "new"}, resume.Response{DirectPath: "/v", Handle: "new", ObjectID: "id"}},
			"of an object that is new": {resume.Response{DirectPath: "/w"}, resume.Response{DirectPath: "/w"}},
		} {
			t.Run(name, func(t *testing.T) { require.Equal(t, test.want, entry.Complete(test.answer)) })
		}
	})
}

func TestSecondUploadOfAnEntryWaitsForTheFirst(t *testing.T) {
	overEveryStore(t, func(t *testing.T, store resume.Store, cli *whatsmeow.Client) {
		j := journal.New(cli, store, time.Hour, false)
		first, err := j.Open(t.Context(), video)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err = j.Open(ctx, video)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "waiting for another upload of the same media")

		second := make(chan *journal.Entry)
		go func() {
			entry, err := j.Open(t.Context(), video)
			if err != nil {
				t.Error(err)
			}
			second <- entry
		}()
		first.Begin(t.Context(), record(5))
		first.Close()
		entry := <-second
		defer entry.Close()
		require.NotNil(t, entry.Record(), "it sees what the first has recorded")
	})
}

func TestWithoutAStoreNothingIsKnown(t *testing.T) {
	j := journal.New(nil, nil, time.Hour, false)
	require.Nil(t, j)
	entry, err := j.Open(t.Context(), video)
	require.NoError(t, err)
	entry.Begin(t.Context(), record(5))
	entry.Done(t.Context(), record(5), resume.Response{})
	entry.Forget(t.Context())
	require.Nil(t, entry.Record())
	require.False(t, entry.Unchanged())
	require.Equal(t, resume.Response{DirectPath: "/v"}, entry.Complete(resume.Response{DirectPath: "/v"}))
	entry.Close()
	require.Nil(t, j.Lookup(t.Context(), video))
}

// hangingStore is a store on a disk that has gone: nothing returns before it is back.
type hangingStore struct {
	resume.Store
	back chan struct{}
}

func (s hangingStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	<-s.back
	return s.Store.Load(context.WithoutCancel(ctx), key)
}

func (s hangingStore) Save(ctx context.Context, key string, rec *resume.Record) error {
	<-s.back
	return s.Store.Save(context.WithoutCancel(ctx), key, rec)
}

func TestStoreThatHangsHoldsAnUploadUpForSecondsOnly(t *testing.T) {
	store, cli := everystore.Files(t), newClient(t)
	synctest.Test(t, func(t *testing.T) {
		hanging := hangingStore{store, make(chan struct{})}
		j := journal.New(cli, hanging, time.Hour, false)
		began := time.Now()
		entry, err := j.Open(t.Context(), video)
		require.NoError(t, err, "the upload goes on without a record")
		require.Nil(t, entry.Record())
		require.Less(t, time.Since(began), 11*time.Second)

		began = time.Now()
		entry.Done(t.Context(), record(5), resume.Response{DirectPath: "/v"})
		require.Less(t, time.Since(began), 3*time.Second)
		entry.Close()
		close(hanging.back)
		synctest.Wait()
	})
}
