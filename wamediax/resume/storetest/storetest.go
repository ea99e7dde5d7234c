package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Opener opens a store. Every call returns a new store over the same place, which is empty at
// first, as if another process opened it.
type Opener func() (resume.Store, error)

// Run tests a kind of store, with one subtest for each rule of [resume.Store]. It calls newPlace
// for every subtest, which returns an Opener of a new, empty place.
func Run(t *testing.T, newPlace func(t *testing.T) Opener) {
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			if err := rule.check(t.Context(), newPlace(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStore tests a kind of store and returns the broken rules as one joined error, or nil. It
// calls newPlace for every rule, which returns an Opener of a new, empty place.
func TestStore(ctx context.Context, newPlace func() Opener) error {
	var errs []error
	for _, rule := range rules {
		if err := rule.check(ctx, newPlace()); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", rule.name, err))
		}
	}
	return errors.Join(errs...)
}

// open2 opens two stores over one place.
func open2(open Opener) (one, two resume.Store, err error) {
	if one, err = open(); err == nil {
		two, err = open()
	}
	if err != nil {
		err = fmt.Errorf("failed to open store: %w", err)
	}
	return one, two, err
}
