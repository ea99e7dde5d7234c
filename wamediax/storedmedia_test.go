package wamediax_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// throughJSON stores what a message says of its media, and reads it back.
func throughJSON(t testing.TB, msg whatsmeow.DownloadableMessage) wamediax.StoredMedia {
	t.Helper()
	stored, err := wamediax.StoredMediaOf(msg)
	require.NoError(t, err)
	data, err := json.Marshal(stored)
	require.NoError(t, err)
	var read wamediax.StoredMedia
	require.NoError(t, json.Unmarshal(data, &read))
	require.Equal(t, stored, read)
	return read
}

func TestStoredMediaIsDownloadedByEveryMeans(t *testing.T) {
	s := newService(t)
	data := content(300 * kibi)
	stored := throughJSON(t, s.posted(t, data))
	for name, download := range everyDownload(t, s) {
		t.Run("Client."+name, func(t *testing.T) {
			got, err := download(t.Context(), stored)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
	t.Run("Client.Download", func(t *testing.T) {
		got, err := s.client.Download(t.Context(), stored)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	})
	t.Run("Client.DownloadToFile", func(t *testing.T) {
		file, err := os.Create(t.TempDir() + "/file")
		require.NoError(t, err)
		defer file.Close()
		require.NoError(t, s.client.DownloadToFile(t.Context(), stored, file))
		requireFile(t, file.Name(), data)
	})
	t.Run("whatsmeow alone", func(t *testing.T) {
		got, err := s.receiver(t).Download(t.Context(), stored)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	})
	t.Run("package fetch, without a session", func(t *testing.T) {
		f := fetch.New(cdn.Public(), fetch.WithHTTPClient(s.HTTPClient()))
		got, _, err := f.Bytes(t.Context(), stored)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	})
}

func TestStoredMediaOfANewsletterIsVerifiedByItsHash(t *testing.T) {
	s := newService(t)
	data := content(1000)
	msg := s.postedPlain(t, data)
	got, _, err := s.client.DownloadBytes(t.Context(), throughJSON(t, msg))
	require.NoError(t, err)
	require.Equal(t, data, got)

	msg.FileSHA256[0] ^= 1
	_, _, err = s.client.DownloadBytes(t.Context(), throughJSON(t, msg))
	require.ErrorIs(t, err, streamenc.ErrHashMismatch)
}

func TestStoredMediaVerifiesItsPartsWithTheSidecar(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(300*kibi))
	msg.StreamingSidecar[0] ^= 1
	_, err := everyDownload(t, s)["OpenMedia"](t.Context(), throughJSON(t, msg))
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
}

func TestStoredMediaIsBroughtBackByAStoredRequest(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	s.Forget(msg.GetDirectPath(), 410)
	s.phoneHas(t, data, "3EB0AA", msg)
	stored := throughJSON(t, msg)
	of := info("3EB0AA")
	req := retry.Request{MessageID: of.ID, Chat: of.Chat, Participant: of.Sender, FromMe: of.IsFromMe} // the key is in stored

	_, _, err := s.client.DownloadBytes(t.Context(), stored, wamediax.WithReuploadRequest(retry.Request{MessageID: "3EB0AA"}))
	require.ErrorIs(t, err, fetch.ErrExpired)
	require.ErrorContains(t, err, "has no chat")

	got, did, err := s.client.DownloadBytes(t.Context(), stored, wamediax.WithReuploadRequest(req))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.True(t, did.Reuploaded)
	stored.DirectPath = did.DirectPath

	s.SetPhone(nil)
	got, _, err = s.client.DownloadBytes(t.Context(), throughJSON(t, stored))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestStoredMediaOfAGroupNamesItsSenderToThePhone(t *testing.T) {
	s := newService(t)
	data := content(1000)
	msg := s.posted(t, data)
	s.Forget(msg.GetDirectPath(), 404)
	s.phoneHas(t, data, "3EB0AA", msg)
	group, sender := types.NewJID("12036300000000000", types.GroupServer), info("").Sender
	require.False(t, sender.IsEmpty())
	_, _, err := s.client.DownloadBytes(t.Context(), throughJSON(t, msg),
		wamediax.WithReuploadRequest(retry.Request{MessageID: "3EB0AA", Chat: group, Participant: sender}))
	require.NoError(t, err)
}

// located has all that a download can ask a message for.
type located struct {
	whatsmeow.DownloadableMessage
	mediaType whatsmeow.MediaType
	mmsType   string
	length    uint64
}

func (l located) GetMediaType() whatsmeow.MediaType { return l.mediaType }
func (l located) GetMMSType() string                { return l.mmsType }
func (l located) GetFileLength() uint64             { return l.length }

func TestStoredMediaKeepsWhatMessagesSay(t *testing.T) {
	key, sum, encSum := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	for name, test := range map[string]struct {
		msg  whatsmeow.DownloadableMessage
		key  []byte
		want wamediax.StoredMedia
	}{
		"a document has a name": {
			&waE2E.DocumentMessage{
				DirectPath: new("/v/a?b=c"), MediaKey: key, FileSHA256: sum, FileEncSHA256: encSum, FileLength: new(uint64(5)),
				Mimetype: new("application/pdf"), FileName: new("../Übersicht.pdf"),
			},
			key,
			wamediax.StoredMedia{
				DirectPath: "/v/a?b=c", FileSHA256: sum, FileEncSHA256: encSum, FileLength: 5,
				MediaType: whatsmeow.MediaDocument, Mimetype: "application/pdf", FileName: "../Übersicht.pdf",
			},
		},
		"a sticker is an image": {
			&waE2E.StickerMessage{DirectPath: new("/s"), MediaKey: key, FileEncSHA256: encSum, Mimetype: new("image/webp")},
			key,
			wamediax.StoredMedia{DirectPath: "/s", FileEncSHA256: encSum, MediaType: whatsmeow.MediaImage, Mimetype: "image/webp"},
		},
		"a voice message has a sidecar": {
			&waE2E.AudioMessage{DirectPath: new("/a"), MediaKey: key, StreamingSidecar: []byte("0123456789")},
			key,
			wamediax.StoredMedia{DirectPath: "/a", MediaType: whatsmeow.MediaAudio, StreamingSidecar: []byte("0123456789")},
		},
		"a sticker pack is a zip": {
			&waE2E.StickerPackMessage{DirectPath: new("/p"), FileLength: new(uint64(7))},
			nil,
			wamediax.StoredMedia{DirectPath: "/p", MediaType: whatsmeow.MediaStickerPack, FileLength: 7},
		},
		"media without a path has a key for the phone": {
			&waE2E.ImageMessage{MediaKey: key},
			key,
			wamediax.StoredMedia{MediaType: whatsmeow.MediaImage},
		},
		"a length that no file can have is unknown": {
			&waE2E.ImageMessage{DirectPath: new("/i"), FileLength: new(uint64(math.MaxUint64))},
			nil,
			wamediax.StoredMedia{DirectPath: "/i", MediaType: whatsmeow.MediaImage},
		},
		"a message of a caller's own has types": {
			located{&waE2E.ImageMessage{DirectPath: new("/n")}, "", "newsletter-image", 9},
			nil,
			wamediax.StoredMedia{DirectPath: "/n", MMSType: "newsletter-image", FileLength: 9},
		},
		"a sticker of WhatsApp's store has no more than its fields": {
			&types.StickerPackItem{DirectPath: "/i", MediaKey: key, FileHash: sum, EncFileHash: encSum},
			key,
			wamediax.StoredMedia{DirectPath: "/i", FileSHA256: sum, FileEncSHA256: encSum, MediaType: whatsmeow.MediaImage},
		},
	} {
		t.Run(name, func(t *testing.T) {
			stored := throughJSON(t, test.msg)
			require.Equal(t, test.key, stored.GetMediaKey())
			require.EqualExportedValues(t, test.want, stored)
			require.Equal(t, stored, throughJSON(t, stored), "StoredMedia is a message itself")
		})
	}
}

func TestStoredMediaIsACopy(t *testing.T) {
	msg := &waE2E.AudioMessage{
		DirectPath: new("/a"), MediaKey: make([]byte, 32), FileSHA256: make([]byte, 32), FileEncSHA256: make([]byte, 32), StreamingSidecar: make([]byte, 10),
	}
	stored, err := wamediax.StoredMediaOf(msg)
	require.NoError(t, err)
	for _, field := range [][]byte{msg.MediaKey, msg.FileSHA256, msg.FileEncSHA256, msg.StreamingSidecar} {
		field[0] = 1
	}
	require.Equal(t, make([]byte, 32), stored.GetMediaKey())
	require.EqualExportedValues(t, wamediax.StoredMedia{
		DirectPath: "/a", MediaType: whatsmeow.MediaAudio,
		FileSHA256: make([]byte, 32), FileEncSHA256: make([]byte, 32), StreamingSidecar: make([]byte, 10),
	}, stored)
}

func TestWhatCannotBeStoredIsAnError(t *testing.T) {
	for name, test := range map[string]struct {
		msg  whatsmeow.DownloadableMessage
		is   error
		text string
	}{
		"no message":                    {nil, whatsmeow.ErrUnknownMediaType, "message is nil"},
		"a nil pointer":                 {(*waE2E.ImageMessage)(nil), whatsmeow.ErrNoURLPresent, ""},
		"a message that says nothing":   {new(waE2E.ImageMessage), whatsmeow.ErrNoURLPresent, ""},
		"a message of no known type":    {located{&waE2E.ImageMessage{DirectPath: new("/i")}, "", "", 0}, whatsmeow.ErrUnknownMediaType, "located"},
		"a message of a new type":       {located{&waE2E.ImageMessage{DirectPath: new("/i")}, "WhatsApp Smell Keys", "", 0}, whatsmeow.ErrUnknownMediaType, "WhatsApp Smell Keys"},
		"a media key of 31 bytes":       {&waE2E.ImageMessage{DirectPath: new("/i"), MediaKey: make([]byte, 31)}, streamenc.ErrKeySize, "got 31"},
		"a hash of 20 bytes":            {&waE2E.ImageMessage{DirectPath: new("/i"), FileSHA256: make([]byte, 20)}, nil, "fileSHA256 is 20 bytes, want 32"},
		"an encrypted hash of 33 bytes": {&waE2E.ImageMessage{DirectPath: new("/i"), FileEncSHA256: make([]byte, 33)}, nil, "fileEncSHA256 is 33 bytes, want 32"},
		"a path on another host":        {&waE2E.ImageMessage{DirectPath: new("https://a/b")}, nil, "direct path does not begin with a slash"},
		"a name that is not UTF-8":      {&waE2E.DocumentMessage{DirectPath: new("/d"), FileName: new("\xff")}, nil, "file name is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			stored, err := wamediax.StoredMediaOf(test.msg)
			require.ErrorContains(t, err, "failed to store media: ")
			require.ErrorContains(t, err, test.text)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			require.Zero(t, stored)
		})
	}
}

func TestBadJSONIsAnErrorAndChangesNothing(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for name, test := range map[string]struct {
		json string
		is   error
		text string
	}{
		"a media key of 31 bytes":       {`{"media_key":"` + encode(make([]byte, 31)) + `"}`, streamenc.ErrKeySize, "got 31"},
		"a media key that is a number":  {`{"media_key":7}`, nil, "media_key"},
		"a media key in hex":            {`{"media_key":"` + strings.Repeat("ab", 32) + `"}`, streamenc.ErrKeySize, "got 48"},
		"a media key in no encoding":    {`{"media_key":"*"}`, nil, "base64"},
		"a hash of one byte":            {`{"file_sha256":"AA=="}`, nil, "fileSHA256 is 1 bytes, want 32"},
		"an encrypted hash of one byte": {`{"file_enc_sha256":"AA=="}`, nil, "fileEncSHA256 is 1 bytes, want 32"},
		"a negative length":             {`{"file_length":-1}`, nil, "file length -1 is negative"},
		"a length beyond all files":     {`{"file_length":18446744073709551615}`, nil, "file_length"},
		"a relative path":               {`{"direct_path":"a"}`, nil, "direct path does not begin with a slash"},
		"an unknown type":               {`{"media_type":"video"}`, whatsmeow.ErrUnknownMediaType, `"video"`},
		"a list":                        {`[]`, nil, "array"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := wamediax.StoredMediaOf(&waE2E.VideoMessage{DirectPath: new("/before"), MediaKey: make([]byte, 32)})
			require.NoError(t, err)
			stored := before
			err = json.Unmarshal([]byte(test.json), &stored)
			require.ErrorContains(t, err, "failed to read stored media: ")
			require.ErrorContains(t, err, test.text)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			require.Equal(t, before, stored)
		})
	}
}

func TestJSONIsCompactAndForgiving(t *testing.T) {
	data, err := json.Marshal(wamediax.StoredMedia{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(data))
	data, err = json.Marshal(wamediax.StoredMedia{DirectPath: "/v/a", MediaType: whatsmeow.MediaVideo, FileLength: 5})
	require.NoError(t, err)
	require.Equal(t, `{"direct_path":"/v/a","file_length":5,"media_type":"WhatsApp Video Keys"}`, string(data))

	_, err = json.Marshal(wamediax.StoredMedia{FileSHA256: make([]byte, 16)})
	require.ErrorContains(t, err, "fileSHA256 is 16 bytes, want 32", "what could not be read back is not written")

	var row struct{ Media wamediax.StoredMedia }
	row.Media.DirectPath = "/before"
	require.NoError(t, json.Unmarshal([]byte(`{"Media":null}`), &row))
	require.Equal(t, "/before", row.Media.DirectPath)
	require.NoError(t, json.Unmarshal([]byte(`{"Media":{"direct_path":"/v/a","a_later_version":{}}}`), &row))
	require.Equal(t, wamediax.StoredMedia{DirectPath: "/v/a"}, row.Media)

	_, err = wamediax.StoredMediaOf(wamediax.StoredMedia{})
	require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
	s := newService(t)
	_, _, err = s.client.DownloadBytes(t.Context(), wamediax.StoredMedia{MediaType: whatsmeow.MediaVideo})
	require.ErrorIs(t, err, whatsmeow.ErrNoURLPresent)
}

func TestMediaKeyIsNeverPrinted(t *testing.T) {
	key := []byte("a secret key, 32 bytes, or so...")
	stored, err := wamediax.StoredMediaOf(&waE2E.VideoMessage{DirectPath: new("/v/a"), MediaKey: key, FileLength: new(uint64(5))})
	require.NoError(t, err)
	type row struct {
		Media  wamediax.StoredMedia
		hidden wamediax.StoredMedia
	}
	var printed []string
	for _, value := range []any{stored, &stored, row{stored, stored}, []wamediax.StoredMedia{stored}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%T", "%p", "%t"} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
		printed = append(printed, fmt.Sprint(value), fmt.Errorf("failed: %v", value).Error())
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(handler).Info("saved", "media", stored)
		slog.New(handler).Info("saved", "media", &stored)
	}
	printed = append(printed, log.String())
	require.Contains(t, printed, `stored media ("video", 5 bytes)`)
	require.Contains(t, log.String(), "5 bytes")
	numbers := fmt.Sprint(key)
	for _, text := range printed {
		for _, form := range []string{
			string(key), hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)), fmt.Sprintf("% x", key),
			base64.StdEncoding.EncodeToString(key), numbers, numbers[1 : len(numbers)-1], "0x61, 0x20",
		} {
			require.NotContains(t, text, form)
		}
	}
}

func FuzzStoredMediaJSON(f *testing.F) {
	stored, err := wamediax.StoredMediaOf(&waE2E.VideoMessage{
		DirectPath: proto.String("/v/a"), MediaKey: make([]byte, 32), FileSHA256: make([]byte, 32), FileEncSHA256: make([]byte, 32),
		FileLength: proto.Uint64(5), Mimetype: proto.String("video/mp4"), StreamingSidecar: make([]byte, 10),
	})
	require.NoError(f, err)
	whole, err := json.Marshal(stored)
	require.NoError(f, err)
	for _, seed := range []string{string(whole), `{}`, `null`, `{"media_key":""}`, `{"media_key":"AA=="}`, `{"mms_type":"x","file_length":1e3}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var stored wamediax.StoredMedia
		if json.Unmarshal(data, &stored) != nil {
			require.Zero(t, stored)
			return
		}
		require.Contains(t, []int{0, 32}, len(stored.GetMediaKey()))
		once, err := json.Marshal(stored)
		require.NoError(t, err, "what was read can be written")
		var again wamediax.StoredMedia
		require.NoError(t, json.Unmarshal(once, &again))
		twice, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
		if of, err := wamediax.StoredMediaOf(stored); err == nil {
			require.Equal(t, stored.GetFileLength(), of.GetFileLength())
			require.Equal(t, stored.GetDirectPath(), of.GetDirectPath())
		}
	})
}
