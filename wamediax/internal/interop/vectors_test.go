package interop_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// vectors are the test vectors of one library.
type vectors struct {
	Library       string
	Media         []media
	Animated      []animated
	Receipts      []letter
	Notifications []letter
}

// media is an object that a library encrypted. Its plaintext comes from function plaintext.
type media struct {
	Type          string
	Length        int
	MediaKey      []byte
	FileSHA256    []byte
	FileEncSHA256 []byte
	Object        []byte // nil: only its hash is stored
	Sidecar       []byte
}

// animated is an animated sticker that a library encrypted.
type animated struct {
	WebP              []byte
	MediaKey          []byte
	FileEncSHA256     []byte
	FirstFrameLength  int64
	FirstFrameSidecar []byte
}

// letter is the encrypted part of a receipt or of its answer.
type letter struct {
	ID         string
	MediaKey   []byte
	EncP       []byte
	EncIV      []byte
	Result     int
	DirectPath string
}

// libraries are the files in testdata.
var libraries = []string{"zapo", "baileys"}

func load(t *testing.T, library string) (v vectors) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", library+".json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	require.NotEmpty(t, v.Media)
	return v
}

// plaintext returns the bytes that make/vectors.mjs encrypts: SHA-256 of 0, 1, 2, … as four bytes.
func plaintext(length int) []byte {
	var data []byte
	for block := uint32(0); len(data) < length; block++ {
		hash := sha256.Sum256(binary.BigEndian.AppendUint32(nil, block))
		data = append(data, hash[:]...)
	}
	return data[:length]
}

// mediaTypes maps the libraries' names of media types to ours.
var mediaTypes = map[string]whatsmeow.MediaType{
	"image": whatsmeow.MediaImage, "sticker": wamediax.MediaSticker, "document": whatsmeow.MediaDocument,
	"video": whatsmeow.MediaVideo, "gif": whatsmeow.MediaVideo, "ptv": whatsmeow.MediaVideo,
	"audio": whatsmeow.MediaAudio, "ptt": whatsmeow.MediaAudio,
	"history": whatsmeow.MediaHistory, "md-msg-hist": whatsmeow.MediaHistory,
	"app-state": whatsmeow.MediaAppState, "md-app-state": whatsmeow.MediaAppState,
	"sticker-pack": whatsmeow.MediaStickerPack, "sticker-pack-thumbnail": wamediax.MediaStickerPackThumbnail,
	"link-thumbnail": whatsmeow.MediaLinkThumbnail, "thumbnail-link": whatsmeow.MediaLinkThumbnail,
}

// object returns the vector's object. If only its hash is stored, the object that we encrypt under
// the same key must match it.
func (m media) object(t *testing.T, mediaType whatsmeow.MediaType) []byte {
	t.Helper()
	if m.Object != nil {
		return m.Object
	}
	object, _, err := streamenc.EncryptBytes(plaintext(m.Length), mediaType, streamenc.WithKey(m.MediaKey))
	require.NoError(t, err)
	hash := sha256.Sum256(object)
	require.Equal(t, m.FileEncSHA256, hash[:], "their object and ours are the same, to the byte")
	return object
}

func TestMediaThatOtherLibrariesEncrypted(t *testing.T) {
	for _, library := range libraries {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			for _, m := range v.Media {
				mediaType := mediaTypes[m.Type]
				require.NotEmpty(t, mediaType, m.Type)
				object := m.object(t, mediaType)

				var got bytes.Buffer
				_, err := streamenc.Decrypt(&got, bytes.NewReader(object), m.MediaKey, mediaType, streamenc.ExpectHashes(m.FileEncSHA256, m.FileSHA256))
				require.NoError(t, err, "%s of %d bytes", m.Type, m.Length)
				require.True(t, bytes.Equal(plaintext(m.Length), got.Bytes()), "%s of %d bytes", m.Type, m.Length)
			}
		})
	}
}

func TestMediaIsReadByOtherLibrariesSidecars(t *testing.T) {
	sidecars := 0
	for _, library := range libraries {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			for _, m := range v.Media {
				if m.Sidecar == nil {
					continue
				}
				sidecars++
				object := m.object(t, mediaTypes[m.Type])
				read := func(object []byte) ([]byte, error) {
					plain, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), m.MediaKey, mediaTypes[m.Type], streamenc.VerifySidecar(m.Sidecar))
					if err != nil {
						return nil, err
					}
					return io.ReadAll(io.NewSectionReader(plain, 0, plain.Size()))
				}
				got, err := read(object)
				require.NoError(t, err, "%s of %d bytes", m.Type, m.Length)
				require.True(t, bytes.Equal(plaintext(m.Length), got), "%s of %d bytes", m.Type, m.Length)

				for _, at := range []int{0, len(object) / 2, len(object) - 11} { // of the ciphertext
					wrong := bytes.Clone(object)
					wrong[at] ^= 1
					_, err = read(wrong)
					require.Error(t, err, "%s of %d bytes with a wrong byte %d", m.Type, m.Length, at)
				}
			}
		})
	}
	require.GreaterOrEqual(t, sidecars, 40)
}

func TestFirstFrameSidecarsAreTheSameAsOurs(t *testing.T) {
	v := load(t, "zapo")
	require.Len(t, v.Animated, 3)
	for _, theirs := range v.Animated {
		_, ours, err := streamenc.EncryptBytes(theirs.WebP, wamediax.MediaSticker, streamenc.WithKey(theirs.MediaKey), streamenc.WithFirstFrameSidecar(true))
		require.NoError(t, err)
		require.Equal(t, theirs.FileEncSHA256, ours.FileEncSHA256)
		require.Equal(t, theirs.FirstFrameLength, ours.FirstFrameLength)
		require.Equal(t, theirs.FirstFrameSidecar, ours.FirstFrameSidecar)
	}
}

func TestReceiptsOfOtherLibrariesAreOpenedByThePhone(t *testing.T) {
	for _, library := range []string{"baileys"} {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			server := wamediaxtest.NewServer()
			t.Cleanup(server.Close)
			cli, err := server.NewClient(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, v.Receipts)
			for _, receipt := range v.Receipts {
				opened := make(chan error, 1)
				server.SetPhone(func(req *wamediaxtest.PhoneRequest) { opened <- req.Open(receipt.MediaKey) })
				//lint:ignore SA1019 there is no other way to send a stanza
				require.NoError(t, cli.DangerousInternals().SendNode(t.Context(), waBinary.Node{
					Tag:   "receipt",
					Attrs: waBinary.Attrs{"id": receipt.ID, "to": cli.Store.GetJID().ToNonAD(), "type": "server-error"},
					Content: []waBinary.Node{
						{Tag: "encrypt", Content: []waBinary.Node{{Tag: "enc_p", Content: receipt.EncP}, {Tag: "enc_iv", Content: receipt.EncIV}}},
						{Tag: "rmr", Attrs: waBinary.Attrs{"jid": person, "from_me": false}},
					},
				}))
				require.NoError(t, <-opened)
			}
		})
	}
}

var person = types.NewJID("15550001234", types.DefaultUserServer)

func TestAnswersOfOtherLibrariesAreOpened(t *testing.T) {
	v := load(t, "baileys")
	require.Len(t, v.Notifications, 2)
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	requester := retry.New(cli)
	t.Cleanup(requester.Close)
	for _, answer := range v.Notifications {
		server.SetPhone(func(req *wamediaxtest.PhoneRequest) {
			_ = req.Answer(wamediaxtest.PhoneAnswer{
				MediaKey: answer.MediaKey, Result: waMmsRetry.MediaRetryNotification_GENERAL_ERROR,
				Encrypted: func([]byte, []byte) ([]byte, []byte) { return answer.EncP, answer.EncIV },
			})
		})
		got, err := requester.Request(t.Context(), retry.Request{MessageID: answer.ID, Chat: person, MediaKey: answer.MediaKey})
		require.NoError(t, err)
		require.Equal(t, retry.Result{Status: retry.Status(answer.Result), DirectPath: answer.DirectPath}, got)
	}
}
