package cdn

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFinerPathsAreKnownUnlessTheDialectIsCoarse(t *testing.T) {
	for dialect, status := range map[Dialect]int{AnyDialect: 200, WebDialect: 200, CoarseDialect: 404} {
		w := newWire(t, 1)
		w.SetDialect(dialect)
		data := someBytes(1000)
		for _, path := range []string{"/mms/sticker", "/mms/gif", "/mms/ptt", "/mms/ptv"} {
			r, err := w.post(hostA, path, sha256.Sum256(data), bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, status, r.StatusCode, "%s in dialect %d", path, dialect)
		}
		w.upload(hostA, "/mms/image", data)
		w.upload(hostA, "/wa-msgr/mms/ptt", data)
	}
}

func TestADialectKnowsOnlyItsOwnOffsets(t *testing.T) {
	rest := []string{"file_offset", "400", "bytestart", "400", "byteend", "1000"}
	for name, test := range map[string]struct {
		dialect Dialect
		query   []string
		status  int
	}{
		"coarse, by file_offset":            {CoarseDialect, rest[:2], 200},
		"coarse, by a range":                {CoarseDialect, rest[2:], 415},
		"coarse, by both":                   {CoarseDialect, rest, 200},
		"coarse, by two different offsets":  {CoarseDialect, []string{"file_offset", "400", "bytestart", "1", "byteend", "601"}, 200},
		"WhatsApp Web's, by file_offset":    {WebDialect, rest[:2], 415},
		"WhatsApp Web's, by a range":        {WebDialect, rest[2:], 200},
		"WhatsApp Web's, by both":           {WebDialect, rest, 200},
		"any, by file_offset":               {AnyDialect, rest[:2], 200},
		"any, by a range":                   {AnyDialect, rest[2:], 200},
		"any, by two different offsets":     {AnyDialect, []string{"file_offset", "400", "bytestart", "1", "byteend", "601"}, 400},
		"WhatsApp Web's, with half a range": {WebDialect, rest[2:4], 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, 1)
			w.SetDialect(test.dialect)
			data := someBytes(1000)
			hash := sha256.Sum256(data)
			w.Inject("", Fault{On: Uploads, Do: HangUp(400)})
			_, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data))
			require.Error(t, err)
			r, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data[400:]), test.query...)
			require.NoError(t, err)
			require.Equal(t, test.status, r.StatusCode)
		})
	}
}

func TestNewsletterResponsesDependOnTheDialect(t *testing.T) {
	for name, test := range map[string]struct {
		dialect        Dialect
		url, thumbnail bool
	}{
		"any":            {AnyDialect, true, true},
		"coarse":         {CoarseDialect, true, false},
		"WhatsApp Web's": {WebDialect, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, 1)
			w.SetDialect(test.dialect)
			data := someBytes(1000)
			plain := w.upload(hostA, "/newsletter/newsletter-image", data)
			require.Nil(t, plain.Thumbnail, "none requested")
			require.Equal(t, test.url, plain.URL != "")
			require.NotEmpty(t, plain.Handle)
			require.NotEmpty(t, w.upload(hostA, "/mms/image", data).URL)

			r, err := w.post(hostA, "/newsletter/newsletter-image", sha256.Sum256(data), bytes.NewReader(data), "server_thumb_gen", "1")
			require.NoError(t, err)
			a := r.answer
			if !test.thumbnail {
				require.Nil(t, a.Thumbnail)
				return
			}
			down, err := w.get(hostB, a.Thumbnail.DirectPath)
			require.NoError(t, err)
			require.Equal(t, 200, down.StatusCode)
			hash := sha256.Sum256(down.data)
			require.Equal(t, base64.StdEncoding.EncodeToString(hash[:]), a.Thumbnail.SHA256)
			require.Len(t, w.Objects(), 2, "the thumbnail is not an uploaded object")
		})
	}
}

func TestRequestLimitAppliesToLargerBodies(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(1000)
		hash := sha256.Sum256(data)
		w.LimitRequests(400, 0)
		_, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data))
		require.Error(t, err)
		require.Equal(t, "400", w.probe(hostA, "/mms/video", data))
		_, err = w.post(hostA, "/mms/video", hash, bytes.NewReader(data[400:]), "file_offset", "400")
		require.Error(t, err)
		r, err := w.post(hostA, "/mms/video", hash, bytes.NewReader(data[800:]), "file_offset", "800")
		require.NoError(t, err)
		require.Equal(t, 200, r.StatusCode)

		w.LimitRequests(400, 413)
		other := someBytes(401)
		r, err = w.post(hostA, "/mms/video", sha256.Sum256(other), bytes.NewReader(other))
		require.NoError(t, err)
		require.Equal(t, 413, r.StatusCode)
		w.upload(hostA, "/mms/video", other[:400])

		w.LimitRequests(0, 413)
		w.upload(hostA, "/mms/video", other)
	})
}
