package pending

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMembersAreNamedOldestFirstUntilTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var set Set
		named := func(name string) func() string { return func() string { return name } }
		require.Empty(t, set.Names())
		endFirst := set.Begin(named("first"))
		time.Sleep(time.Second) // of the bubble's own clock
		endSecond := set.Begin(named("second"))
		require.Equal(t, []string{"first", "second"}, set.Names())

		var done atomic.Bool
		go func() {
			set.Wait()
			done.Store(true)
		}()
		endFirst()
		synctest.Wait()
		require.Equal(t, []string{"second"}, set.Names())
		require.False(t, done.Load(), "one member is left")
		endSecond()
		synctest.Wait()
		require.Empty(t, set.Names())
		require.True(t, done.Load())
	})
}
