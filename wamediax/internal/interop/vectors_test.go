package interop_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
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
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// vectors are the test vectors of one library.
type vectors struct {
	Library       string
	Media         []media
	Keys          []keys
	Animated      []animated
	Receipts      []receipt
	Notifications []notification
	Packs         []pack
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

// keys are what a media key expands to.
type keys struct {
	Type      string
	MediaKey  []byte
	IV        []byte
	CipherKey []byte
	MACKey    []byte
}

// receipt asks a phone for media. Baileys' vector is only the encrypted part.
type receipt struct {
	ID       string
	MediaKey []byte
	EncP     []byte
	EncIV    []byte

	Stanza      []byte // in WhatsApp's binary format
	Chat        string // empty for a blob of history
	Participant string
	FromMe      bool
}

// notification is the encrypted part of a phone's answer.
type notification struct {
	ID         string
	MediaKey   []byte
	EncP       []byte
	EncIV      []byte
	Result     int
	DirectPath string
}

// pack is a sticker pack: its message, the two objects of the message, and what is in them.
type pack struct {
	Message         []byte
	Object          []byte
	ThumbnailObject []byte

	ID, Name, Publisher, Description, Caption string

	Stickers  []stickerpack.Sticker
	TrayIcon  []byte
	Thumbnail []byte
}

// libraries are the files in testdata.
var libraries = []string{"zapo", "baileys", "whatsapp-rust"}

func load(t *testing.T, library string) (v vectors) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", library+".json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	require.NotEmpty(t, v.Media)
	return v
}

// plaintext returns the bytes that the programs in make encrypt: SHA-256 of 0, 1, 2, … as four bytes.
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

// node returns the receipt's stanza, addressed to an account.
func (r receipt) node(t *testing.T, to types.JID) waBinary.Node {
	t.Helper()
	if r.Stanza == nil {
		return waBinary.Node{
			Tag:   "receipt",
			Attrs: waBinary.Attrs{"id": r.ID, "to": to, "type": "server-error"},
			Content: []waBinary.Node{
				{Tag: "encrypt", Content: []waBinary.Node{{Tag: "enc_p", Content: r.EncP}, {Tag: "enc_iv", Content: r.EncIV}}},
				{Tag: "rmr", Attrs: waBinary.Attrs{"jid": person, "from_me": false}},
			},
		}
	}
	data, err := waBinary.Unpack(r.Stanza)
	require.NoError(t, err)
	node, err := waBinary.Unmarshal(data)
	require.NoError(t, err)
	node.Attrs["to"] = to
	return *node
}

func TestReceiptsOfOtherLibrariesAreOpenedByThePhone(t *testing.T) {
	for _, library := range []string{"baileys", "whatsapp-rust"} {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			server, cli := connect(t)
			require.NotEmpty(t, v.Receipts)
			for _, receipt := range v.Receipts {
				requests := make(chan *wamediaxtest.PhoneRequest, 1)
				server.SetPhone(func(req *wamediaxtest.PhoneRequest) { requests <- req })
				//lint:ignore SA1019 there is no other way to send a stanza
				require.NoError(t, cli.DangerousInternals().SendNode(t.Context(), receipt.node(t, cli.Store.GetJID().ToNonAD())))
				request := <-requests
				require.NoError(t, request.Open(receipt.MediaKey))
				require.Equal(t, receipt.ID, request.MessageID)
			}
		})
	}
}

// Only the ciphertext may differ: its initialization vector is random.
func TestOurReceiptsAreTheSameAsTheirs(t *testing.T) {
	v := load(t, "whatsapp-rust")
	require.Len(t, v.Receipts, 3)
	server, cli := connect(t)
	requester := retry.New(cli)
	t.Cleanup(requester.Close)
	for _, theirs := range v.Receipts {
		sent := make(chan waBinary.Node, 1)
		server.SetPhone(func(req *wamediaxtest.PhoneRequest) {
			sent <- req.Node
			_ = req.Answer(wamediaxtest.PhoneAnswer{Error: int(retry.NotFound)})
		})
		if theirs.Chat == "" {
			_, err := requester.RequestHistory(t.Context(), theirs.ID, &waE2E.HistorySyncNotification{MediaKey: theirs.MediaKey})
			require.NoError(t, err)
		} else {
			_, err := requester.Request(t.Context(), retry.Request{
				MessageID: theirs.ID, Chat: jid(t, theirs.Chat), Participant: jid(t, theirs.Participant), FromMe: theirs.FromMe, MediaKey: theirs.MediaKey,
			})
			require.NoError(t, err)
		}
		require.Equal(t, withoutContent(theirs.node(t, cli.Store.GetJID().ToNonAD())), withoutContent(<-sent))
	}
}

func jid(t *testing.T, text string) types.JID {
	t.Helper()
	if text == "" {
		return types.EmptyJID
	}
	parsed, err := types.ParseJID(text)
	require.NoError(t, err)
	return parsed
}

// withoutContent returns a copy of node in which bytes have only their length.
func withoutContent(node waBinary.Node) waBinary.Node {
	switch content := node.Content.(type) {
	case []byte:
		node.Content = len(content)
	case []waBinary.Node:
		children := make([]waBinary.Node, len(content))
		for i, child := range content {
			children[i] = withoutContent(child)
		}
		node.Content = children
	}
	return node
}

var person = types.NewJID("15550001234", types.DefaultUserServer)

// connect returns a service and a client of it.
func connect(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return server, cli
}

func TestAnswersOfOtherLibrariesAreOpened(t *testing.T) {
	for _, library := range []string{"baileys", "whatsapp-rust"} {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			require.Len(t, v.Notifications, 2)
			server, cli := connect(t)
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
		})
	}
}

func TestPacksOfOtherLibrariesAreOpened(t *testing.T) {
	v := load(t, "whatsapp-rust")
	require.Len(t, v.Packs, 1)
	server, cli := connect(t)
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))
	for _, theirs := range v.Packs {
		var whole waE2E.Message
		require.NoError(t, proto.Unmarshal(theirs.Message, &whole))
		msg := whole.GetStickerPackMessage()
		require.NotNil(t, msg)
		msg.DirectPath = new(server.Put("sticker-pack", theirs.Object))
		msg.ThumbnailDirectPath = new(server.Put("thumbnail-sticker-pack", theirs.ThumbnailObject))

		got, err := stickerpack.Download(t.Context(), client, msg)
		require.NoError(t, err)
		require.Equal(t, &stickerpack.Pack{
			ID: theirs.ID, Name: theirs.Name, Publisher: theirs.Publisher, Description: theirs.Description, Caption: theirs.Caption,
			Stickers: theirs.Stickers, TrayIcon: theirs.TrayIcon,
		}, got)
		require.NoError(t, got.Validate())
		thumbnail, err := stickerpack.DownloadThumbnail(t.Context(), client, msg)
		require.NoError(t, err)
		require.Equal(t, theirs.Thumbnail, thumbnail)
	}
}
