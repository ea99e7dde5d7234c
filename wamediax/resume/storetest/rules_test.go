package storetest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/storetest"
)

func TestEveryStoreFollowsTheRules(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		n := 0
		storetest.Run(t, func(t *testing.T) storetest.Opener {
			if n++; n > 1 && at.kind == "postgres" {
				require.NoError(t, at.empty(t))
			}
			here := at
			if at.kind != "postgres" {
				here.where = t.TempDir() + "/uploads"
			}
			return func() (resume.Store, error) { return here.open(t), nil }
		})
	})
}

// breaking is a store that breaks one rule.
type breaking struct {
	resume.Store
	rule string
}

func (b breaking) Lock(ctx context.Context, key string) (func(), error) {
	if b.rule == "lock" {
		return func() {}, ctx.Err()
	}
	return b.Store.Lock(ctx, key)
}

func (b breaking) Save(ctx context.Context, key string, rec *resume.Record) error {
	if b.rule == "save" {
		rec = &resume.Record{}
	}
	return b.Store.Save(ctx, key, rec)
}

func (b breaking) Delete(ctx context.Context, key string) error {
	if b.rule == "delete" {
		return ctx.Err()
	}
	return b.Store.Delete(ctx, key)
}

func TestBrokenRuleIsReported(t *testing.T) {
	for rule, want := range map[string]string{
		"lock": "two holders of one lock", "save": "different record", "delete": "not ErrNotFound",
	} {
		t.Run(rule, func(t *testing.T) {
			err := storetest.TestStore(t.Context(), func() storetest.Opener {
				store := &memory{records: map[string][]byte{}, locks: map[string]chan struct{}{}}
				return func() (resume.Store, error) { return breaking{store, rule}, nil }
			})
			require.ErrorContains(t, err, want)
		})
	}
}
