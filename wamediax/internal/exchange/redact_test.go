package exchange_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

const secret = "AWXk+8Qp0/Z6\"secret<secret=secret_tail-END"

func TestSecretsAreRedactedInEverySpelling(t *testing.T) {
	for name, text := range map[string]string{
		"literally":          secret,
		"in a query":         url.QueryEscape(secret),
		"in a path":          url.PathEscape(secret),
		"in lower-case hex":  strings.ReplaceAll(url.QueryEscape(secret), "%2B", "%2b"),
		"in HTML":            html.EscapeString(secret),
		"quoted":             fmt.Sprintf("%q", secret),
		"only its beginning": secret[:20],
		"only its end":       secret[len(secret)-20:],
	} {
		t.Run(name, func(t *testing.T) {
			got := exchange.Redact("before "+text+" after", "other", secret, "")
			require.Contains(t, got, "[redacted]")
			require.NotContains(t, got, "tail-END")
			require.NotContains(t, got, "AWXk")
			require.True(t, strings.HasPrefix(got, "before ") && strings.HasSuffix(got, " after"), got)
		})
	}
	require.Equal(t, "no [redacted], no [redacted]", exchange.Redact("no a+b/c=, no tok", "a+b/c=", "tok", ""))
	require.Equal(t, "nothing of it", exchange.Redact("nothing of it", secret))
}

func TestFailureHidesSecretsAndKeepsTheChain(t *testing.T) {
	err := &url.Error{Op: "Post", URL: "https://host/?auth=" + secret, Err: fmt.Errorf("malformed response %s: %w", secret, io.ErrUnexpectedEOF)}
	got := exchange.Failure(t.Context(), err, secret)
	require.EqualError(t, got, "malformed response [redacted]: unexpected EOF")
	require.ErrorIs(t, got, io.ErrUnexpectedEOF)

	long := exchange.Failure(t.Context(), errors.New(strings.Repeat("x", 505)+secret+strings.Repeat("y", 1<<20)), secret)
	require.LessOrEqual(t, len(long.Error()), 512)
	require.NotContains(t, long.Error(), secret[:4])
}

func FuzzRedact(f *testing.F) {
	f.Add("before ", " after", "a secret that is long", 3, 18)
	f.Fuzz(func(t *testing.T, before, after, secret string, from, to int) {
		const fragment = 12
		if strings.ContainsAny(secret, "\x00[]") || len(secret) < fragment || from < 0 || to > len(secret) || to-from < fragment {
			return
		}
		got := exchange.Redact(before+secret[from:to]+after, secret)
		rest := strings.ReplaceAll(got, "[redacted]", "\x00")
		for i := range len(secret) - fragment + 1 {
			require.NotContains(t, rest, secret[i:i+fragment])
		}
	})
}
