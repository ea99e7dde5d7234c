package wamediax_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var update = flag.Bool("update", false, "write testdata/wire.golden anew")

// TestEveryRequestLooksAsRecorded compares the requests for every kind of media, and the stanzas,
// with testdata/wire.golden. After a change that is meant, run it with -update, and look at what
// changed.
func TestEveryRequestLooksAsRecorded(t *testing.T) {
	var wire strings.Builder
	for _, section := range wireSections() {
		fmt.Fprintf(&wire, "# %s\n\n", section.title)
		s := newService(t, wamediax.WithThreshold(100*kibi))
		section.run(t, s)
		for _, request := range s.Requests() {
			wire.WriteString(wireForm(request))
		}
	}
	for _, section := range stanzaSections() {
		fmt.Fprintf(&wire, "# %s\n\n%s\n", section.title, stanzasWire(t, section))
	}
	fmt.Fprintf(&wire, "# messages: how whatsmeow labels their stanzas\n\n%s", messagesWire(t))
	const golden = "testdata/wire.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(wire.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), wire.String(), "what goes over the wire has changed; if it was meant to, run this test with -update")
}

type wireSection struct {
	title string
	run   func(t *testing.T, s *service)
}

// wireKinds are the kinds of media, in the order of the golden file.
var wireKinds = []struct {
	kind      wamediax.Kind
	mediaType whatsmeow.MediaType
}{
	{wamediax.KindImage, whatsmeow.MediaImage},
	{wamediax.KindSticker, wamediax.MediaSticker},
	{wamediax.KindVideo, whatsmeow.MediaVideo},
	{wamediax.KindGIF, whatsmeow.MediaVideo},
	{wamediax.KindPTV, whatsmeow.MediaVideo},
	{wamediax.KindAudio, whatsmeow.MediaAudio},
	{wamediax.KindPTT, whatsmeow.MediaAudio},
	{wamediax.KindDocument, whatsmeow.MediaDocument},
	{wamediax.KindStickerPack, whatsmeow.MediaStickerPack},
}

func wireSections() []wireSection {
	var sections []wireSection
	add := func(title string, run func(t *testing.T, s *service)) {
		sections = append(sections, wireSection{title, run})
	}
	upload := func(mediaType whatsmeow.MediaType, opts ...wamediax.UploadOption) func(t *testing.T, s *service) {
		return func(t *testing.T, s *service) {
			_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), mediaType, opts...)
			require.NoError(t, err)
		}
	}
	for _, kind := range wireKinds {
		add(fmt.Sprintf("%s: upload for a person or a group", kind.kind), upload(kind.mediaType, wamediax.As(kind.kind)))
		add(fmt.Sprintf("%s: upload for a newsletter", kind.kind),
			upload(kind.mediaType, wamediax.As(kind.kind), wamediax.ForNewsletter()))
		add(fmt.Sprintf("%s: download from a person or a group", kind.kind), func(t *testing.T, s *service) {
			object, info, err := streamenc.EncryptBytes(content(1000), kind.mediaType)
			require.NoError(t, err)
			downloadWire(t, s, kind.kind, s.Put(string(kind.kind), object), info)
		})
		add(fmt.Sprintf("%s: download from a newsletter", kind.kind), func(t *testing.T, s *service) {
			_, info, err := streamenc.EncryptBytes(content(1000), kind.mediaType)
			require.NoError(t, err)
			info.MediaKey, info.FileEncSHA256 = nil, nil
			downloadWire(t, s, kind.kind, s.Put("newsletter-"+string(kind.kind), content(1000)), info)
		})
	}
	add("preview of a sticker pack: upload", upload(wamediax.MediaStickerPackThumbnail))
	add("preview of a link: upload", upload(whatsmeow.MediaLinkThumbnail))
	add("history sync: upload", upload(whatsmeow.MediaHistory))
	add("app state: upload", upload(whatsmeow.MediaAppState))
	add("picture of a product: upload", upload(wamediax.MediaProductImage))
	add("cover photo of a business: upload", func(t *testing.T, s *service) {
		_, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(content(1000)))
		require.NoError(t, err)
	})
	add("video of more than the threshold: upload", func(t *testing.T, s *service) {
		_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(200*kibi)), whatsmeow.MediaVideo)
		require.NoError(t, err)
	})
	add("video of more than the threshold, for a newsletter: upload", func(t *testing.T, s *service) {
		_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(200*kibi)), whatsmeow.MediaVideo, wamediax.ForNewsletter())
		require.NoError(t, err)
	})
	add("video whose upload broke: upload", func(t *testing.T, s *service) {
		s.inject("", uploads, 1, wamediaxtest.HangUp(128*kibi))
		_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(200*kibi)), whatsmeow.MediaVideo)
		require.NoError(t, err)
	})
	add("audio under a known key: upload", upload(whatsmeow.MediaAudio, wamediax.WithMediaKey(key32)))
	add("audio while it is made: upload", func(t *testing.T, s *service) {
		_, err := s.client.UploadLive(t.Context(), stream(content(200*kibi)), whatsmeow.MediaAudio, wamediax.WithLiveChunk(128*kibi))
		require.NoError(t, err)
	})
	add("video whose download broke: download", func(t *testing.T, s *service) {
		msg := s.posted(t, content(200*kibi))
		s.inject("", downloads, 1, wamediaxtest.HangUp(100*kibi))
		_, _, err := s.client.DownloadBytes(t.Context(), msg)
		require.NoError(t, err)
	})
	add("image that may be there: Exists", func(t *testing.T, s *service) {
		object, info, err := streamenc.EncryptBytes(content(1000), whatsmeow.MediaImage)
		require.NoError(t, err)
		there, err := fetch.New(cdn.Public(), fetch.WithHTTPClient(s.HTTPClient())).Exists(t.Context(), &waE2E.ImageMessage{
			DirectPath: new(s.Put("image", object)), MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256,
		})
		require.NoError(t, err)
		require.True(t, there)
	})
	return sections
}

// downloadWire downloads 1000 bytes of a kind from path.
func downloadWire(t *testing.T, s *service, kind wamediax.Kind, path string, info streamenc.Info) {
	t.Helper()
	length := new(uint64(1000))
	var msg whatsmeow.DownloadableMessage
	switch kind {
	case wamediax.KindImage:
		msg = &waE2E.ImageMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	case wamediax.KindSticker:
		msg = &waE2E.StickerMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	case wamediax.KindVideo, wamediax.KindGIF, wamediax.KindPTV:
		msg = &waE2E.VideoMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	case wamediax.KindAudio, wamediax.KindPTT:
		msg = &waE2E.AudioMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	case wamediax.KindDocument:
		msg = &waE2E.DocumentMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	case wamediax.KindStickerPack:
		msg = &waE2E.StickerPackMessage{DirectPath: &path, MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256, FileSHA256: info.FileSHA256, FileLength: length}
	}
	require.NotNil(t, msg, "kind %q has no message here", kind)
	got, _, err := s.client.DownloadBytes(t.Context(), msg)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content(1000), got))
}

// wireForm is a request with names in place of what is different each time.
func wireForm(req wamediaxtest.Request) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", req.Method, wirePath(req.Path))
	for _, name := range slices.Sorted(maps.Keys(req.Query)) {
		for _, value := range req.Query[name] {
			fmt.Fprintf(&text, "  ?%s=%s\n", name, wireValue(name, value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			fmt.Fprintf(&text, "  %s: %s\n", name, wireHeader(name, value))
		}
	}
	text.WriteString("\n")
	return text.String()
}

// wirePath is a path with names in place of tokens, and of the numbers that a direct path is made
// of.
func wirePath(path string) string {
	slash := strings.LastIndexByte(path, '/')
	if isToken(path[slash+1:]) {
		return path[:slash+1] + "{token}"
	}
	return directPathNumbers.ReplaceAllString(path, "/v/t62.7118-24/{object}_n.enc")
}

var directPathNumbers = regexp.MustCompile(`^/v/t62\.7118-24/[0-9_]+_n\.enc$`)

// isToken reports whether text is 32 bytes in one of the alphabets of base64, with its padding or
// without.
func isToken(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	return err == nil && len(raw) == 32
}

func wireValue(name, value string) string {
	switch {
	case name == "auth" || name == "oh" || name == "oe":
		return "{" + name + "}"
	case isToken(value) && strings.HasSuffix(value, "="):
		return "{" + name + ", 44 bytes, padded}"
	case isToken(value):
		return "{" + name + ", 43 bytes}"
	default:
		return value
	}
}

var offset = regexp.MustCompile(`[0-9]+`)

func wireHeader(name, value string) string {
	switch name {
	case "User-Agent":
		return "{User-Agent}"
	case "Range": // how much of an answer a client has when its connection breaks is not always the same
		return offset.ReplaceAllString(value, "{offset}")
	default:
		return value
	}
}
