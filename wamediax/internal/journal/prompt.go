package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// How long an upload waits for the store. It waits longer before the first byte, since an upload
// without a record may have to be sent again from the start.
const (
	recordPatience = 10 * time.Second // to load it, and to save it before the first byte leaves
	donePatience   = 2 * time.Second  // once the upload is done: to save it, or to delete it
	unlockPatience = time.Second
)

// promptStore makes a store return when the context ends or after a time limit, even if its
// database or disk hangs. The operation then continues in the background. Lock has no time limit of
// its own, because another upload may hold the lock.
type promptStore struct{ store resume.Store }

func (p promptStore) Load(ctx context.Context, key string) (rec *resume.Record, err error) {
	err = patiently(ctx, recordPatience, func(ctx context.Context) (err error) {
		rec, err = wait.Call(ctx, func(ctx context.Context) (*resume.Record, error) { return p.store.Load(ctx, key) }, nil)
		return err
	})
	return rec, err
}

func (p promptStore) Save(ctx context.Context, key string, rec *resume.Record) error {
	saved := *rec // a copy, since the store may use it after Save has returned
	return patiently(ctx, recordPatience, func(ctx context.Context) error {
		return wait.Do(ctx, func(ctx context.Context) error { return p.store.Save(ctx, key, &saved) })
	})
}

func (p promptStore) Delete(ctx context.Context, key string) error {
	return patiently(ctx, donePatience, func(ctx context.Context) error {
		return wait.Do(ctx, func(ctx context.Context) error { return p.store.Delete(ctx, key) })
	})
}

func (p promptStore) Purge(ctx context.Context, olderThan time.Duration) (int, error) {
	return p.store.Purge(ctx, olderThan)
}

func (p promptStore) Lock(ctx context.Context, key string) (func(), error) {
	lock := func(ctx context.Context) (func(), error) { return p.store.Lock(ctx, key) }
	free, err := wait.Call(ctx, lock, func(free func()) { free() })
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), unlockPatience)
		defer cancel()
		_ = wait.Do(ctx, func(context.Context) error {
			free()
			return nil
		})
	}), nil
}

// patiently calls do with a context that ends after patience. If that is why it failed, the error
// says so.
func patiently(ctx context.Context, patience time.Duration, do func(ctx context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := do(bounded)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("the store did not answer within %v: %w", patience, err)
	}
	return err
}
