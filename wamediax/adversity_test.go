package wamediax_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/stalltest"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const (
	// callTime is how long the calls of these tests may take before their context ends.
	callTime = 100 * time.Millisecond
	// promptTime is how long after that they may go on, on a machine that has other work.
	promptTime = 2 * time.Second
)

// requireEndsWithItsContext makes a call that cannot succeed, and that must leave nothing behind
// when its context ends.
func requireEndsWithItsContext(t *testing.T, call func(context.Context) error) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithTimeoutCause(t.Context(), callTime, errEnough)
	defer cancel()
	end, _ := ctx.Deadline()
	err := call(ctx)
	require.Less(t, time.Since(end), promptTime)
	require.ErrorIs(t, err, errEnough)
	requireNoTempFiles(t)
	goleak.VerifyNone(t, before)
}

func TestSocketThatTakesNothing(t *testing.T) {
	server := newServer(t)
	cli, valve, err := stalltest.NewClient(t.Context(), server)
	require.NoError(t, err)
	t.Cleanup(valve.Open)
	s := &service{server, wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))}
	calls := publicCalls(t, s)
	before := len(s.Requests())
	valve.Shut()
	for _, call := range calls { // two writes are left behind, the only ones that ever are: see package socketwait
		if call.name == "Upload" || call.name == "Reupload" {
			ctx, cancel := context.WithTimeout(t.Context(), callTime)
			require.Error(t, call.do(ctx, s.client))
			cancel()
		}
	}
	for _, call := range calls {
		t.Run(call.name+" ends with its context", func(t *testing.T) {
			requireEndsWithItsContext(t, func(ctx context.Context) error { return call.do(ctx, s.client) })
		})
	}
	require.Len(t, s.Requests(), before, "no host was asked")

	valve.Open()
	require.NoError(t, calls[0].do(t.Context(), s.client), "it goes on when the socket does")
}

// slowDisk is a store on a disk that takes its time for everything, or all time there is.
type slowDisk struct {
	resume.Store
	takes time.Duration // 0: for ever
	mend  chan struct{} // closed: the disk is fast again

	asked func() // if not nil, called before each wait
}

func (d *slowDisk) wait() {
	if d.asked != nil {
		d.asked()
	}
	var done <-chan time.Time
	if d.takes > 0 {
		done = time.After(d.takes)
	}
	select {
	case <-done:
	case <-d.mend:
	}
}

func (d *slowDisk) Load(ctx context.Context, key string) (*resume.Record, error) {
	d.wait()
	return d.Store.Load(ctx, key)
}

func (d *slowDisk) Save(ctx context.Context, key string, rec *resume.Record) error {
	d.wait()
	return d.Store.Save(ctx, key, rec)
}

func (d *slowDisk) Delete(ctx context.Context, key string) error {
	d.wait()
	return d.Store.Delete(ctx, key)
}

func (d *slowDisk) Lock(ctx context.Context, key string) (func(), error) {
	d.wait()
	unlock, err := d.Store.Lock(ctx, key)
	return func() { d.wait(); unlock() }, err
}

func TestStoreOnASlowDisk(t *testing.T) {
	s := newService(t)
	calls := publicCalls(t, s)
	for disk, takes := range map[string]time.Duration{"that takes 10 s": 10 * time.Second, "that never returns": 0} {
		for _, call := range calls {
			store := &slowDisk{Store: fileStore(t), takes: takes, mend: make(chan struct{})}
			client := s.again(wamediax.WithResumeStore(store))
			switch {
			case call.remembered:
				t.Run(call.name+" ends with its context on a disk "+disk, func(t *testing.T) {
					before := goleak.IgnoreCurrent()
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					var end time.Time
					store.asked = sync.OnceFunc(func() {
						end = time.Now()
						cancel(errEnough)
					})
					err := call.do(ctx, client)
					require.Less(t, time.Since(end), promptTime)
					require.ErrorIs(t, err, errEnough)
					requireNoTempFiles(t)
					close(store.mend) // what was begun ends with the disk's answer, and leaves no lock
					goleak.VerifyNone(t, before)
					require.NoError(t, call.do(t.Context(), client))
				})
			case call.name == "Reupload" || call.name == "SetCoverPhoto" || call.name == "RemoveCoverPhoto":
				continue // nothing of theirs has to do with a store or a disk
			default:
				t.Run(call.name+" does not wait for a disk "+disk, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
					defer cancel()
					require.NoError(t, call.do(ctx, client))
				})
			}
		}
	}
}

// TestClockThatJumps lets time jump where it is kept: in records, in leases, in what the service
// says of its tokens.
func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, test := range map[string]func(t *testing.T){
		"A record from next year is not sent again, but the CDN is asked": func(t *testing.T) {
			s := newService(t, wamediax.WithResumeStore(timeShiftedStore{fileStore(t), year}))
			s.uploadedTwice(t, 1)
		},
		"A record from last year is not sent again, but the CDN is asked": func(t *testing.T) {
			s := newService(t, wamediax.WithResumeStore(timeShiftedStore{fileStore(t), -year}))
			s.uploadedTwice(t, 1)
		},
		"A record that had expired when it was saved is sent again": func(t *testing.T) {
			s := newService(t, wamediax.WithResumeStore(fileStore(t)), wamediax.WithResumeExpiry(-year))
			s.uploadedTwice(t, 2)
		},
		"A lease that ends in a year is nobody's": func(t *testing.T) {
			shiftedLease(t, "+31536000000")
		},
		"A lease that ended a year ago is nobody's": func(t *testing.T) {
			shiftedLease(t, "-31536000000")
		},
		"A media_conn of 292 years, or of no time at all, is used": func(t *testing.T) {
			for _, life := range []time.Duration{1<<63 - 1, -year} {
				s := newService(t)
				s.SetMediaConn(wamediaxtest.MediaConn{TTL: life, AuthTTL: life})
				s.uploadedTwice(t, 2)
				require.Equal(t, 1, s.MediaConnQueries())
			}
		},
		"A token that hosts think has expired is replaced once for everyone": func(t *testing.T) {
			s := newService(t)
			msg := s.posted(t, content(100_000))
			calls := transfers(t, s)
			require.NoError(t, calls["upload"](t.Context()))
			queries := s.MediaConnQueries()
			s.RefuseTokens()
			ended := make(chan error)
			for _, call := range []string{"upload", "live", "upload", "live"} {
				go func() { ended <- calls[call](t.Context()) }()
			}
			for range 4 {
				require.NoError(t, <-ended)
			}
			_, _, err := s.client.DownloadBytes(t.Context(), msg)
			require.NoError(t, err)
			require.Equal(t, queries+1, s.MediaConnQueries())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// uploadedTwice uploads the same file twice, which takes so many requests that send all of it.
func (s *service) uploadedTwice(t *testing.T, whole int) {
	t.Helper()
	file := fileOf(t, content(100_000))
	for range 2 {
		up, err := s.client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
		require.NoError(t, err)
		s.requireThere(t, up)
	}
	sent := 0
	for _, request := range s.Requests() {
		if request.BodyBytes >= 100_000 {
			sent++
		}
	}
	require.Equal(t, whole, sent)
}

// shiftedLease has an upload wait for another's record, of which the lease then ends at another
// time.
func shiftedLease(t *testing.T, by string) {
	db, err := dbutil.NewWithDialect("file:"+t.TempDir()+"/bot.db?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_txlock=immediate", "sqlite")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	store, err := sqlstore.New(t.Context(), db)
	require.NoError(t, err)
	s := newService(t, wamediax.WithResumeStore(store))
	file := fileOf(t, content(100_000))
	s.inject("", uploads, 1, wamediaxtest.StopReading(0))
	first, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := s.client.UploadMedia(first, file, whatsmeow.MediaDocument)
		ended <- err
	}()
	s.waitHeld(t.Context())
	changed, err := db.Exec(t.Context(), "UPDATE wamediax_lease SET expires = expires "+by)
	require.NoError(t, err)
	rows, err := changed.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, rows)
	began := time.Now()
	up, err := s.client.UploadMedia(t.Context(), file, whatsmeow.MediaDocument)
	require.NoError(t, err)
	s.requireThere(t, up)
	require.Less(t, time.Since(began), 8*time.Second, "a lease that is kept is renewed every 10 s")
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}
