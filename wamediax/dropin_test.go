package wamediax_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"golang.org/x/net/proxy"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// mediaClient is what an application may have abstracted from *whatsmeow.Client.
type mediaClient interface {
	Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	UploadReader(ctx context.Context, plaintext io.Reader, tempFile io.ReadWriteSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	UploadNewsletter(ctx context.Context, data []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	UploadNewsletterReader(ctx context.Context, data io.ReadSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	Download(ctx context.Context, msg whatsmeow.DownloadableMessage) ([]byte, error)
	DownloadAny(ctx context.Context, msg *waE2E.Message) ([]byte, error)
	DownloadThumbnail(ctx context.Context, msg whatsmeow.DownloadableThumbnail) ([]byte, error)
	DownloadToFile(ctx context.Context, msg whatsmeow.DownloadableMessage, file whatsmeow.File) error
	DownloadMediaWithPath(ctx context.Context, directPath string, encFileHash, fileHash, mediaKey []byte, mediaType whatsmeow.MediaType, mmsType string, allowNoHash bool) ([]byte, error)
	SetProxy(proxy whatsmeow.Proxy, opts ...whatsmeow.SetProxyOptions)
	SetProxyAddress(addr string, opts ...whatsmeow.SetProxyOptions) error
	SetSOCKSProxy(px proxy.Dialer, opts ...whatsmeow.SetProxyOptions)
}

var (
	_ mediaClient = (*whatsmeow.Client)(nil)
	_ mediaClient = (*wamediax.Client)(nil)
)

// message names what an upload gave, as an application does that knows whatsmeow alone.
func message(resp whatsmeow.UploadResponse) *waE2E.DocumentMessage {
	return &waE2E.DocumentMessage{
		URL: &resp.URL, DirectPath: &resp.DirectPath, MediaKey: resp.MediaKey,
		FileEncSHA256: resp.FileEncSHA256, FileSHA256: resp.FileSHA256, FileLength: &resp.FileLength,
	}
}

func requireDownloads(t *testing.T, s *service, resp whatsmeow.UploadResponse, want []byte) {
	t.Helper()
	require.Equal(t, uint64(len(want)), resp.FileLength)
	got, err := s.receiver(t).Download(t.Context(), message(resp))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestUploadIsADropIn(t *testing.T) {
	s := newService(t)
	data := content(100_000)
	resp, err := s.client.Upload(t.Context(), data, whatsmeow.MediaDocument)
	require.NoError(t, err)
	requireDownloads(t, s, resp, data)
}

func TestUploadReaderIsADropIn(t *testing.T) {
	data := content(3 * mebi) // more than is spooled in memory
	tests := map[string]func(t *testing.T) (src io.Reader, tempFile io.ReadWriteSeeker){
		"a file":                        func(t *testing.T) (io.Reader, io.ReadWriteSeeker) { return fileOf(t, data), nil },
		"a stream":                      func(t *testing.T) (io.Reader, io.ReadWriteSeeker) { return stream(data), nil },
		"a stream and a temporary file": func(t *testing.T) (io.Reader, io.ReadWriteSeeker) { return stream(data), fileOf(t, nil) },
		"a file and a longer temporary": func(t *testing.T) (io.Reader, io.ReadWriteSeeker) {
			return fileOf(t, data), fileOf(t, content(5*mebi))
		},
		"a stream and something that can only seek": func(t *testing.T) (io.Reader, io.ReadWriteSeeker) {
			return stream(data), onlySeeks{fileOf(t, nil)}
		},
		"the same file as both": func(t *testing.T) (io.Reader, io.ReadWriteSeeker) {
			file := fileOf(t, data)
			return file, file
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newService(t, wamediax.WithSpoolMemory(mebi))
			src, tempFile := test(t)
			s.inject("", uploads, 1, wamediaxtest.HangUp(mebi))
			resp, err := s.client.UploadReader(t.Context(), src, tempFile, whatsmeow.MediaDocument)
			require.NoError(t, err)
			requireDownloads(t, s, resp, data)
			requireNoTempFiles(t)
			for _, given := range []any{src, tempFile} {
				if file, ok := given.(*os.File); ok && file != nil {
					_, err := file.Stat()
					require.NoError(t, err, "the caller's file was closed")
				}
			}
			if file, ok := tempFile.(*os.File); ok {
				encrypted := make([]byte, streamenc.EncryptedSize(int64(len(data))))
				_, err := file.ReadAt(encrypted, 0)
				require.NoError(t, err)
				object, _ := s.Object(resp.DirectPath)
				require.True(t, bytes.Equal(object.Data, encrypted), "the temporary file does not hold the object")
			}
		})
	}
}

// onlySeeks hides a file's ReadAt and WriteAt.
type onlySeeks struct{ file *os.File }

func (o onlySeeks) Read(p []byte) (int, error)                   { return o.file.Read(p) }
func (o onlySeeks) Write(p []byte) (int, error)                  { return o.file.Write(p) }
func (o onlySeeks) Seek(offset int64, whence int) (int64, error) { return o.file.Seek(offset, whence) }

func TestNewsletterUploadsAreDropIns(t *testing.T) {
	data := content(100_000)
	tests := map[string]func(s *service) (whatsmeow.UploadResponse, error){
		"bytes": func(s *service) (whatsmeow.UploadResponse, error) {
			return s.client.UploadNewsletter(t.Context(), data, whatsmeow.MediaImage)
		},
		"a file": func(s *service) (whatsmeow.UploadResponse, error) {
			return s.client.UploadNewsletterReader(t.Context(), fileOf(t, data), whatsmeow.MediaImage)
		},
		"something that can only seek": func(s *service) (whatsmeow.UploadResponse, error) {
			return s.client.UploadNewsletterReader(t.Context(), onlySeeks{fileOf(t, data)}, whatsmeow.MediaImage)
		},
	}
	for name, upload := range tests {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.inject("", uploads, 1, wamediaxtest.HangUp(30_000))
			resp, err := upload(s)
			require.NoError(t, err)
			require.NotEmpty(t, resp.Handle)
			require.Nil(t, resp.MediaKey)
			require.Nil(t, resp.FileEncSHA256)
			object, ok := s.Object(resp.DirectPath)
			require.True(t, ok)
			require.Equal(t, "/newsletter/newsletter-image", object.UploadPath)
			require.True(t, bytes.Equal(data, object.Data))
			got, err := s.receiver(t).Download(t.Context(), &waE2E.ImageMessage{DirectPath: &resp.DirectPath, FileSHA256: resp.FileSHA256})
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
}

// What a plain client and a wrapped one send for the same call differs in nothing but the token's
// padding.
func TestRequestsAreThoseOfWhatsmeow(t *testing.T) {
	s := newService(t)
	plain := s.receiver(t)
	data := content(10_000)
	calls := map[string]func(cli mediaClient) error{
		"newsletter": func(cli mediaClient) error {
			_, err := cli.UploadNewsletter(t.Context(), data, whatsmeow.MediaVideo)
			return err
		},
		"encrypted": func(cli mediaClient) error {
			_, err := cli.Upload(t.Context(), data, whatsmeow.MediaVideo)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			before := len(s.Requests())
			require.NoError(t, call(plain))
			require.NoError(t, call(s.client))
			requests := s.Requests()[before:]
			require.Len(t, requests, 2)
			theirs, ours := requests[0], requests[1]
			require.Equal(t, theirs.Method, ours.Method)
			require.Equal(t, theirs.Host, ours.Host)
			require.Equal(t, theirs.BodyBytes, ours.BodyBytes)
			require.Equal(t, keys(theirs.Query), keys(ours.Query))
			for _, header := range []string{"Origin", "Referer", "User-Agent", "Content-Length"} {
				require.Equal(t, theirs.Header[header], ours.Header[header], header)
			}
		})
	}
}

func keys(query map[string][]string) (names []string) {
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestMessengerClientUploadsWhereMessengerDoes(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "mmg.cdn.test"}, {Name: "rupload.cdn.test", Fallback: true}}})
	s.client.MessengerConfig = &whatsmeow.MessengerConfig{}
	_, err := s.client.Upload(t.Context(), content(1000), whatsmeow.MediaAudio)
	require.NoError(t, err)
	_, err = s.client.Upload(t.Context(), content(1001), whatsmeow.MediaImage)
	require.NoError(t, err)
	requests := s.Requests()
	require.Contains(t, requests[0].Path, "/wa-msgr/mms/ptt/")
	require.Contains(t, requests[1].Path, "/wa-msgr/mms/image/")
	require.Equal(t, "rupload.cdn.test", requests[0].Host)
}

// The faults of whatsmeow's own calls, as WHATSMEOW's users know them, one by one.

func TestFaultOfWhatsmeowEmptyHostListPanics(t *testing.T) {
	s := newService(t)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{}})
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.ErrorIs(t, err, cdn.ErrNoHosts)
}

func TestFaultOfWhatsmeowStaleTokenIsNotRefreshed(t *testing.T) {
	s := newService(t)
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.NoError(t, err)
	s.RefuseTokens()
	data := content(11)
	resp, err := s.client.Upload(t.Context(), data, whatsmeow.MediaDocument)
	require.NoError(t, err)
	requireDownloads(t, s, resp, data)
}

func TestFaultOfWhatsmeowAnswerWithoutPathIsSuccess(t *testing.T) {
	for _, answer := range []string{"{}", "null", `{"url":"https://mmg.whatsapp.net/a?b","direct_path":"/a?b"} trailing`} {
		s := newService(t, shortPauses, fewAttempts)
		s.inject("", 0, -1, wamediaxtest.Answer(200, answer))
		resp, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
		require.ErrorIs(t, err, resume.ErrBadAnswer)
		require.Empty(t, resp)
	}
}

func TestFaultOfWhatsmeowAnswerOfAnySizeIsRead(t *testing.T) {
	s := newService(t, shortPauses, fewAttempts)
	s.SetMediaConn(wamediaxtest.MediaConn{Hosts: []wamediaxtest.Host{{Name: "one.cdn.test"}}})
	s.inject("", 0, -1, wamediaxtest.HugeAnswer(1<<30))
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.ErrorIs(t, err, resume.ErrBadAnswer)
	for _, request := range s.Requests() {
		require.Less(t, request.SentBytes, int64(32*mebi))
	}
}

func TestFaultOfWhatsmeowErrorsShowTheToken(t *testing.T) {
	s := newService(t, shortPauses, fewAttempts)
	s.inject("", 0, -1, wamediaxtest.HangUp(0))
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.Error(t, err)
	s.requireNoSecrets(t, err.Error())
}

func TestFaultOfWhatsmeowUntypedStatus(t *testing.T) {
	s := newService(t)
	s.inject("", 0, -1, wamediaxtest.Status(401))
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 401, status.StatusCode)
}

func TestFaultOfWhatsmeowCallersFileIsClosed(t *testing.T) {
	s := newService(t)
	src, tempFile := fileOf(t, content(1000)), fileOf(t, nil)
	_, err := s.client.UploadReader(t.Context(), src, tempFile, whatsmeow.MediaImage)
	require.NoError(t, err)
	_, err = s.client.UploadNewsletterReader(t.Context(), src, whatsmeow.MediaImage)
	require.NoError(t, err)
	for _, file := range []*os.File{src, tempFile} {
		_, err := file.Seek(0, io.SeekStart)
		require.NoError(t, err)
	}
}

func TestFaultOfWhatsmeowSpareCapacityIsWrittenTo(t *testing.T) {
	s := newService(t)
	whole := content(200)
	kept := bytes.Clone(whole)
	part := whole[:100]
	var uploading sync.WaitGroup
	for range 4 { // -race sees a write
		uploading.Go(func() {
			if _, err := s.client.Upload(t.Context(), part, whatsmeow.MediaImage); err != nil {
				t.Error(err)
			}
		})
	}
	uploading.Wait()
	require.Equal(t, kept, whole)
}

func TestNilClientIsWhatsmeowsError(t *testing.T) {
	_, err := wamediax.Wrap(nil).Upload(t.Context(), nil, whatsmeow.MediaImage)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
}

func TestMessagesNameEverythingThatIsKnown(t *testing.T) {
	s := newService(t)
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 100)...)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(png), whatsmeow.MediaImage, wamediax.WithSidecar(true))
	require.NoError(t, err)
	require.Equal(t, "image/png", up.Mimetype)
	require.NotEmpty(t, up.Handle)
	require.NotEmpty(t, up.ObjectID)
	timestamp := proto.Int64(up.MediaKeyTimestamp.Unix())
	mimetype := proto.String("image/png") // no MIME type of a video or of audio
	require.True(t, proto.Equal(up.ImageMessage(), &waE2E.ImageMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, MediaKeyTimestamp: timestamp, Mimetype: mimetype,
		FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
	}))
	require.True(t, proto.Equal(up.VideoMessage(), &waE2E.VideoMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, MediaKeyTimestamp: timestamp, Mimetype: proto.String("video/mp4"),
		FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength, StreamingSidecar: up.StreamingSidecar,
	}))
	require.True(t, proto.Equal(up.AudioMessage(), &waE2E.AudioMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, MediaKeyTimestamp: timestamp, Mimetype: proto.String("audio/ogg; codecs=opus"),
		FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength, StreamingSidecar: up.StreamingSidecar,
	}))
	require.True(t, proto.Equal(up.DocumentMessage(), &waE2E.DocumentMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, MediaKeyTimestamp: timestamp, Mimetype: mimetype,
		FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
	}))
	require.True(t, proto.Equal(up.StickerMessage(), &waE2E.StickerMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, MediaKeyTimestamp: timestamp, Mimetype: mimetype,
		FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
	}))
}

func TestAnimatedStickerCarriesItsFirstFrame(t *testing.T) {
	s := newService(t)
	chunk := func(name string, body string) string {
		return name + string([]byte{byte(len(body)), byte(len(body) >> 8), 0, 0}) + body
	}
	frame := chunk("ANMF", string(content(300)))
	head := "WEBP" + chunk("VP8X", "\x02\x00\x00\x00\xff\x01\x00\xff\x01\x00") + chunk("ANIM", "\x00\x00\x00\x00\x00\x00") + frame
	webp := []byte(chunk("RIFF", head+chunk("ANMF", string(content(500)))))
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(webp), wamediax.MediaSticker)
	require.NoError(t, err)
	msg := up.StickerMessage()
	require.Equal(t, "image/webp", msg.GetMimetype())
	require.True(t, msg.GetIsAnimated())
	require.Equal(t, uint32(len("RIFF")+4+len(head)), msg.GetFirstFrameLength())
	require.Len(t, msg.GetFirstFrameSidecar(), 10)
}
