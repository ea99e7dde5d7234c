package fetch

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestExpiryOfADirectPath(t *testing.T) {
	for path, want := range map[string]time.Time{
		"/v/t62/1_n.enc?ccb=11-4&oh=01&oe=6753222A&_nc_sid=5e03e0": time.Date(2024, 12, 6, 16, 11, 22, 0, time.UTC),
		"/v/t62/1_n.enc?oe=6753222a":                               time.Date(2024, 12, 6, 16, 11, 22, 0, time.UTC),
		"/v/t62/1_n.enc?ccb=11-4&oh=01":                            {},
		"/v/t62/oe=6753222A":                                       {},
		"/v/t62/1_n.enc?oe=":                                       {},
		"/v/t62/1_n.enc?oe=0":                                      {},
		"/v/t62/1_n.enc?oe=-6753222A":                              {},
		"/v/t62/1_n.enc?oe=soon":                                   {},
		"/v/t62/1_n.enc?oe=FFFFFFFFFFFFFFFF":                       {},
		"":                                                         {},
	} {
		got := expiryOf(path)
		require.True(t, want.Equal(got), "%s: %v", path, got)
		if want.IsZero() {
			require.False(t, hasExpired(path, time.Now()), path)
			continue
		}
		require.False(t, hasExpired(path, want.Add(-time.Second)))
		require.True(t, hasExpired(path, want))
	}
}

func TestForwardedPath(t *testing.T) {
	at := time.Unix(1730912455, 0)
	for path, want := range map[string]string{
		"/v/t62/1_n.enc?ccb=11-4&oh=01_Q5&oe=6753222A": "/v/t62/1_n.enc?ccb=11-4&oh=01_Q5&oe=6753222A&_nc_hot=1730912455",
		"/v/1_n.enc?_nc_hot=1&oe=6753222A":             "/v/1_n.enc?oe=6753222A&_nc_hot=1730912455",
		"/v/1_n.enc?oh=a%2Fb&_nc_hot":                  "/v/1_n.enc?oh=a%2Fb&_nc_hot=1730912455",
		"/v/1_n.enc":                                   "/v/1_n.enc?_nc_hot=1730912455",
		"":                                             "",
	} {
		require.Equal(t, want, ForwardedPath(path, at))
	}
}

func FuzzDirectPath(f *testing.F) {
	for _, path := range []string{"/v/1_n.enc?ccb=11-4&oh=01&oe=6753222A", "/v?_nc_hot=1&oe=FFFFFFFFFF", "/v?_nc%5Fhot=1", "?", "/v?&&=;%zz", ""} {
		f.Add(path)
	}
	now := time.Unix(1730912455, 0)
	f.Fuzz(func(t *testing.T, path string) {
		if end := expiryOf(path); !end.IsZero() && (end.Unix() <= 0 || end.Year() > 40_000) {
			t.Errorf("%q ends %v", path, end)
		}
		forwarded := ForwardedPath(path, now)
		if again := ForwardedPath(forwarded, now); again != forwarded {
			t.Errorf("%q becomes %q, and that becomes %q", path, forwarded, again)
		}
		_, query, _ := strings.Cut(path, "?")
		want, err := url.ParseQuery(query)
		if err != nil || path == "" {
			return
		}
		want.Del("_nc_hot")
		got := queryOf(forwarded)
		if got.Get("_nc_hot") != "1730912455" {
			t.Errorf("%q becomes %q", path, forwarded)
		}
		got.Del("_nc_hot")
		require.Equal(t, want, got)
	})
}
