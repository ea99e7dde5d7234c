package storetest_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/storetest"
)

// memory is a store for one process. It keeps encoded records, and channels of capacity one as
// locks.
type memory struct {
	mu      sync.Mutex
	records map[string][]byte
	locks   map[string]chan struct{}
}

func (m *memory) Load(ctx context.Context, key string) (*resume.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec := new(resume.Record)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if rec.UnmarshalBinary(m.records[key]) != nil || rec.Expired(time.Now()) {
		return nil, resume.ErrNotFound
	}
	return rec, nil
}

func (m *memory) Save(ctx context.Context, key string, rec *resume.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, err := rec.Stamped(time.Now()).MarshalBinary()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		m.records[key] = data
	}
	return err
}

func (m *memory) Delete(ctx context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() == nil {
		delete(m.records, key)
	}
	return ctx.Err()
}

func (m *memory) lock(key string) chan struct{} {
	if m.locks[key] == nil {
		m.locks[key] = make(chan struct{}, 1)
	}
	return m.locks[key]
}

func (m *memory) Lock(ctx context.Context, key string) (func(), error) {
	m.mu.Lock()
	lock := m.lock(key)
	m.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Purge(ctx context.Context, olderThan time.Duration) (purged int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, data := range m.records {
		rec := new(resume.Record)
		if ctx.Err() == nil && rec.UnmarshalBinary(data) == nil && rec.Outdated(time.Now(), olderThan) && len(m.lock(key)) == 0 {
			delete(m.records, key)
			purged++
		}
	}
	return purged, ctx.Err()
}

// Test your own store. TestStore returns nil if it follows all rules.
func ExampleTestStore() {
	err := storetest.TestStore(context.Background(), func() storetest.Opener {
		store := &memory{records: map[string][]byte{}, locks: map[string]chan struct{}{}}
		return func() (resume.Store, error) { return store, nil }
	})
	fmt.Println("rules that it breaks:", err)
	// Output:
	// rules that it breaks: <nil>
}
