package upload

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

var one = identity{path: "/mms/image", sha256: "one"}

func resultOf(path string) Result { return Result{Response: resume.Response{DirectPath: path}} }

func TestUploadsOfOneContentAreOne(t *testing.T) {
	broken := errors.New("broken")
	unreadable := fmt.Errorf("%w: %w", resume.ErrSource, broken)
	for name, test := range map[string]struct {
		first      error
		wantSecond int // how often the second uploads
		want       error
		shared     bool
	}{
		"the first one's result is shared":                {nil, 0, nil, true},
		"so is its error":                                 {broken, 0, broken, false},
		"a first one whose source failed leaves its turn": {unreadable, 1, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var flights Flights
				go func() {
					_, _ = flights.do(t.Context(), one, func() (Result, error) {
						time.Sleep(time.Second)
						return resultOf("/first"), test.first
					})
				}()
				synctest.Wait()
				second := 0
				result, err := flights.do(t.Context(), one, func() (Result, error) {
					second++
					return resultOf("/second"), nil
				})
				require.ErrorIs(t, err, test.want)
				require.Equal(t, test.wantSecond, second)
				require.Equal(t, test.shared, result.Shared)
				if test.shared {
					require.Equal(t, "/first", result.Response.DirectPath)
				}

				later := 0
				_, err = flights.do(t.Context(), one, func() (Result, error) { later++; return Result{}, nil })
				require.NoError(t, err)
				require.Equal(t, errors.Is(test.first, broken) && second == 0, later == 1, "only a failure leaves its place")
			})
		})
	}
}

func TestWaitingForAnotherUploadEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flights Flights
		done := make(chan struct{})
		go func() {
			_, _ = flights.do(t.Context(), one, func() (Result, error) { <-done; return Result{}, nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := flights.do(ctx, one, func() (Result, error) { panic("it has not its turn") })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		close(done)
	})
}

func TestAnUploadThatPanicsLeavesItsPlace(t *testing.T) {
	var flights Flights
	require.PanicsWithValue(t, "boom", func() {
		_, _ = flights.do(t.Context(), one, func() (Result, error) { panic("boom") })
	})
	result, err := flights.do(t.Context(), one, func() (Result, error) { return resultOf("/next"), nil })
	require.NoError(t, err)
	require.Equal(t, "/next", result.Response.DirectPath)
}

func TestWhatMakesTwoUploadsOne(t *testing.T) {
	image, err := Target{MediaType: whatsmeow.MediaImage}.Destination()
	require.NoError(t, err)
	newsletter, err := Target{MediaType: whatsmeow.MediaImage, Newsletter: true}.Destination()
	require.NoError(t, err)
	job := Job{MediaType: whatsmeow.MediaImage, Dest: image}
	content := Content{Info: streamenc.Info{FileSHA256: []byte("plaintext")}}
	same := func(other Job, otherContent Content) bool {
		return identityOf(job, content) == identityOf(other, otherContent)
	}
	require.True(t, same(Job{MediaType: whatsmeow.MediaImage, Dest: image, ResumeID: "of no matter"}, content))
	require.False(t, same(job, Content{Info: streamenc.Info{FileSHA256: []byte("another")}}))
	require.False(t, same(Job{MediaType: whatsmeow.MediaVideo, Dest: image}, content))
	require.False(t, same(Job{MediaType: whatsmeow.MediaImage, Dest: newsletter}, content))
	require.False(t, same(Job{MediaType: whatsmeow.MediaImage, Dest: image, MediaKey: make([]byte, 32)}, content))
	require.False(t, same(Job{MediaType: whatsmeow.MediaImage, Dest: image, Sidecar: true}, content))
}
