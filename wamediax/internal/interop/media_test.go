package interop_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

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

// keys are what a media key expands to.
type keys struct {
	Type      string
	MediaKey  []byte
	IV        []byte
	CipherKey []byte
	MACKey    []byte
}

// plaintext returns the bytes that the programs in make encrypt: SHA-256 of 0, 1, 2, … as four
// bytes.
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
				_, ours, err := streamenc.EncryptBytes(plaintext(m.Length), mediaTypes[m.Type], streamenc.WithKey(m.MediaKey), streamenc.WithSidecar(true))
				require.NoError(t, err)
				require.Equal(t, library == "zapo", bytes.HasPrefix(ours.Sidecar, m.Sidecar), "whatsapp-rust leaves the IV out")
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
	require.GreaterOrEqual(t, sidecars, 80)
}

func TestOpenMediaReadsVideosOfOtherLibraries(t *testing.T) {
	for _, library := range libraries {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			server, cli := connect(t)
			client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
			long := 0
			for _, m := range v.Media {
				if m.Type != "video" {
					continue
				}
				object := m.object(t, whatsmeow.MediaVideo)
				msg := &waE2E.VideoMessage{
					MediaKey: m.MediaKey, FileSHA256: m.FileSHA256, FileEncSHA256: m.FileEncSHA256, FileLength: new(uint64(m.Length)),
					StreamingSidecar: m.Sidecar, DirectPath: new(server.Put("video", object)),
				}
				got, err := open(t, client, msg)
				require.NoError(t, err, "%d bytes", m.Length)
				require.True(t, bytes.Equal(plaintext(m.Length), got), "%d bytes", m.Length)
				if m.Sidecar == nil || m.Length <= 64<<10 {
					continue
				}
				long++
				msg.StreamingSidecar = bytes.Clone(m.Sidecar)
				msg.StreamingSidecar[len(m.Sidecar)-11] ^= 1 // of the entry before the last
				_, err = open(t, client, msg)
				require.ErrorIs(t, err, streamenc.ErrInvalidMAC, "%d bytes with a wrong sidecar", m.Length)
			}
			if library != "baileys" { // which makes no sidecars
				require.Positive(t, long)
			}
		})
	}
}

// open returns all bytes of msg, read by OpenMedia.
func open(t *testing.T, client *wamediax.Client, msg *waE2E.VideoMessage) ([]byte, error) {
	t.Helper()
	media, err := client.OpenMedia(t.Context(), msg)
	if err != nil {
		return nil, err
	}
	defer media.Close()
	return io.ReadAll(media)
}

func TestKeysOfOtherLibrariesOpenOurObjects(t *testing.T) {
	v := load(t, "whatsapp-rust")
	require.Len(t, v.Keys, 10)
	for _, theirs := range v.Keys {
		t.Run(theirs.Type, func(t *testing.T) {
			mediaType := mediaTypes[theirs.Type]
			require.NotEmpty(t, mediaType)
			plain := plaintext(64)
			object, info, err := streamenc.EncryptBytes(plain, mediaType, streamenc.WithKey(theirs.MediaKey))
			require.NoError(t, err)
			ciphertext, mac := object[:len(object)-10], object[len(object)-10:]
			sum := hmac.New(sha256.New, theirs.MACKey)
			sum.Write(theirs.IV)
			sum.Write(ciphertext)
			require.Equal(t, sum.Sum(nil)[:10], mac)
			block, err := aes.NewCipher(theirs.CipherKey)
			require.NoError(t, err)
			cipher.NewCBCDecrypter(block, theirs.IV).CryptBlocks(ciphertext, ciphertext)
			require.Equal(t, plain, ciphertext[:len(plain)])
			require.Equal(t, theirs.MediaKey, info.MediaKey)
		})
	}
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
