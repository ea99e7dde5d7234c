package wamediax_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// busyDatabase is an SQLite database in which another process can write for as long as it likes.
type busyDatabase struct {
	store *sqlstore.Store
	begin func() (end func())
}

func newBusyDatabase(t *testing.T) *busyDatabase {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bot.db")
	open := func() *dbutil.Database {
		db, err := dbutil.NewWithDialect("file:"+file+
			"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(60000)&_txlock=immediate", "sqlite")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}
	store, err := sqlstore.New(t.Context(), open())
	require.NoError(t, err)
	conn, err := open().RawDB.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &busyDatabase{store, func() func() {
		_, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
		require.NoError(t, err)
		return func() {
			_, err := conn.ExecContext(t.Context(), "ROLLBACK")
			require.NoError(t, err)
		}
	}}
}

func TestCancelledUploadReturnsWhileTheDatabaseIsBusy(t *testing.T) {
	t.Parallel()
	db := newBusyDatabase(t)
	s := newService(t, wamediax.WithResumeStore(db.store))
	s.inject("", uploads, 1, wamediaxtest.StopReading(1000))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	returned := make(chan error, 1)
	go func() {
		_, err := s.client.UploadMedia(ctx, fileOf(t, content(2000)), whatsmeow.MediaDocument)
		returned <- err
	}()
	s.waitHeld(t.Context())
	end := db.begin()
	began := time.Now()
	cancel()
	require.ErrorIs(t, <-returned, context.Canceled)
	require.Less(t, time.Since(began), prompt)
	end()
}

func TestFinishedUploadDoesNotWaitLongForABusyDatabase(t *testing.T) {
	t.Parallel()
	db := newBusyDatabase(t)
	log := &logged{}
	s := newService(t, wamediax.WithResumeStore(db.store))
	s.client.Log = log
	let := make(chan struct{})
	s.inject("", uploads, 1, wamediaxtest.AnswerAfter(let))
	returned := make(chan error, 1)
	go func() {
		_, err := s.client.UploadMedia(t.Context(), fileOf(t, content(2000)), whatsmeow.MediaDocument)
		returned <- err
	}()
	s.waitHeld(t.Context())
	end := db.begin()
	began := time.Now()
	close(let)
	require.NoError(t, <-returned)
	require.Less(t, time.Since(began), prompt)
	require.Contains(t, log.text(), "did not answer within 2s")
	end()
}

// hangingStore is a store of which some methods do not return before it is let go, whatever their
// context says.
type hangingStore struct {
	resume.Store
	hangs string
	let   chan struct{}
}

func (h *hangingStore) hang(method string) {
	if h.hangs == method {
		<-h.let
	}
}

func (h *hangingStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	h.hang("Load")
	return h.Store.Load(ctx, key)
}

func (h *hangingStore) Save(ctx context.Context, key string, rec *resume.Record) error {
	h.hang("Save")
	return h.Store.Save(ctx, key, rec)
}

func (h *hangingStore) Lock(ctx context.Context, key string) (func(), error) {
	unlock, err := h.Store.Lock(context.WithoutCancel(ctx), key)
	h.hang("Lock")
	return func() { h.hang("unlock"); unlock() }, err
}

func TestUploadThatIsCancelledWaitsForNoStore(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Load", "Save", "Lock"} {
		t.Run("hangs in "+method, func(t *testing.T) {
			store := &hangingStore{fileStore(t), method, make(chan struct{})}
			s := newService(t, wamediax.WithResumeStore(store))
			file := fileOf(t, content(2000))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := s.client.UploadMedia(ctx, file, whatsmeow.MediaDocument)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Less(t, time.Since(began), prompt)

			close(store.let)
			_, err = s.client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
			require.NoError(t, err, "the lock that came too late was given back")
		})
	}
}

func TestFinishedUploadDoesNotWaitForAnUnlockThatHangs(t *testing.T) {
	t.Parallel()
	store := &hangingStore{fileStore(t), "unlock", make(chan struct{})}
	s := newService(t, wamediax.WithResumeStore(store))
	began := time.Now()
	_, err := s.client.UploadMedia(t.Context(), fileOf(t, content(2000)), whatsmeow.MediaDocument)
	require.NoError(t, err)
	require.Less(t, time.Since(began), prompt)
	close(store.let)
}

// timeShiftedStore was written by a clock that was wrong.
type timeShiftedStore struct {
	resume.Store
	shift time.Duration
}

func (s timeShiftedStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	rec, err := s.Store.Load(ctx, key)
	if err == nil {
		rec.Updated = rec.Updated.Add(s.shift)
	}
	return rec, err
}

func TestUploadAllAsksTheCDNIfTheRecordIsFromTheFuture(t *testing.T) {
	for name, c := range map[string]struct {
		shift time.Duration
		want  wamediax.Delivery
	}{
		"a clock that was right":          {0, wamediax.DeliveryKnown},
		"a clock that was a year ahead":   {365 * 24 * time.Hour, wamediax.DeliveryHeld},
		"a clock that was a year behind":  {-365 * 24 * time.Hour, wamediax.DeliveryHeld},
		"a clock that was a minute ahead": {time.Minute, wamediax.DeliveryHeld},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, wamediax.WithResumeStore(timeShiftedStore{fileStore(t), c.shift}))
			items := []wamediax.UploadItem{{MediaType: whatsmeow.MediaImage, Path: fileOf(t, content(77)).Name()}}
			settle()
			var got []wamediax.Delivery
			for range 2 {
				for _, outcome := range s.client.UploadAll(t.Context(), items, wamediax.WithRecheck(time.Hour)) {
					require.NoError(t, outcome.Err)
					got = append(got, outcome.Delivery)
				}
			}
			require.Equal(t, []wamediax.Delivery{wamediax.DeliverySent, c.want}, got)
		})
	}
}

var errFullDisk = errors.New("disk is full")

// failingStore is a store of which one method fails.
type failingStore struct {
	resume.Store
	fails string
}

func (f failingStore) err(method string) error {
	if f.fails == method {
		return errFullDisk
	}
	return nil
}

func (f failingStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	if err := f.err("Load"); err != nil {
		return nil, err
	}
	return f.Store.Load(ctx, key)
}

func (f failingStore) Save(ctx context.Context, key string, rec *resume.Record) error {
	if err := f.err("Save"); err != nil {
		return err
	}
	return f.Store.Save(ctx, key, rec)
}

func (f failingStore) Lock(ctx context.Context, key string) (func(), error) {
	if err := f.err("Lock"); err != nil {
		return nil, err
	}
	return f.Store.Lock(ctx, key)
}

func TestStoreThatFailsIsAnErrorOnlyIfItIsStrict(t *testing.T) {
	for _, method := range []string{"Load", "Save", "Lock"} {
		t.Run("fails to "+method, func(t *testing.T) {
			store := failingStore{fileStore(t), method}
			log := &logged{}
			s := newService(t, wamediax.WithResumeStore(store))
			s.client.Log = log
			_, err := s.client.UploadMedia(t.Context(), fileOf(t, content(2000)), whatsmeow.MediaDocument)
			require.NoError(t, err)
			require.Contains(t, log.text(), errFullDisk.Error())

			strict := newService(t, wamediax.WithResumeStore(store), wamediax.WithStrictStore())
			_, err = strict.client.UploadMedia(t.Context(), fileOf(t, content(2000)), whatsmeow.MediaDocument)
			require.ErrorIs(t, err, wamediax.ErrStore)
			require.ErrorIs(t, err, errFullDisk)
			require.Zero(t, strict.Received())
			for _, mediaType := range []whatsmeow.MediaType{whatsmeow.MediaImage, wamediax.MediaProductImage} {
				items := []wamediax.UploadItem{{MediaType: mediaType, Path: fileOf(t, content(77)).Name()}}
				for _, outcome := range strict.client.UploadAll(t.Context(), items) {
					require.ErrorIs(t, outcome.Err, wamediax.ErrStore, mediaType)
				}
			}
		})
	}
}

func TestStrictStoreThatWorksChangesNothing(t *testing.T) {
	s := newService(t, wamediax.WithResumeStore(fileStore(t)), wamediax.WithStrictStore())
	_, err := s.client.UploadMedia(t.Context(), fileOf(t, content(2000)), whatsmeow.MediaDocument)
	require.NoError(t, err)
}

func TestUploadBeforeConnectSaysThatItWaits(t *testing.T) {
	log := &logged{}
	client := wamediax.Wrap(whatsmeow.NewClient(newService(t).client.Store, log)) // the device is paired, the client does not connect
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := client.UploadMedia(ctx, fileOf(t, content(2000)), whatsmeow.MediaDocument)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, strings.Count(log.text(), "waiting up to 30s for Connect"), log.text())
}
