package resume_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestCoarsePathReplacesTheFinerOne(t *testing.T) {
	for name, test := range map[string]struct {
		dialect  wamediaxtest.Dialect
		opts     []resume.Option
		path     string
		requests int
	}{
		"hosts that know the finer path":      {wamediaxtest.WebDialect, nil, "/mms/sticker", 1},
		"hosts that do not":                   {wamediaxtest.CoarseDialect, nil, "/mms/image", 2},
		"hosts that do not, in pieces":        {wamediaxtest.CoarseDialect, []resume.Option{resume.WithPieces(40_000)}, "/mms/image", 5},
		"hosts that do not, found by a probe": {wamediaxtest.CoarseDialect, []resume.Option{resume.WithThreshold(1)}, "/mms/image", 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.SetDialect(test.dialect)
			data := content(100_000)
			obj := objectOf(data)
			obj.Path, obj.CoarsePath = "/mms/sticker", "/mms/image"
			resp, err := s.uploader(test.opts...).Upload(t.Context(), obj, nil)
			require.NoError(t, err)
			s.requireHolds(t, resp, data)
			require.Equal(t, test.path, resp.Path)
			require.Equal(t, 1, resp.Attempts, "it left a host that takes the object")
			require.Equal(t, "one.cdn.test", resp.Host)
			require.Len(t, s.Requests(), test.requests)
			for _, request := range s.Requests()[1:] {
				require.Equal(t, wamediaxtest.Kind(0), request.Kind&wamediaxtest.Downloads)
			}
		})
	}
}

func TestPartialUploadAtTheCoarsePathIsFound(t *testing.T) {
	s := newService(t)
	s.SetDialect(wamediaxtest.CoarseDialect)
	data := content(300_000)
	obj := objectOf(data)
	obj.Path, obj.CoarsePath = "/mms/ptt", "/mms/audio"
	s.Inject("", wamediaxtest.Fault{On: uploads, Do: wamediaxtest.HangUp(200_000)})
	resp, err := s.uploader().Upload(t.Context(), obj, nil)
	require.NoError(t, err)
	s.requireHolds(t, resp, data)
	require.EqualValues(t, len(data), s.Received(), "the coarse path was probed")
}

func TestOtherRefusalsKeepThePath(t *testing.T) {
	for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusBadRequest, http.StatusNotFound} {
		s := newService(t)
		s.SetDialect(wamediaxtest.WebDialect)
		s.inject("", uploads, -1, wamediaxtest.Status(status))
		obj := objectOf(content(1000))
		obj.Path, obj.CoarsePath = "/mms/sticker", "/mms/image"
		_, err := s.uploader().Upload(t.Context(), obj, nil)
		var refused *cdn.StatusError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, status, refused.StatusCode)
		want := 3 // hosts
		if status == http.StatusNotFound {
			want++ // the finer path, once
		}
		require.Len(t, s.requests(uploads), want)
	}
}

func TestLiveUploadSwitchesToTheCoarsePath(t *testing.T) {
	for dialect, path := range map[wamediaxtest.Dialect]string{wamediaxtest.WebDialect: "/mms/ptt", wamediaxtest.CoarseDialect: "/mms/audio"} {
		s := newService(t)
		s.SetDialect(dialect)
		data := content(250_000)
		resp, err := sendLive(t.Context(), s.uploader().Live(resume.LiveObject{Path: "/mms/ptt", CoarsePath: "/mms/audio"}), data)
		require.NoError(t, err)
		s.requireHolds(t, resp, data)
		require.Equal(t, path, resp.Path)
		require.Equal(t, 1, resp.Attempts)
	}
}
