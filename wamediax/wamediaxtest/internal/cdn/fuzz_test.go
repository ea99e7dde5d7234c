package cdn

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParsingARequest(f *testing.F) {
	const token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	f.Add("POST", "/mms/image/"+token, "auth=a%2Bb&token="+token, int64(10))
	f.Add("POST", "/mms/image/"+token+"=", "token="+token+"%3D&resume=1", int64(0))
	f.Add("POST", "/newsletter/newsletter-image/"+token, "token="+token+"&file_offset=5&bytestart=5&byteend=15", int64(10))
	f.Add("POST", "/product/image/"+token, "token="+token+"&file_offset=9223372036854775807", int64(1))
	f.Add("POST", "/wa-msgr/mms/ptt/"+token, "token="+token+"&stream=1&bytestart=0&byteend=9", int64(-1))
	f.Add("POST", "/mms/audio/"+token, "token="+token+"&stream=1&final_hash="+token, int64(0))
	f.Add("DELETE", "/mms/md-msg-hist/"+token, "token="+token, int64(0))
	f.Add("GET", "/v/t62.7118-24/1_n.enc", "ccb=1&bytestart=1&byteend=9", int64(0))
	f.Add("POST", "", ";", int64(-1))
	f.Fuzz(func(t *testing.T, method, path, query string, length int64) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, ContentLength: max(length, -1)}
		rt, refusal := parseRoute(r, AnyDialect)
		if refusal != nil {
			require.GreaterOrEqual(t, refusal.status, 400)
			require.Less(t, refusal.status, 500)
			return
		}
		require.NotZero(t, rt.kind)
		require.GreaterOrEqual(t, rt.offset, int64(0))
		if rt.kind == Downloads {
			part, ok := queryRange(rt, 1000)
			if ok {
				require.GreaterOrEqual(t, part.start, int64(0))
				require.Less(t, part.start, part.end)
				require.LessOrEqual(t, part.end, int64(1000))
			}
			return
		}
		again, ok := parseToken(formatToken(rt.key.token))
		require.True(t, ok)
		require.Equal(t, rt.key.token, again)
		require.True(t, isUploadPath(rt.key.path))
		if rt.total >= 0 {
			require.GreaterOrEqual(t, rt.total, rt.offset)
			if r.ContentLength >= 0 {
				require.Equal(t, r.ContentLength, rt.total-rt.offset)
			}
		}
	})
}

func FuzzParsingARange(f *testing.F) {
	for _, header := range []string{"bytes=0-1", "bytes=-5", "bytes=5-", "bytes=-0", "bytes=9223372036854775807-", "bytes=--", ""} {
		f.Add(header, int64(1000))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		size = max(size, 0)
		part, ok := parseRange(header, size)
		if !ok {
			return
		}
		require.GreaterOrEqual(t, part.start, int64(0))
		require.LessOrEqual(t, part.start, part.end)
		require.LessOrEqual(t, part.end, size)
		require.False(t, part.partial && part.start == part.end)
	})
}
