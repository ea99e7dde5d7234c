package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	_ "modernc.org/sqlite"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestNilOptionsAreIgnoredEverywhere(t *testing.T) {
	s := newService(t, nil, wamediax.WithRequester(nil, retry.WithTimeout(time.Second), nil))
	data := content(1000)
	msg := s.posted(t, data)
	file := func() *bytes.Reader { return bytes.NewReader(data) }
	below := fetch.New(cdn.Public(), nil, fetch.Setting(nil), fetch.WithHTTPClient(s.HTTPClient()))
	var noFiles *filestore.Store
	for name, call := range map[string]func(t *testing.T) error{
		"UploadMedia": func(t *testing.T) error {
			_, err := s.client.UploadMedia(t.Context(), file(), whatsmeow.MediaImage, nil, wamediax.WithProgress(nil))
			return err
		},
		"UploadLive": func(t *testing.T) error {
			_, err := s.client.UploadLive(t.Context(), file(), whatsmeow.MediaAudio, nil, wamediax.WithProgress(nil))
			return err
		},
		"UploadAll": func(t *testing.T) error {
			items := []wamediax.UploadItem{{
				MediaType: whatsmeow.MediaImage, Options: []wamediax.UploadOption{nil},
				Open: func() (io.ReadCloser, error) { return io.NopCloser(file()), nil },
			}}
			for _, outcome := range s.client.UploadAll(t.Context(), items, nil, wamediax.WithProgress(nil)) {
				return outcome.Err
			}
			return errors.New("nothing was yielded")
		},
		"DownloadBytes": func(t *testing.T) error {
			_, _, err := s.client.DownloadBytes(t.Context(), msg, nil, wamediax.WithProgress(nil), wamediax.WithReupload(nil))
			return err
		},
		"DownloadFile": func(t *testing.T) error {
			_, err := s.client.DownloadFile(t.Context(), filepath.Join(t.TempDir(), "x"), msg, nil)
			return err
		},
		"OpenMedia": func(t *testing.T) error {
			media, err := s.client.OpenMedia(t.Context(), msg, nil)
			if err != nil {
				return err
			}
			return media.Close()
		},
		"Wrap with a store that is a nil pointer": func(t *testing.T) error {
			client := s.again(wamediax.WithResumeStore(noFiles), wamediax.WithHTTPClient(nil), wamediax.WithHTTPClient(s.HTTPClient()))
			_, err := client.UploadMedia(t.Context(), fileOf(t, data), whatsmeow.MediaImage)
			return err
		},
		"fetch, a nil Setting for the call": func(t *testing.T) error {
			_, _, err := below.Bytes(t.Context(), msg, nil, fetch.Setting(nil), fetch.WithGone(nil), fetch.WithProgress(nil))
			return err
		},
		"fetch, a nil Setting for the file": func(t *testing.T) error {
			_, err := below.File(t.Context(), filepath.Join(t.TempDir(), "x"), msg, nil, fetch.Setting(nil))
			return err
		},
		"fetch, nil values for all downloads": func(t *testing.T) error {
			f := fetch.New(cdn.Public(), fetch.WithLog(nil), fetch.WithProgress(nil), fetch.WithHTTPClient(nil))
			_, err := f.To(cancelled(t), io.Discard, msg)
			return wantError(err, context.Canceled)
		},
		"resume": func(t *testing.T) error {
			up := resume.NewUploader(cdn.Public(), nil, resume.WithHTTPClient(nil), resume.WithHTTPClient(s.HTTPClient()), nil)
			_, err := up.Upload(t.Context(), resume.Object{Path: "/mms/image", Token: "token", Body: nil}, nil)
			require.EqualError(t, err, "failed to upload: object has no body")
			return nil
		},
		"sqlstore": func(t *testing.T) error {
			db, err := dbutil.NewWithDialect("file:"+filepath.Join(t.TempDir(), "db"), "sqlite")
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			_, err = sqlstore.New(t.Context(), db, nil, sqlstore.WithLeaseLost(nil), nil)
			return err
		},
		"retry": func(t *testing.T) error {
			r := retry.New(s.client.Client, nil, retry.WithTimeout(time.Second), nil)
			defer r.Close()
			_, err := r.Request(t.Context(), retry.Request{})
			return wantError(err, retry.ErrKeySize)
		},
		"streamenc": func(t *testing.T) error {
			info, err := streamenc.Encrypt(io.Discard, file(), whatsmeow.MediaImage, nil, streamenc.WithKey(make([]byte, 32)), nil)
			if err != nil {
				return err
			}
			_, err = streamenc.NewReader(file(), info.MediaKey, whatsmeow.MediaImage, nil)
			return err
		},
		"stickerpack": func(t *testing.T) error {
			_, err := stickerpack.Publish(t.Context(), s.client, &stickerpack.Pack{}, nil, stickerpack.WithUpload(nil))
			return wantErrorAs[stickerpack.RuleErrors](err)
		},
		"stickerpack/convert": func(t *testing.T) error {
			_, err := convert.Sticker(t.Context(), file(), nil)
			return wantError(err, convert.ErrFormat)
		},
		"productimg": func(t *testing.T) error {
			_, err := productimg.Upload(t.Context(), s.client, file(), nil, productimg.WithProgress(nil))
			return wantError(err, productimg.ErrFormat)
		},
		"preview": func(t *testing.T) error {
			_, err := preview.New(nil).Preview(t.Context(), file(), int64(len(data)), "")
			return err
		},
		"preview/voice": func(t *testing.T) error {
			_, err := voice.Encode(t.Context(), io.Discard, bytes.NewReader(make([]byte, 16_000)), nil, voice.WithPCM(voice.Int16, 8000, 1))
			return err
		},
		"linkpreview and safehttp": func(t *testing.T) error {
			_, err := linkpreview.New(nil, linkpreview.WithClient(nil), linkpreview.WithClient(safehttp.New(nil))).Fetch(t.Context(), "http://127.0.0.1/")
			return wantError(err, safehttp.ErrNotPublic)
		},
		"wamediaxtest": func(t *testing.T) error {
			server := wamediaxtest.NewServer(nil)
			defer server.Close()
			_, err := server.NewClient(t.Context(), nil, wamediaxtest.WithJID(types.NewJID("4917", types.DefaultUserServer)))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, call(t))
		})
	}
}

func TestNothingToWorkWithIsAnError(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(10))
	for name, c := range map[string]struct {
		call func(ctx context.Context) error
		says string
	}{
		"fetch without a source of hosts": {func(ctx context.Context) error {
			_, _, err := fetch.New(nil).Bytes(ctx, msg)
			return err
		}, "source of media connections is nil"},
		"fetch without a message": {func(ctx context.Context) error {
			_, _, err := fetch.New(cdn.Public()).Bytes(ctx, nil)
			return err
		}, "message is nil"},
		"an upload without a source of hosts": {func(ctx context.Context) error {
			_, err := resume.NewUploader(nil).Upload(ctx, resume.Object{Path: "/mms/image", Token: "x", Body: body{}}, nil)
			return err
		}, "source of media connections is nil"},
		"an upload without a body": {func(ctx context.Context) error {
			_, err := resume.NewUploader(cdn.Public()).Upload(ctx, resume.Object{Path: "/mms/image", Token: "x"}, nil)
			return err
		}, "object has no body"},
		"a database store without a database": {func(ctx context.Context) error {
			_, err := sqlstore.New(ctx, nil)
			return err
		}, "database is nil"},
		"a file store without a directory": {func(context.Context) error {
			_, err := filestore.New("")
			return err
		}, "directory is empty"},
		"a requester without a client": {func(ctx context.Context) error {
			r := retry.New(nil)
			defer r.Close()
			r.Listen()
			_, err := r.Request(ctx, retry.Request{MediaKey: make([]byte, 32)})
			return err
		}, whatsmeow.ErrClientIsNil.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, c.call(t.Context()), c.says)
		})
	}
}

// body is an object of no bytes.
type body struct{}

func (body) Size() int64 { return 0 }

func (body) Open(int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(nil)), nil }

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// wantError is nil if err is the one that is wanted.
func wantError(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return errors.Join(errors.New("this is not the error that was wanted"), err)
}

func wantErrorAs[E error](err error) error {
	if errors.As(err, new(E)) {
		return nil
	}
	return errors.Join(errors.New("this is not the error that was wanted"), err)
}

// A program may pass on the zero value of its own settings.
func TestLimitsOf0OrLessDoNotBreakTransfers(t *testing.T) {
	for name, opt := range map[string]func(n int64) wamediax.Option{
		"WithStallTimeout":  func(n int64) wamediax.Option { return wamediax.WithStallTimeout(time.Duration(n)) },
		"WithAnswerTimeout": func(n int64) wamediax.Option { return wamediax.WithAnswerTimeout(time.Duration(n)) },
		"WithMaxElapsed":    func(n int64) wamediax.Option { return wamediax.WithMaxElapsed(time.Duration(n)) },
		"WithBackoff":       func(n int64) wamediax.Option { return wamediax.WithBackoff(time.Duration(n), time.Duration(n)) },
		"WithMaxAttempts":   func(n int64) wamediax.Option { return wamediax.WithMaxAttempts(int(n)) },
		"WithThreshold":     func(n int64) wamediax.Option { return wamediax.WithThreshold(n) },
		"WithPieces":        func(n int64) wamediax.Option { return wamediax.WithPieces(n) },
		"WithLimit":         func(n int64) wamediax.Option { return wamediax.WithLimit(n) },
		"WithSpoolMemory":   func(n int64) wamediax.Option { return wamediax.WithSpoolMemory(n) },
		"WithMaxParallel":   func(n int64) wamediax.Option { return wamediax.WithMaxParallel(int(n)) },
		"WithParallelism":   func(n int64) wamediax.Option { return wamediax.WithParallelism(int(n)) },
		"WithPace":          func(n int64) wamediax.Option { return wamediax.WithPace(time.Duration(n)) },
		"WithFreshFor":      func(n int64) wamediax.Option { return wamediax.WithFreshFor(time.Duration(n)) },
		"WithResumeExpiry":  func(n int64) wamediax.Option { return wamediax.WithResumeExpiry(time.Duration(n)) },
	} {
		for _, n := range []int64{0, -1, math.MinInt64} {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				s := newService(t, wamediax.WithMaxElapsed(time.Millisecond), opt(n))
				data := content(300 * kibi)
				_, err := s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaImage)
				require.NoError(t, err)
				_, err = s.client.UploadLive(t.Context(), stream(data), whatsmeow.MediaImage)
				require.NoError(t, err)
				item := wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Path: fileOf(t, data).Name()}
				require.NoError(t, s.uploadedAll(t, item)[0].Err)
				_, _, err = s.client.DownloadBytes(t.Context(), s.posted(t, data))
				require.NoError(t, err)
			})
		}
	}
}
