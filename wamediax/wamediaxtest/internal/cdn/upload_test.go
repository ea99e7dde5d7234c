package cdn

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestObjectsOfEveryUploadPathDownloadUnchanged(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		for _, path := range []string{
			"/mms/image", "/mms/md-msg-hist", "/mms/thumbnail-sticker-pack", "/product/image",
			"/newsletter/newsletter-video", "/newsletter/newsletter-sticker-pack", "/wa-msgr/mms/ptt",
		} {
			data := someBytes(100_000)
			a := w.upload(hostA, path, data)
			require.Equal(t, "https://"+hostA+a.DirectPath, a.URL)
			require.Regexp(t, `^/v/t62\.7118-24/.+\?ccb=.+&oh=.+`, a.DirectPath)
			require.NotEmpty(t, a.Handle)
			require.NotEmpty(t, a.ObjectID)

			down, err := w.get(hostB, a.DirectPath+"&hash=x&mms-type=image&__wa-mms=")
			require.NoError(t, err)
			require.Equal(t, 200, down.StatusCode)
			require.True(t, bytes.Equal(data, down.data))

			obj, ok := w.Object(a.DirectPath)
			require.True(t, ok)
			require.Equal(t, path, obj.UploadPath)
			require.Equal(t, sha256.Sum256(data), obj.SHA256)
			require.Equal(t, formatToken(obj.SHA256), obj.Token)
			require.Equal(t, int64(len(data)), obj.Size)
			require.True(t, bytes.Equal(data, obj.Data))
			require.True(t, obj.Complete)
		}
		require.Len(t, w.Objects(), 7)
	})
}

func TestACoverPhotoIsAnsweredWithIdentifiersInsteadOfAPath(t *testing.T) {
	w := newWire(t, 2)
	a := w.upload(hostA, "/pps/biz-cover-photo", someBytes(500))
	require.Empty(t, a.URL+a.DirectPath)
	require.NotEmpty(t, a.FBID)
	require.NotEmpty(t, a.MetaHMAC)
	require.NotZero(t, a.Timestamp)
	require.Len(t, w.Objects(), 1)
}

func TestAPaddedTokenEqualsAnUnpaddedOne(t *testing.T) {
	w := newWire(t, 1)
	data := someBytes(3000)
	hash := sha256.Sum256(data)
	padded := base64.URLEncoding.EncodeToString(hash[:])
	req := w.request(hostA, "/mms/video", hash, bytes.NewReader(data), "token", padded)
	req.URL.Path = "/mms/video/" + padded
	r, err := w.do(req)
	require.NoError(t, err)
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "complete", w.probe(hostA, "/mms/video", data))
}

func TestInvalidRequestsAreRejected(t *testing.T) {
	token := sha256.Sum256([]byte("0123456789"))
	other := sha256.Sum256([]byte("other"))
	huge := strconv.FormatInt(math.MaxInt64, 10)
	for name, test := range map[string]struct {
		status int
		path   string
		query  []string
	}{
		"an unknown upload path":                          {404, "/media/image", nil},
		"no media type":                                   {404, "/mms", nil},
		"an mms-type with odd characters":                 {404, "/mms/Image", nil},
		"newsletter media without its prefix":             {404, "/newsletter/image", nil},
		"another token in the query":                      {400, "/mms/image", []string{"token", formatToken(other)}},
		"a short token":                                   {400, "/mms/image", []string{"token", "abc"}},
		"a negative file_offset":                          {400, "/mms/image", []string{"file_offset", "-1"}},
		"an invalid file_offset":                          {400, "/mms/image", []string{"file_offset", "ten"}},
		"a file_offset beyond the bytes held":             {400, "/mms/image", []string{"file_offset", "7"}},
		"the largest file_offset":                         {400, "/mms/image", []string{"file_offset", huge}},
		"only bytestart":                                  {400, "/mms/image", []string{"bytestart", "0"}},
		"only byteend":                                    {400, "/mms/image", []string{"byteend", "10"}},
		"byteend before bytestart":                        {400, "/mms/image", []string{"bytestart", "10", "byteend", "0"}},
		"a body of another length than the range":         {400, "/mms/image", []string{"bytestart", "0", "byteend", "11"}},
		"file_offset and another bytestart":               {400, "/mms/image", []string{"file_offset", "0", "bytestart", "1", "byteend", "11"}},
		"a live chunk without a range":                    {400, "/mms/image", []string{"stream", "1"}},
		"an invalid final_hash":                           {400, "/mms/image", []string{"stream", "1", "final_hash", "?"}},
		"the end of a live upload with a body":            {400, "/mms/image", []string{"stream", "1", "final_hash", formatToken(other)}},
		"a path whose token is percent-encoded twice":     {404, "/mms/image/%2541", nil},
		"an upload path before another one":               {404, "/x/mms/image", nil},
		"a body that does not match the announced object": {415, "/mms/image", []string{"token", formatToken(token)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, 1)
			body := "0123456789"
			if test.status == 415 {
				body = "9876543210"
			}
			r, err := w.post(hostA, test.path, token, bytes.NewReader([]byte(body)), test.query...)
			require.NoError(t, err)
			require.Equal(t, test.status, r.StatusCode, string(r.data))
			require.Equal(t, test.status, w.last().Status)
			require.Empty(t, w.Objects())
		})
	}
}

func TestAnInvalidQueryAndAnUnknownMethodAreRejected(t *testing.T) {
	w := newWire(t, 1)
	req := w.request(hostA, "/mms/image", [32]byte{}, nil)
	req.URL.RawQuery += "&a=%zz"
	r, err := w.do(req)
	require.NoError(t, err)
	require.Equal(t, 400, r.StatusCode)
	req = w.request(hostA, "/mms/image", [32]byte{}, nil)
	req.Method = http.MethodPut
	r, err = w.do(req)
	require.NoError(t, err)
	require.Equal(t, 405, r.StatusCode)
	require.Equal(t, "none", w.last().Kind.String())
}

func TestAnUploadResumesWithEachFormOfTheOffset(t *testing.T) {
	data := someBytes(200_000)
	for name, query := range map[string][]string{
		"file_offset":           {"file_offset", "120000"},
		"bytestart and byteend": {"bytestart", "120000", "byteend", "200000"},
		"all three":             {"file_offset", "120000", "bytestart", "120000", "byteend", "200000"},
	} {
		t.Run(name, func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject(hostA, Fault{On: Uploads, Do: HangUp(120_000)})
				_, err := w.post(hostA, "/mms/video", sha256.Sum256(data), bytes.NewReader(data))
				require.Error(t, err)
				require.Equal(t, "120000", w.probe(hostB, "/mms/video", data))
				r, err := w.post(hostB, "/mms/video", sha256.Sum256(data), bytes.NewReader(data[120_000:]), query...)
				require.NoError(t, err)
				require.Equal(t, 200, r.StatusCode, string(r.data))
				require.Equal(t, int64(len(data)), w.Received())
				obj, ok := w.Object(r.answer.DirectPath)
				require.True(t, ok)
				require.True(t, bytes.Equal(data, obj.Data))
				require.Len(t, w.Objects(), 1)
			})
		})
	}
}

func TestALowerOffsetOverlapsAndAHigherOneIsRejected(t *testing.T) {
	for _, keep := range []int64{1 << 20, 0} {
		t.Run(fmt.Sprintf("keeping up to %d bytes", keep), func(t *testing.T) {
			w := newWire(t, 2)
			w.KeepBytes(keep)
			data := someBytes(200_000)
			hash := sha256.Sum256(data)
			w.Inject("", Fault{Do: HangUp(100_000)})
			_, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data))
			require.Error(t, err)
			r, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data[100_001:]), "file_offset", "100001")
			require.NoError(t, err)
			require.Equal(t, 400, r.StatusCode)
			require.Contains(t, string(r.data), "100000")
			r, err = w.post(hostA, "/mms/video", hash, bytes.NewReader(data[70_000:]), "file_offset", "70000")
			require.NoError(t, err)
			require.Equal(t, 200, r.StatusCode)
			obj, ok := w.Object(r.answer.DirectPath)
			require.True(t, ok)
			require.Equal(t, hash, obj.SHA256)
		})
	}
}

func TestAnUploadFromTheStartIsJudgedOnlyByItsOwnBytes(t *testing.T) {
	w := newWire(t, 1)
	data := someBytes(100_000)
	hash := sha256.Sum256(data)
	w.Inject("", Fault{Do: HangUp(60_000)})
	_, err := w.post(hostA, "/mms/image", hash, bytes.NewReader(make([]byte, 100_000)))
	require.Error(t, err)
	require.Equal(t, "60000", w.probe(hostA, "/mms/image", data))

	// A shorter second attempt does not replace the longer first one.
	w.Inject("", Fault{Do: HangUp(30_000)})
	_, err = w.post(hostA, "/mms/image", hash, bytes.NewReader(data))
	require.Error(t, err)
	require.Equal(t, "60000", w.probe(hostA, "/mms/image", data))

	w.upload(hostA, "/mms/image", data)
	require.Equal(t, "complete", w.probe(hostA, "/mms/image", data))
}

func TestAWrongHashDropsThePartialUpload(t *testing.T) {
	w := newWire(t, 2)
	data := someBytes(100_000)
	w.Inject("", Fault{Do: HangUp(60_000)})
	_, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
	require.Error(t, err)
	r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(make([]byte, 40_000)), "file_offset", "60000")
	require.NoError(t, err)
	require.Equal(t, 415, r.StatusCode)
	require.Empty(t, w.probe(hostA, "/mms/image", data))
	require.Empty(t, w.Objects())
}

func TestATruncatedBodyIsRejectedAndKept(t *testing.T) {
	w := newWire(t, 2)
	data := someBytes(1000)
	unsized := io.MultiReader(bytes.NewReader(data[:600])) // no Content-Length
	r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), unsized, "bytestart", "0", "byteend", "1000")
	require.NoError(t, err)
	require.Equal(t, 400, r.StatusCode)
	require.Equal(t, "600", w.probe(hostA, "/mms/image", data))
	objects := w.Objects()
	require.Len(t, objects, 1)
	require.False(t, objects[0].Complete)
	require.Empty(t, objects[0].DirectPath)
	require.Equal(t, data[:600], objects[0].Data)
	require.Equal(t, sha256.Sum256(data[:600]), objects[0].SHA256)
	require.Equal(t, formatToken(sha256.Sum256(data)), objects[0].Token)
}

func TestABodyWithoutLengthIsAccepted(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(300_000)
		r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), io.MultiReader(bytes.NewReader(data)))
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
	})
}

func TestAnEmptyObjectUploads(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		a := w.upload(hostA, "/mms/document", nil)
		down, err := w.get(hostA, a.DirectPath)
		require.NoError(t, err)
		require.Equal(t, 200, down.StatusCode)
		require.Empty(t, down.data)
	})
}

func TestACompleteObjectIsNotStoredTwice(t *testing.T) {
	w := newWire(t, 1)
	data := someBytes(5000)
	first := w.upload(hostA, "/mms/image", data)
	require.Equal(t, first.DirectPath, w.upload(hostB, "/mms/image", data).DirectPath)

	r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), nil, "resume", "1")
	require.NoError(t, err)
	require.Equal(t, "complete", r.answer.Resume)
	require.Equal(t, first.DirectPath, r.answer.DirectPath)
	require.Equal(t, first.URL, r.answer.URL)

	r, err = w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data[1000:]), "file_offset", "1000")
	require.NoError(t, err)
	require.Equal(t, first.DirectPath, r.answer.DirectPath)
	r, err = w.post(hostA, "/mms/image", sha256.Sum256(data), nil, "file_offset", "5001")
	require.NoError(t, err)
	require.Equal(t, 400, r.StatusCode)

	// Under another path it is a different object.
	require.Empty(t, w.probe(hostA, "/mms/video", data))
	require.NotEqual(t, first.DirectPath, w.upload(hostA, "/mms/video", data).DirectPath)
}

func TestUnsharedHostsKnowOnlyTheirOwnPartials(t *testing.T) {
	w := newWire(t, 2)
	w.SharePartials(false)
	data := someBytes(100_000)
	w.Inject(hostA, Fault{Do: HangUp(60_000)})
	_, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
	require.Error(t, err)
	require.Equal(t, "60000", w.probe(hostA, "/mms/image", data))
	require.Empty(t, w.probe(hostB, "/mms/image", data))
	require.Equal(t, hostA, w.Objects()[0].Host)
	w.upload(hostB, "/mms/image", data)
	require.Equal(t, "complete", w.probe(hostA, "/mms/image", data))
	require.Len(t, w.Objects(), 1)
}

func TestObjectsAboveTheLimitAreKeptAsAHash(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.KeepBytes(50_000)
		data := someBytes(200_000)
		hash := sha256.Sum256(data)
		w.Inject("", Fault{Do: HangUp(90_000)})
		_, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data))
		require.Error(t, err)
		require.Equal(t, int64(90_000), w.Objects()[0].Size)
		require.Nil(t, w.Objects()[0].Data)
		require.Equal(t, sha256.Sum256(data[:90_000]), w.Objects()[0].SHA256)

		r, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data[90_000:]), "file_offset", "90000")
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)
		obj, ok := w.Object(r.answer.DirectPath)
		require.True(t, ok)
		require.Nil(t, obj.Data)
		require.Equal(t, hash, obj.SHA256)
		require.Equal(t, int64(len(data)), obj.Size)
		down, err := w.get(hostA, r.answer.DirectPath)
		require.NoError(t, err)
		require.Equal(t, 501, down.StatusCode)

		// An object of unknown length may turn out to be too large while it arrives; one below the
		// limit is kept.
		r, err = w.post(hostA, "/mms/audio", hash, io.MultiReader(bytes.NewReader(data)))
		require.NoError(t, err)
		obj, _ = w.Object(r.answer.DirectPath)
		require.Nil(t, obj.Data)
		obj, _ = w.Object(w.upload(hostA, "/mms/image", data[:50_000]).DirectPath)
		require.Len(t, obj.Data, 50_000)
	})
}

func TestALiveUploadIsJudgedByItsFinalHash(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(150_000)
		token := [32]byte{7, 7, 7}
		chunk := func(from, to int) {
			r, err := w.post(hostA, "/mms/audio", token, bytes.NewReader(data[from:to]),
				"stream", "1", "bytestart", strconv.Itoa(from), "byteend", strconv.Itoa(to))
			require.NoError(t, err)
			require.Equal(t, 200, r.StatusCode, string(r.data))
		}
		finish := func(hash [32]byte) reply {
			r, err := w.post(hostA, "/mms/audio", token, nil, "stream", "1", "final_hash", formatToken(hash))
			require.NoError(t, err)
			return r
		}
		require.Equal(t, 404, finish(sha256.Sum256(data)).StatusCode)
		chunk(0, 65536)
		w.Inject("", Fault{Do: HangUp(1000)})
		_, err := w.post(hostA, "/mms/audio", token, bytes.NewReader(data[65536:131072]),
			"stream", "1", "bytestart", "65536", "byteend", "131072")
		require.Error(t, err)
		chunk(65536, 131072)
		chunk(131072, 150_000)
		r := finish(sha256.Sum256(data))
		require.Equal(t, 200, r.StatusCode)
		obj, ok := w.Object(r.answer.DirectPath)
		require.True(t, ok)
		require.True(t, bytes.Equal(data, obj.Data))
		require.Equal(t, formatToken(token), obj.Token)
		require.Equal(t, r.answer.DirectPath, finish(sha256.Sum256(data)).answer.DirectPath)

		token = [32]byte{8}
		chunk(0, 1000)
		require.Equal(t, 415, finish(sha256.Sum256(data)).StatusCode)
		require.Equal(t, 404, finish(sha256.Sum256(data)).StatusCode)
	})
}

func TestADeletedObjectIsGone(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(100)
		a := w.upload(hostA, "/mms/md-msg-hist", data)
		remove := func(query ...string) int {
			req := w.request(hostA, "/mms/md-msg-hist", sha256.Sum256(data), nil, query...)
			req.Method = http.MethodDelete
			r, err := w.do(req)
			require.NoError(t, err)
			return r.StatusCode
		}
		require.Equal(t, 401, remove("auth", "x"))
		require.Equal(t, 200, remove())
		require.Equal(t, Deletes, w.last().Kind)
		require.Equal(t, 200, remove())
		down, err := w.get(hostA, a.DirectPath)
		require.NoError(t, err)
		require.Equal(t, 404, down.StatusCode)
		require.Empty(t, w.probe(hostA, "/mms/md-msg-hist", data))
	})
}

func TestConcurrentUploadsAllArrive(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		var group sync.WaitGroup
		shared := someBytes(200_000)
		errs := make(chan error, 40)
		for i := range 40 {
			group.Go(func() {
				data := shared // every other upload is of the same object
				if i%2 == 0 {
					data = someBytes(150_000 + i)
				}
				r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data))
				if err == nil && r.StatusCode != 200 {
					err = fmt.Errorf("status %d: %s", r.StatusCode, r.data)
				}
				errs <- err
			})
		}
		group.Wait()
		for range 40 {
			require.NoError(t, <-errs)
		}
		require.Len(t, w.Objects(), 21)
		require.Len(t, w.Requests(), 40)
	})
}
