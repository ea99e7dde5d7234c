package cdn

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADownloadOfAPartIsThatPart(t *testing.T) {
	data := someBytes(1000)
	for name, test := range map[string]struct {
		header, query string
		status        int
		start, end    int
	}{
		"no range":                           {"", "", 200, 0, 1000},
		"a Range from the start":             {"bytes=0-99", "", 206, 0, 100},
		"a Range in the middle":              {"bytes=100-199", "", 206, 100, 200},
		"an open Range":                      {"bytes=900-", "", 206, 900, 1000},
		"a Range for the last bytes":         {"bytes=-10", "", 206, 990, 1000},
		"a Range for more than the object":   {"bytes=-2000", "", 206, 0, 1000},
		"a Range that ends beyond the end":   {"bytes=990-5000", "", 206, 990, 1000},
		"a Range that begins beyond the end": {"bytes=1000-", "", 416, 0, 0},
		"a Range of no bytes":                {"bytes=-0", "", 416, 0, 0},
		"several Ranges":                     {"bytes=0-1,5-6", "", 200, 0, 1000},
		"a reversed Range":                   {"bytes=5-4", "", 200, 0, 1000},
		"an invalid Range":                   {"bytes=x-y", "", 200, 0, 1000},
		"a Range in another unit":            {"lines=1-2", "", 200, 0, 1000},
		"bytestart and byteend":              {"", "&bytestart=100&byteend=200", 206, 100, 200},
		"only bytestart":                     {"", "&bytestart=990", 206, 990, 1000},
		"only byteend":                       {"", "&byteend=10", 206, 0, 10},
		"byteend beyond the end":             {"", "&bytestart=1&byteend=5000", 206, 1, 1000},
		"bytestart beyond the end":           {"", "&bytestart=1000&byteend=1001", 416, 0, 0},
		"an invalid bytestart":               {"", "&bytestart=x&byteend=5", 416, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, 1)
			path := w.Put("image", data)
			header := []string{}
			if test.header != "" {
				header = []string{"Range", test.header}
			}
			r, err := w.get(hostA, path+"&hash=&mms-type=image&__wa-mms="+test.query, header...)
			require.NoError(t, err)
			require.Equal(t, test.status, r.StatusCode)
			contentRange := r.Header.Get("Content-Range")
			switch test.status {
			case 200:
				require.Empty(t, contentRange)
			case 206:
				require.Equal(t, "bytes "+strconv.Itoa(test.start)+"-"+strconv.Itoa(test.end-1)+"/1000", contentRange)
			case 416:
				require.Equal(t, "bytes */1000", contentRange)
				return
			}
			require.Equal(t, data[test.start:test.end], r.data)
			require.Equal(t, int64(test.end-test.start), w.last().SentBytes)
		})
	}
}

func TestARangeCanBeIgnoredWrongOrBare(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(1000)
		path := w.Put("video", data)
		get := func(effect Effect, spec string) reply {
			w.Inject(hostA, Fault{On: Downloads, Do: effect})
			r, err := w.get(hostA, path, "Range", spec)
			require.NoError(t, err)
			return r
		}
		r := get(IgnoreRange(), "bytes=10-19")
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, data, r.data)

		r = get(WrongRange(), "bytes=10-19")
		require.Equal(t, 206, r.StatusCode)
		require.Equal(t, "bytes 9-18/1000", r.Header.Get("Content-Range"))
		require.Equal(t, data[9:19], r.data)
		r = get(WrongRange(), "bytes=0-19")
		require.Equal(t, "bytes 1-19/1000", r.Header.Get("Content-Range"))
		require.Equal(t, data[1:20], r.data)

		r = get(BareRange(), "bytes=10-19")
		require.Equal(t, 200, r.StatusCode)
		require.Empty(t, r.Header.Get("Content-Range"))
		require.Equal(t, data[10:20], r.data)
	})
}

func TestHeadReturnsTheSizeAndNoBody(t *testing.T) {
	w := newWire(t, 2)
	path := w.Put("image", someBytes(1000))
	resp, err := w.client.Head("https://" + hostA + path)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, int64(1000), resp.ContentLength)
	require.Zero(t, w.last().SentBytes)
}

func TestADirectPathNeedsItsSignature(t *testing.T) {
	w := newWire(t, 1)
	path, _, _ := strings.Cut(w.Put("image", []byte("x")), "?")
	r, err := w.get(hostA, path+"?hash=x")
	require.NoError(t, err)
	require.Equal(t, 403, r.StatusCode)
	r, err = w.get(hostA, "/v/unknown?ccb=1")
	require.NoError(t, err)
	require.Equal(t, 404, r.StatusCode)
}

func TestAForgottenObjectFailsAsConfiguredAndCanBeUploadedAgain(t *testing.T) {
	for _, status := range []int{404, 410, 403} {
		w := newWire(t, 2)
		data := someBytes(1000)
		first := w.upload(hostA, "/mms/image", data).DirectPath
		w.Forget(first, status)
		r, err := w.get(hostA, first)
		require.NoError(t, err)
		require.Equal(t, status, r.StatusCode)
		_, ok := w.Object(first)
		require.False(t, ok)
		require.Empty(t, w.probe(hostA, "/mms/image", data))

		second := w.upload(hostA, "/mms/image", data).DirectPath
		require.NotEqual(t, first, second)
		r, err = w.get(hostA, second)
		require.NoError(t, err)
		require.Equal(t, data, r.data)
		r, err = w.get(hostA, first)
		require.NoError(t, err)
		require.Equal(t, status, r.StatusCode)
	}
}

func TestAPlacedObjectIsLikeAnUploadedOne(t *testing.T) {
	w := newWire(t, 1)
	data := someBytes(1000)
	for mmsType, path := range map[string]string{
		"sticker-pack":          "/mms/sticker-pack",
		"newsletter-image":      "/newsletter/newsletter-image",
		"product-catalog-image": "/product/image",
		"biz-cover-photo":       "/pps/biz-cover-photo",
	} {
		obj, ok := w.Object(w.Put(mmsType, data))
		require.True(t, ok)
		require.Equal(t, path, obj.UploadPath)
		require.Equal(t, data, obj.Data)
		require.Equal(t, "complete", w.probe(hostA, path, data))
		require.Equal(t, w.Put(mmsType, data), obj.DirectPath)
	}
	require.Panics(t, func() { w.Put("../etc", data) })
}

func TestALargePlacedObjectIsReadFromItsSource(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		path, err := w.PutReaderAt("video", bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		obj, _ := w.Object(path)
		require.Nil(t, obj.Data)
		r, err := w.get(hostA, path, "Range", "bytes=1000-")
		require.NoError(t, err)
		require.Equal(t, http.StatusPartialContent, r.StatusCode)
		require.True(t, bytes.Equal(data[1000:], r.data))
		_, err = w.PutReaderAt("video", bytes.NewReader(data), 300_001)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}
