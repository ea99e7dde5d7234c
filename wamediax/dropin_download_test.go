package wamediax_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waMediaTransport"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// downloader is every download that whatsmeow has. A plain and a wrapped client have the same
// signatures.
type downloader interface {
	Download(context.Context, whatsmeow.DownloadableMessage) ([]byte, error)
	DownloadAny(context.Context, *waE2E.Message) ([]byte, error)
	DownloadThumbnail(context.Context, whatsmeow.DownloadableThumbnail) ([]byte, error)
	DownloadFB(context.Context, *waMediaTransport.WAMediaTransport_Integral, whatsmeow.MediaType) ([]byte, error)
	DownloadMediaWithOnlyPath(context.Context, string) ([]byte, error)
	DownloadMediaWithPath(context.Context, string, []byte, []byte, []byte, whatsmeow.MediaType, string, bool) ([]byte, error)
	DownloadToFile(context.Context, whatsmeow.DownloadableMessage, whatsmeow.File) error
	DownloadFBToFile(context.Context, *waMediaTransport.WAMediaTransport_Integral, whatsmeow.MediaType, whatsmeow.File) error
	DownloadMediaWithOnlyPathToFile(context.Context, string, whatsmeow.File) error
	DownloadMediaWithPathToFile(context.Context, string, []byte, []byte, []byte, whatsmeow.MediaType, string, bool, whatsmeow.File) error
}

var (
	_ downloader = (*whatsmeow.Client)(nil)
	_ downloader = (*wamediax.Client)(nil)
)

// sentinels are the errors of whatsmeow's downloads.
var sentinels = map[string]error{
	"ErrMediaDownloadFailedWith403":    whatsmeow.ErrMediaDownloadFailedWith403,
	"ErrMediaDownloadFailedWith404":    whatsmeow.ErrMediaDownloadFailedWith404,
	"ErrMediaDownloadFailedWith410":    whatsmeow.ErrMediaDownloadFailedWith410,
	"ErrNoURLPresent":                  whatsmeow.ErrNoURLPresent,
	"ErrTooShortFile":                  whatsmeow.ErrTooShortFile,
	"ErrInvalidMediaHMAC":              whatsmeow.ErrInvalidMediaHMAC,
	"ErrInvalidMediaEncSHA256":         whatsmeow.ErrInvalidMediaEncSHA256,
	"ErrInvalidMediaSHA256":            whatsmeow.ErrInvalidMediaSHA256,
	"ErrInvalidUnencryptedMediaSHA256": whatsmeow.ErrInvalidUnencryptedMediaSHA256,
	"ErrUnknownMediaType":              whatsmeow.ErrUnknownMediaType,
	"ErrNothingDownloadableFound":      whatsmeow.ErrNothingDownloadableFound,
	//lint:ignore SA1019 it is compared so that it stays unused on both sides
	"ErrFileLengthMismatch": whatsmeow.ErrFileLengthMismatch,
	"ErrClientIsNil":        whatsmeow.ErrClientIsNil,
}

// matching names the sentinels that err is.
func matching(err error) []string {
	var names []string
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// downloadWays are whatsmeow's downloads of a message, each with its result in memory.
func downloadWays(t *testing.T) map[string]func(downloader, *waE2E.VideoMessage) ([]byte, error) {
	video := whatsmeow.MediaVideo
	toFile := func(download func(whatsmeow.File) error) ([]byte, error) {
		file, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		defer file.Close()
		if err = download(file); err != nil {
			return nil, err
		}
		at, err := file.Seek(0, io.SeekCurrent)
		require.NoError(t, err)
		data, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		require.EqualValues(t, len(data), at, "it left the file at another position")
		return data, nil
	}
	integral := func(msg *waE2E.VideoMessage) *waMediaTransport.WAMediaTransport_Integral {
		return &waMediaTransport.WAMediaTransport_Integral{
			DirectPath: msg.DirectPath, MediaKey: msg.MediaKey, FileSHA256: msg.FileSHA256, FileEncSHA256: msg.FileEncSHA256,
		}
	}
	return map[string]func(downloader, *waE2E.VideoMessage) ([]byte, error){
		"Download": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) { return cli.Download(t.Context(), msg) },
		"DownloadAny": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return cli.DownloadAny(t.Context(), &waE2E.Message{VideoMessage: msg})
		},
		"DownloadFB": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return cli.DownloadFB(t.Context(), integral(msg), video)
		},
		"DownloadMediaWithPath": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return cli.DownloadMediaWithPath(t.Context(), msg.GetDirectPath(), msg.FileEncSHA256, msg.FileSHA256, msg.MediaKey, video, "", false)
		},
		"DownloadToFile": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return toFile(func(file whatsmeow.File) error { return cli.DownloadToFile(t.Context(), msg, file) })
		},
		"DownloadFBToFile": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return toFile(func(file whatsmeow.File) error { return cli.DownloadFBToFile(t.Context(), integral(msg), video, file) })
		},
		"DownloadMediaWithPathToFile": func(cli downloader, msg *waE2E.VideoMessage) ([]byte, error) {
			return toFile(func(file whatsmeow.File) error {
				return cli.DownloadMediaWithPathToFile(t.Context(), msg.GetDirectPath(), msg.FileEncSHA256, msg.FileSHA256, msg.MediaKey, video, "", false, file)
			})
		},
	}
}

func TestDropInDownloadsDoWhatWhatsmeowDoes(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	good, plain := s.posted(t, data), s.postedPlain(t, data)
	object, ok := s.Object(good.GetDirectPath())
	require.True(t, ok)
	put := func(object []byte) func(*waE2E.VideoMessage) {
		return func(m *waE2E.VideoMessage) { m.DirectPath = new(s.Put("video", object)) }
	}
	changed := slices.Clone(object.Data)
	changed[500] ^= 1
	for name, row := range map[string]struct {
		msg  *waE2E.VideoMessage
		fail wamediaxtest.Effect
		want string // a sentinel's name; "": it succeeds
	}{
		"good media":                            {msg: good},
		"media that is not encrypted":           {msg: plain},
		"an empty file":                         {msg: s.posted(t, nil)},
		"a length that is wrong":                {msg: with(good, func(m *waE2E.VideoMessage) { m.FileLength = new(uint64(10)) })},
		"a host that says 403":                  {good, wamediaxtest.Status(403), "ErrMediaDownloadFailedWith403"},
		"a host that says 404":                  {good, wamediaxtest.Status(404), "ErrMediaDownloadFailedWith404"},
		"a host that says 410":                  {good, wamediaxtest.Status(410), "ErrMediaDownloadFailedWith410"},
		"bytes that changed on the way":         {good, wamediaxtest.Tamper(1000), "ErrInvalidMediaEncSHA256"},
		"a MAC that changed on the way":         {good, wamediaxtest.Tamper(int64(len(object.Data)) - 1), "ErrInvalidMediaEncSHA256"},
		"an object that was changed":            {msg: with(good, put(changed)), want: "ErrInvalidMediaEncSHA256"},
		"an object that was cut within a block": {msg: with(good, put(object.Data[:50_003])), want: "ErrInvalidMediaEncSHA256"},
		"an object that was cut between blocks": {msg: with(good, put(object.Data[:16*1000+10])), want: "ErrInvalidMediaEncSHA256"},
		"an object as short as a MAC":           {msg: with(good, put(object.Data[:10])), want: "ErrTooShortFile"},
		"an empty object":                       {msg: with(good, put(nil)), want: "ErrTooShortFile"},
		"another media key":                     {msg: with(good, func(m *waE2E.VideoMessage) { m.MediaKey = key32 }), want: "ErrInvalidMediaHMAC"},
		"another hash of the object":            {msg: with(good, func(m *waE2E.VideoMessage) { m.FileEncSHA256 = key32 }), want: "ErrInvalidMediaEncSHA256"},
		"another hash of the file":              {msg: with(good, func(m *waE2E.VideoMessage) { m.FileSHA256 = key32 }), want: "ErrInvalidMediaSHA256"},
		"another hash, and not encrypted":       {msg: with(plain, func(m *waE2E.VideoMessage) { m.FileSHA256 = key32 }), want: "ErrInvalidUnencryptedMediaSHA256"},
		"no hash, and not encrypted":            {msg: with(plain, func(m *waE2E.VideoMessage) { m.FileSHA256 = nil }), want: "ErrInvalidUnencryptedMediaSHA256"},
	} {
		for _, way := range slices.Sorted(maps.Keys(downloadWays(t))) {
			t.Run(name+" with "+way, func(t *testing.T) {
				client := s.again() // a client asks for a new token only once in a few seconds
				s.ClearFaults()
				s.inject("", downloads, -1, row.fail)
				download := downloadWays(t)[way]
				stock, stockErr := download(client.Client, row.msg)
				ours, err := download(client, row.msg)
				require.Equal(t, matching(stockErr), matching(err), "whatsmeow: %v\nwamediax: %v", stockErr, err)
				if row.want == "" {
					require.NoError(t, err)
					require.Equal(t, sha256.Sum256(stock), sha256.Sum256(ours))
					return
				}
				require.Equal(t, []string{row.want}, matching(err), "%v", err)
				require.Nil(t, ours)
				s.requireNoKeys(t, err, row.msg)
			})
		}
	}
}

func TestDropInDownloadsRefuseWhatWhatsmeowRefuses(t *testing.T) {
	s := newService(t)
	good := s.posted(t, content(100))
	object := s.Put("link", content(50))
	for name, row := range map[string]struct {
		download func(downloader) ([]byte, error)
		want     string
	}{
		"nothing in the message":   {func(cli downloader) ([]byte, error) { return cli.DownloadAny(t.Context(), &waE2E.Message{}) }, "ErrNothingDownloadableFound"},
		"no message":               {func(cli downloader) ([]byte, error) { return cli.DownloadAny(t.Context(), nil) }, "ErrNothingDownloadableFound"},
		"nil":                      {func(cli downloader) ([]byte, error) { return cli.Download(t.Context(), nil) }, "ErrUnknownMediaType"},
		"a typed nil":              {func(cli downloader) ([]byte, error) { return cli.Download(t.Context(), (*waE2E.ImageMessage)(nil)) }, "ErrNoURLPresent"},
		"a message without a path": {func(cli downloader) ([]byte, error) { return cli.Download(t.Context(), &waE2E.ImageMessage{}) }, "ErrNoURLPresent"},
		"a link without a thumbnail": {func(cli downloader) ([]byte, error) {
			return cli.DownloadThumbnail(t.Context(), &waE2E.ExtendedTextMessage{})
		}, "ErrNoURLPresent"},
		"a path without a slash":        {func(cli downloader) ([]byte, error) { return cli.DownloadMediaWithOnlyPath(t.Context(), "v/x") }, ""},
		"a path where nothing is":       {func(cli downloader) ([]byte, error) { return cli.DownloadMediaWithOnlyPath(t.Context(), "/v/x?y") }, "ErrMediaDownloadFailedWith404"},
		"a path alone":                  {func(cli downloader) ([]byte, error) { return cli.DownloadMediaWithOnlyPath(t.Context(), object) }, "none"},
		"a message of an unknown class": {func(cli downloader) ([]byte, error) { return cli.Download(t.Context(), messageOfNoClass{good}) }, "ErrUnknownMediaType"},
	} {
		t.Run(name, func(t *testing.T) {
			stock, stockErr := row.download(s.client.Client)
			ours, err := row.download(s.client)
			require.Equal(t, matching(stockErr), matching(err), "whatsmeow: %v\nwamediax: %v", stockErr, err)
			if row.want == "none" {
				require.NoError(t, stockErr)
				require.NoError(t, err)
				require.Equal(t, stock, ours)
				return
			}
			require.Error(t, stockErr)
			require.Error(t, err)
			if row.want != "" {
				require.Equal(t, []string{row.want}, matching(err))
			}
		})
	}
	var none *wamediax.Client
	_, err := none.Download(t.Context(), good)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
}

// messageOfNoClass is a DownloadableMessage of a type that whatsmeow does not know.
type messageOfNoClass struct{ whatsmeow.DownloadableMessage }

func TestLinkThumbnailIsDownloaded(t *testing.T) {
	s := newService(t)
	data := content(3000)
	object, info, err := streamenc.EncryptBytes(data, whatsmeow.MediaLinkThumbnail)
	require.NoError(t, err)
	msg := &waE2E.ExtendedTextMessage{
		ThumbnailDirectPath: new(s.Put("thumbnail-link", object)), MediaKey: info.MediaKey,
		ThumbnailSHA256: info.FileSHA256, ThumbnailEncSHA256: info.FileEncSHA256,
	}
	for name, cli := range map[string]downloader{"whatsmeow": s.client.Client, "wamediax": s.client} {
		got, err := cli.DownloadThumbnail(t.Context(), msg)
		require.NoError(t, err, name)
		require.Equal(t, data, got, name)
	}
}

func TestDropInDownloadsSurviveWhatEndsWhatsmeows(t *testing.T) {
	data := content(300_000)
	for name, arrange := range map[string]func(*service){
		"broken connections":  func(s *service) { s.inject("", downloads, 3, wamediaxtest.HangUp(100_000)) },
		"a host that is gone": func(s *service) { s.inject(hostA, downloads, -1, wamediaxtest.Status(404)) },
		"a host that lies":    func(s *service) { s.inject(hostA, downloads, -1, wamediaxtest.Tamper(70_000)) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, way := range slices.Sorted(maps.Keys(downloadWays(t))) {
				s := newService(t)
				s.twoHosts()
				msg := s.posted(t, data)
				arrange(s)
				got, err := downloadWays(t)[way](s.client, msg)
				require.NoError(t, err, way)
				require.Equal(t, sha256.Sum256(data), sha256.Sum256(got), way)
			}
		})
	}
}

func TestPathAloneIsDownloadedIntoAFile(t *testing.T) {
	s := newService(t)
	data := content(3000)
	path := s.Put("link", data)
	for name, cli := range map[string]downloader{"whatsmeow": s.client.Client, "wamediax": s.client} {
		file, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		require.NoError(t, cli.DownloadMediaWithOnlyPathToFile(t.Context(), path, file), name)
		require.NoError(t, file.Close())
		got, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		require.Equal(t, data, got, name)
	}
}

func TestFileOfADropInDownloadThatFailedIsEmpty(t *testing.T) {
	s := newService(t)
	msg := with(s.posted(t, content(300_000)), func(m *waE2E.VideoMessage) { m.MediaKey = key32 })
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteString("what was here before")
	require.NoError(t, err)
	require.ErrorIs(t, s.client.DownloadToFile(t.Context(), msg, file), whatsmeow.ErrInvalidMediaHMAC)
	stat, err := file.Stat()
	require.NoError(t, err)
	require.Zero(t, stat.Size(), "it holds plaintext that was not verified")
}
