package resume_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func newsletterObject(data []byte) resume.Object {
	obj := objectOf(data)
	obj.Path, obj.Naming, obj.Thumbnail, obj.Probe = "/newsletter/newsletter-image", resume.ByDirectPath, true, true
	return obj
}

func TestANewslettersImageComesWithItsThumbnail(t *testing.T) {
	s := newService(t)
	s.SetDialect(wamediaxtest.WebDialect)
	obj := newsletterObject(content(1000))
	sent, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	known, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	require.Zero(t, known.Sent)
	for _, request := range s.Requests() {
		require.Equal(t, "1", request.Query.Get("server_thumb_gen"))
	}
	for _, resp := range []resume.Response{sent, known} {
		require.Equal(t, "https://mmg.whatsapp.net"+resp.DirectPath, resp.URL, "the answer has none")
		require.NotEmpty(t, resp.Handle)
		down, err := s.HTTPClient().Get("https://one.cdn.test" + resp.ThumbnailDirectPath)
		require.NoError(t, err)
		defer down.Body.Close()
		small, err := io.ReadAll(down.Body)
		require.NoError(t, err)
		hash := sha256.Sum256(small)
		require.Equal(t, hash[:], resp.ThumbnailSHA256)
	}
}

func TestWhatHostsSayOfAThumbnail(t *testing.T) {
	hash := sha256.Sum256([]byte("small"))
	url, std, text := base64.RawURLEncoding.EncodeToString(hash[:]), base64.StdEncoding.EncodeToString(hash[:]), hex.EncodeToString(hash[:])
	for name, test := range map[string]struct {
		fields string
		path   string
		meta   string
	}{
		"a hash in base64":            {fmt.Sprintf(`"thumbnail_info":{"thumbnail_direct_path":"/t","thumbnail_sha256":%q}`, std), "/t", ""},
		"a hash in unpadded base64":   {fmt.Sprintf(`"thumbnail_info":{"thumbnail_direct_path":"/t","thumbnail_sha256":%q}`, url), "/t", ""},
		"a hash in hex":               {fmt.Sprintf(`"thumbnail_info":{"thumbnail_direct_path":"/t","thumbnail_sha256":%q}`, text), "/t", ""},
		"within a string":             {fmt.Sprintf(`"thumbnail_info":%q`, fmt.Sprintf(`{"thumbnail_direct_path":"/t","thumbnail_sha256":%q}`, std)), "/t", ""},
		"no hash":                     {`"thumbnail_info":{"thumbnail_direct_path":"/t"}`, "", ""},
		"a hash of another length":    {`"thumbnail_info":{"thumbnail_direct_path":"/t","thumbnail_sha256":"AAAA"}`, "", ""},
		"no path":                     {fmt.Sprintf(`"thumbnail_info":{"thumbnail_sha256":%q}`, std), "", ""},
		"a path that is none":         {fmt.Sprintf(`"thumbnail_info":{"thumbnail_direct_path":"t","thumbnail_sha256":%q}`, std), "", ""},
		"an array":                    {`"thumbnail_info":[]`, "", ""},
		"numbers":                     {`"thumbnail_info":{"thumbnail_direct_path":1,"thumbnail_sha256":2}`, "", ""},
		"nothing":                     {`"thumbnail_info":null,"metadata_url":null`, "", ""},
		"a metadata URL":              {`"metadata_url":"https://m"`, "", "https://m"},
		"a metadata URL that is none": {`"metadata_url":{"a":1}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, 1, wamediaxtest.Answer(200, `{"direct_path":"/d","handle":"h",`+test.fields+`}`))
			resp, err := s.uploader().Upload(t.Context(), newsletterObject(content(10)), nil)
			require.NoError(t, err)
			require.Equal(t, test.path, resp.ThumbnailDirectPath)
			require.Equal(t, test.meta, resp.MetadataURL)
			if test.path == "" {
				require.Nil(t, resp.ThumbnailSHA256)
			} else {
				require.Equal(t, hash[:], resp.ThumbnailSHA256)
			}
		})
	}
}

func TestACoverPhotoIsNeverAskedFor(t *testing.T) {
	s := newService(t)
	obj := objectOf(content(6 * mebi))
	obj.Path, obj.Naming, obj.Probe = "/pps/biz-cover-photo", resume.ByFBID, true
	s.inject("", uploads, 1, wamediaxtest.HangUp(1000))
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	require.NotEmpty(t, resp.FBID)
	require.Empty(t, s.requests(probes))
}
