package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
)

// held is how long to wait before concluding that a lock is held.
const held = 100 * time.Millisecond

var rules = []struct {
	name  string
	check func(ctx context.Context, open Opener) error
}{
	{"Load returns what Save stored", loadsWhatWasSaved},
	{"Load of a missing record is ErrNotFound", nothingIsNotFound},
	{"Load of an expired record is ErrNotFound", expiredIsNotFound},
	{"any string is a key", anyKey},
	{"Save rejects invalid records", refusesWhatDoesNotFit},
	{"one holder at a time", oneHolder},
	{"one holder under contention", oneHolderOfMany},
	{"Purge removes outdated records", purges},
	{"an ended context stops every method", endedContext},
}

func loadsWhatWasSaved(ctx context.Context, open Opener) error {
	one, two, err := open2(open)
	if err != nil {
		return err
	}
	for _, rec := range []*resume.Record{records.Full(), {}, records.Uniform(200), {FileSHA256: []byte{}}} {
		given := *rec
		began := time.UnixMilli(time.Now().UnixMilli())
		if err := one.Save(ctx, "key", rec); err != nil {
			return err
		}
		if !reflect.DeepEqual(given, *rec) {
			return errors.New("store: Save changed the caller's record")
		}
		got, err := two.Load(ctx, "key")
		if err != nil {
			return err
		}
		if got.Updated.Before(began) || got.Updated.After(time.Now()) {
			return fmt.Errorf("store: Updated is %v, but the record was saved at %v", got.Updated, began)
		}
		want := given
		want.Updated = got.Updated
		if given.Created.IsZero() {
			want.Created = got.Updated
		}
		if !reflect.DeepEqual(want, *got) {
			return errors.New("store: Load returned a different record than was saved")
		}
	}
	return nil
}

func nothingIsNotFound(ctx context.Context, open Opener) error {
	one, two, err := open2(open)
	if err != nil {
		return err
	}
	if err := one.Delete(ctx, "key"); err != nil {
		return fmt.Errorf("store: Delete of a missing record failed: %w", err)
	}
	if err := errors.Join(one.Save(ctx, "key", records.Uniform(1)), one.Save(ctx, "other", records.Uniform(2)), two.Delete(ctx, "key")); err != nil {
		return err
	}
	for _, key := range []string{"key", "never"} {
		if err := wantNotFound(ctx, one, key); err != nil {
			return err
		}
	}
	_, err = one.Load(ctx, "other")
	return err
}

func wantNotFound(ctx context.Context, store resume.Store, key string) error {
	if _, err := store.Load(ctx, key); !errors.Is(err, resume.ErrNotFound) {
		return fmt.Errorf("store: Load returned error %v, not ErrNotFound", err)
	}
	return nil
}

func expiredIsNotFound(ctx context.Context, open Opener) error {
	store, _, err := open2(open)
	if err != nil {
		return err
	}
	rec := records.Full()
	rec.Expires = time.Now().Add(-time.Millisecond)
	if err := store.Save(ctx, "key", rec); err != nil {
		return err
	}
	return wantNotFound(ctx, store, "key")
}

func anyKey(ctx context.Context, open Opener) error {
	store, _, err := open2(open)
	if err != nil {
		return err
	}
	keys := []string{
		"", " ", ".", "..", "../../etc/passwd", "C:\\x", "a/b", "a", "A", "\x00", "a\x00", "naïve ☃", "\xff\xfe",
		"'; DROP TABLE wamediax_upload; --", "%s", "*", "line\nfeed", strings.Repeat("k", 10<<10), strings.Repeat("k", 10<<10) + "l",
	}
	for _, key := range keys {
		unlock, err := store.Lock(ctx, key)
		if err != nil {
			return fmt.Errorf("%.20q: %w", key, err)
		}
		err = store.Save(ctx, key, &resume.Record{Source: []byte(key)})
		unlock()
		if err != nil {
			return fmt.Errorf("%.20q: %w", key, err)
		}
	}
	for _, key := range keys {
		rec, err := store.Load(ctx, key)
		if err != nil {
			return fmt.Errorf("%.20q: %w", key, err)
		}
		if string(rec.Source) != key {
			return fmt.Errorf("%.20q: Load returned the record of %.20q", key, rec.Source)
		}
	}
	return nil
}

func refusesWhatDoesNotFit(ctx context.Context, open Opener) error {
	store, _, err := open2(open)
	if err != nil {
		return err
	}
	if err := store.Save(ctx, "key", records.Uniform(1)); err != nil {
		return err
	}
	for what, rec := range map[string]*resume.Record{
		"longer than MaxRecordSize": {Sealed: resume.SecretOf(make([]byte, resume.MaxRecordSize))}, "not UTF-8": {Mimetype: "\xff"},
	} {
		if store.Save(ctx, "key", rec) == nil {
			return fmt.Errorf("store: Save stored a record that is %s", what)
		}
	}
	rec, err := store.Load(ctx, "key")
	if err != nil {
		return fmt.Errorf("store: failed Save lost the previous record: %w", err)
	}
	return records.CheckUniform(rec)
}

// wantLocked returns an error if it gets the lock.
func wantLocked(ctx context.Context, store resume.Store, key string) error {
	ctx, cancel := context.WithTimeout(ctx, held)
	defer cancel()
	unlock, err := store.Lock(ctx, key)
	if err == nil {
		unlock()
		return errors.New("store: two holders of one lock")
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("store: Lock's error does not wrap the context's: %w", err)
	}
	return nil
}

func oneHolder(ctx context.Context, open Opener) error {
	one, two, err := open2(open)
	if err != nil {
		return err
	}
	lockCtx, cancel := context.WithCancel(ctx)
	unlock, err := one.Lock(lockCtx, "key")
	cancel() // the lock must stay
	if err != nil {
		return err
	}
	if err := errors.Join(wantLocked(ctx, one, "key"), wantLocked(ctx, two, "key")); err != nil {
		return err
	}
	unlock()
	next, err := two.Lock(ctx, "key")
	if err != nil {
		return err
	}
	unlock() // unlocking again must not free the next holder's lock
	err = wantLocked(ctx, one, "key")
	next()
	return err
}

func oneHolderOfMany(ctx context.Context, open Opener) error {
	one, two, err := open2(open)
	if err != nil {
		return err
	}
	var holders atomic.Int32
	var all sync.WaitGroup
	errs := make([]error, 6)
	for n := range errs {
		all.Go(func() {
			for range 5 {
				unlock, err := []resume.Store{one, two}[n%2].Lock(ctx, "key")
				if err != nil {
					errs[n] = err
					return
				}
				if holders.Add(1) != 1 {
					errs[n] = errors.New("store: two holders of one lock")
				}
				holders.Add(-1)
				unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func purges(ctx context.Context, open Opener) error {
	one, two, err := open2(open)
	if err != nil {
		return err
	}
	expired := &resume.Record{Expires: time.Now().Add(-time.Minute)}
	err = errors.Join(one.Save(ctx, "fresh", &resume.Record{}), one.Save(ctx, "expired", expired), one.Save(ctx, "in use", expired))
	if err != nil {
		return err
	}
	unlock, err := one.Lock(ctx, "in use")
	if err != nil {
		return err
	}
	defer unlock()
	for _, c := range []struct {
		olderThan time.Duration
		want      int
	}{{time.Hour, 1}, {time.Hour, 0}, {0, 1}, {-time.Hour, 0}} {
		if got, err := two.Purge(ctx, c.olderThan); err != nil || got != c.want {
			return fmt.Errorf("store: Purge(%v) removed %d records, not %d (error: %v)", c.olderThan, got, c.want, err)
		}
	}
	return wantNotFound(ctx, one, "fresh")
}

func endedContext(ctx context.Context, open Opener) error {
	store, _, err := open2(open)
	if err != nil {
		return err
	}
	if err := store.Save(ctx, "key", records.Uniform(1)); err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, loadErr := store.Load(ended, "key")
	_, lockErr := store.Lock(ended, "key")
	_, purgeErr := store.Purge(ended, 0)
	for method, err := range map[string]error{
		"Load": loadErr, "Save": store.Save(ended, "key", records.Uniform(2)), "Delete": store.Delete(ended, "key"),
		"Lock": lockErr, "Purge": purgeErr,
	} {
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("store: %s returned error %v, which does not wrap the context's", method, err)
		}
	}
	rec, err := store.Load(ctx, "key")
	if err != nil || rec.FileLength != 1 {
		return fmt.Errorf("store: a call with an ended context changed the record (error: %v)", err)
	}
	unlock, err := store.Lock(ctx, "key")
	if err != nil {
		return err
	}
	unlock()
	return nil
}
