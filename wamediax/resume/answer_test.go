package resume

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"resume":"complete","url":"u","direct_path":"/d"}`, `{"resume":"17"}`, `{"resume":17}`, `{"resume":"-1"}`, `{"resume":"1e3"}`,
		`{"fbid":123456789012345678901,"meta_hmac":"m","ts":"1700000000"}`, `{"fbid":"12","meta_hmac":"m","ts":1e9}`, `{"direct_path":"/d"}`,
		`{"direct_path":"/d","thumbnail_info":{"thumbnail_direct_path":"/t","thumbnail_sha256":"` + strings.Repeat("0a", 32) + `"},"metadata_url":"m"}`,
		`{"direct_path":"/d","thumbnail_info":"{\"thumbnail_direct_path\":\"/t\",\"thumbnail_sha256\":\"` + strings.Repeat("A", 43) + `=\"}"}`,
		`{"direct_path":"/d","thumbnail_info":[1],"metadata_url":{}}`,
		`{"resume":""}`, `{"resume":null}`, `null`, `{}`, ``, `[]`, `{"url":"u","direct_path":"/d","handle":"h","object_id":"o"}`,
	} {
		for naming := range 3 {
			f.Add([]byte(seed), naming)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, way int) {
		naming := Naming(way)
		ans, err := parseAnswer(body)
		if err != nil {
			require.ErrorIs(t, err, ErrBadAnswer)
			return
		}
		if ans.located(naming) == nil {
			resp := ans.response(naming)
			if naming == ByFBID {
				require.Regexp(t, "^[0-9]+$", resp.FBID)
				require.Positive(t, resp.Timestamp)
			} else {
				require.NotEmpty(t, resp.URL)
				require.Equal(t, byte('/'), resp.DirectPath[0])
				require.Equal(t, resp.ThumbnailDirectPath == "", resp.ThumbnailSHA256 == nil)
				if resp.ThumbnailSHA256 != nil {
					require.Len(t, resp.ThumbnailSHA256, 32)
					require.Equal(t, byte('/'), resp.ThumbnailDirectPath[0])
				}
			}
		}
		offset, complete := ans.held(naming)
		if complete {
			require.NoError(t, ans.located(naming))
		}
		require.GreaterOrEqual(t, offset, int64(0))
	})
}
