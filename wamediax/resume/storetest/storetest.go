package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Opener opens a store. Every call returns a store over the same, at first empty, place: as two processes would open it.
type Opener func() (resume.Store, error)

// Run tests the store that newPlace leads to, one subtest for each rule of [resume.Store]. newPlace is called for every
// subtest and returns an Opener of a new place.
func Run(t *testing.T, newPlace func(t *testing.T) Opener) {
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			if err := rule.check(t.Context(), newPlace(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStore tests the store that newPlace leads to, and returns the rules that it breaks, joined, or nil. newPlace is
// called for every rule and returns an Opener of a new place.
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
		err = fmt.Errorf("failed to open: %w", err)
	}
	return one, two, err
}
