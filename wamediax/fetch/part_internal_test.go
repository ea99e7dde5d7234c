package fetch

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocateFindsTheRangeOfAResponse(t *testing.T) {
	const none = -1
	for name, row := range map[string]struct {
		want             span
		status           int
		header           string
		length           int64
		start, end, size int64
		ok               bool
	}{
		"the whole":                            {span{0, none, none, false}, 200, "", 1000, 0, 1000, 1000, true},
		"the whole, of unknown size":           {span{0, none, none, false}, 200, "", none, 0, none, none, true},
		"the whole in place of a part":         {span{100, none, 1000, true}, 200, "", 1000, 0, 1000, 1000, true},
		"another whole in place of a part":     {span{100, none, 1000, true}, 200, "", 1001, 0, 1001, 1001, true},
		"the rest":                             {span{100, none, 1000, true}, 206, "bytes 100-999/1000", 900, 100, 1000, 1000, true},
		"the rest, of unknown size":            {span{100, none, 1000, true}, 206, "bytes 100-999/*", 900, 100, 1000, none, true},
		"the rest, chunked":                    {span{100, none, 1000, true}, 206, "bytes 100-999/1000", none, 100, 1000, 1000, true},
		"the rest, without Content-Range":      {span{100, none, 1000, true}, 200, "", 900, 100, 1000, 1000, true},
		"a part":                               {span{100, 200, 1000, true}, 206, "bytes 100-199/1000", 100, 100, 200, 1000, true},
		"a part, without Content-Range":        {span{100, 200, 1000, true}, 200, "", 100, 100, 200, 1000, true},
		"a part to the end, no Content-Range":  {span{900, 1100, 1000, true}, 200, "", 100, 900, 1000, 1000, true},
		"a part of an unknown size, no range":  {span{100, 200, none, true}, 200, "", 100, 0, 100, 100, true},
		"less than the part":                   {span{100, 200, 1000, true}, 206, "bytes 100-149/1000", 50, 100, 150, 1000, true},
		"more than the part":                   {span{100, 200, 1000, true}, 206, "bytes 50-299/1000", 250, 50, 300, 1000, true},
		"a part that was not requested":        {span{0, none, none, false}, 206, "bytes 0-99/1000", 100, 0, 100, 1000, true},
		"a part that begins too late":          {span{100, none, 1000, true}, 206, "bytes 101-999/1000", 899, 101, 1000, 1000, false},
		"a part that ends too early":           {span{100, none, 1000, true}, 206, "bytes 0-99/1000", 100, 0, 100, 1000, false},
		"a part of another length than stated": {span{100, none, 1000, true}, 206, "bytes 100-999/1000", 901, 100, 1000, 1000, false},
		"a part without Content-Range":         {span{100, none, 1000, true}, 206, "", 900, 0, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			start, end, size, ok := row.want.locate(row.status, row.header, row.length)
			require.Equal(t, row.ok, ok)
			require.Equal(t, []int64{row.start, row.end, row.size}, []int64{start, end, size})
		})
	}
}

func TestOnlyPartsAreRequestedWithRange(t *testing.T) {
	for want, header := range map[span]string{
		{from: 0, to: -1}:   "",
		{from: 5, to: -1}:   "bytes=5-",
		{from: 0, to: 10}:   "bytes=0-9",
		{from: 10, to: 500}: "bytes=10-499",
	} {
		req := &http.Request{Header: make(http.Header)}
		want.ask(req)
		require.Equal(t, header, req.Header.Get("Range"))
		require.Equal(t, header != "", want.asked)
	}
}

func TestRequestForMedia(t *testing.T) {
	m := &object{mmsType: "image", key: []byte{1}, encSHA256: []byte{0xfb, 0xff}}
	for path, want := range map[string]string{
		"/v/t62/1_n.enc?ccb=11-4&oh=01": "https://mmg.test/v/t62/1_n.enc?ccb=11-4&oh=01&hash=-_8=&mms-type=image&__wa-mms=",
		"/v/t62/1_n.enc":                "https://mmg.test/v/t62/1_n.enc?hash=-_8=&mms-type=image&__wa-mms=",
		"//elsewhere.test/x":            "https://mmg.test//elsewhere.test/x?hash=-_8=&mms-type=image&__wa-mms=",
		"/@elsewhere.test/x":            "https://mmg.test/@elsewhere.test/x?hash=-_8=&mms-type=image&__wa-mms=",
	} {
		req, err := m.request(http.MethodGet, "mmg.test", path)
		require.NoError(t, err)
		require.Equal(t, want, req.URL.String())
		require.Equal(t, "mmg.test", req.URL.Host)
	}
}

func FuzzContentRange(f *testing.F) {
	for _, header := range []string{
		"bytes 0-99/1000", "bytes 5-5/6", "bytes 0-0/*", "bytes */1000", "bytes 5-4/6", "bytes 0-9/5", "bytes -1-5/9", "lines 0-1/2",
		"bytes 0-9223372036854775807/9223372036854775807", "bytes 99999999999999999999-1/2", "bytes=0-1/2", "bytes 0-1", "",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		start, end, size, ok := parseContentRange(header)
		if !ok {
			return
		}
		if start < 0 || end <= start || size != -1 && end > size {
			t.Errorf("%q is %d to %d of %d", header, start, end, size)
		}
	})
}

func FuzzLocate(f *testing.F) {
	f.Add(int64(100), int64(-1), int64(1000), true, 206, "bytes 100-999/1000", int64(900))
	f.Add(int64(100), int64(200), int64(1000), true, 200, "", int64(100))
	f.Add(int64(0), int64(-1), int64(-1), false, 200, "", int64(-1))
	f.Fuzz(func(t *testing.T, from, to, size int64, asked bool, status int, header string, length int64) {
		if from < 0 || to != -1 && to <= from || size < -1 || size >= 0 && from > size || length < -1 {
			t.Skip() // impossible with net/http and this package's requests
		}
		start, end, gotSize, ok := span{from, to, size, asked}.locate(status, header, length)
		if !ok {
			return
		}
		if start < 0 || start > from || end != -1 && end < start || gotSize != -1 && end > gotSize {
			t.Errorf("%d to %d of %d, for what was wanted from %d", start, end, gotSize, from)
		}
	})
}
