// Package ctxerr says why a context ended.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
)

// Of returns the error of a context that has ended: its Err, and the cause that was given for it if that is another error.
// errors.Is finds both. It returns nil for a context that has not ended.
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
