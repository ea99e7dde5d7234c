// Package ctxerr returns the errors of contexts with their causes, and stops
// reading when a context ends.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
)

// Of returns ctx's error if ctx has ended, otherwise nil. If ctx has another cause, the error wraps
// both.
func Of(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return context.Cause(ctx)
}
