package resume

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostsInOrder(t *testing.T) {
	require.Equal(t,
		[]string{"p1", "p2", "p1-own", "f1", "f2", "f1-own"},
		InOrder([]Host{
			{Name: "f1", Fallback: true, FallbackName: "f1-own"},
			{Name: "p1", FallbackName: "p1-own"},
			{Name: "f2", Fallback: true, FallbackName: "p1"},
			{Name: "p2", FallbackName: "p1-own"},
			{Name: "p1"},
			{},
		}))
}

func TestSecretsAreTakenOutOfARefusalsText(t *testing.T) {
	require.Equal(t, "no [redacted], no [redacted], no [redacted]", redact("no a+b/c=, no a%2Bb%2Fc%3D, no tok", "a+b/c=", "tok", ""))
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"resume":"complete","url":"u","direct_path":"/d"}`, `{"resume":"17"}`, `{"resume":17}`, `{"resume":"-1"}`, `{"resume":"1e3"}`,
		`{"resume":""}`, `{"resume":null}`, `null`, `{}`, ``, `[]`, `{"url":"u","direct_path":"/d","handle":"h","object_id":"o"}`,
	} {
		f.Add([]byte(seed), int64(100))
	}
	f.Fuzz(func(t *testing.T, body []byte, size int64) {
		ans, err := parseAnswer(body)
		if err != nil {
			require.ErrorIs(t, err, ErrBadAnswer)
			return
		}
		if ans.located() == nil {
			require.NotEmpty(t, ans.URL)
			require.Equal(t, byte('/'), ans.DirectPath[0])
		}
		offset, complete := ans.held(size)
		if complete {
			require.NoError(t, ans.located())
		}
		if offset != 0 {
			require.Positive(t, offset)
			require.Less(t, offset, size)
		}
	})
}
