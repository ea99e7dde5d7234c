package command

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// contents have the first bytes of their formats.
func contents(t *testing.T) map[string][]byte {
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 200))))
	more := bytes.Repeat([]byte("wamediax"), 30_000)
	return map[string][]byte{
		"picture.png": picture.Bytes(),
		"film.mp4":    append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), more...),
		"song.mp3":    append([]byte("\xff\xfb\x90\x00"), more...),
		"report.pdf":  append([]byte("%PDF-1.7\n"), more...),
		"lie.png":     append([]byte("%PDF-1.7\n"), more[1:]...),
		"moving.gif":  append([]byte("GIF89a"), more...),
		"1.txt":       []byte("1"),
	}
}

func TestContentDecidesTheKindOfMessage(t *testing.T) {
	s := newStage(t)
	s.start()
	for name, content := range contents(t) {
		s.write("some files/"+name, content)
		msg, data := s.ann.media("!send some files/" + name)
		require.Equal(t, content, data, name)
		switch name {
		case "picture.png":
			require.Equal(t, "image/png", msg.GetImageMessage().GetMimetype())
			require.EqualValues(t, 300, msg.GetImageMessage().GetWidth())
			require.NotEmpty(t, msg.GetImageMessage().GetJPEGThumbnail(), "it has a preview")
			require.NotEmpty(t, msg.GetImageMessage().GetContextInfo().GetStanzaID(), "it is a reply")
		case "film.mp4":
			require.NotEmpty(t, msg.GetVideoMessage().GetStreamingSidecar())
		case "song.mp3":
			require.Equal(t, "audio/mpeg", msg.GetAudioMessage().GetMimetype())
		default:
			require.Equal(t, name, msg.GetDocumentMessage().GetFileName(), name)
		}
	}
}

func TestURLsAreSentWithoutBeingStored(t *testing.T) {
	s := newStage(t)
	s.start()
	for name, content := range contents(t) {
		base := serve(t, name, content)
		msg, data := s.ann.media("!send " + base + "/" + name + "?token=x")
		require.Equal(t, content, data, name)
		if doc := msg.GetDocumentMessage(); doc != nil {
			require.Equal(t, name, doc.GetFileName())
		}
	}
	left, err := os.ReadDir(s.path())
	require.NoError(t, err)
	require.Empty(t, left)
	require.Contains(t, s.ann.asks("!status"), " 0 failed")
}

func serve(t *testing.T, name string, content []byte) (base string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	return newSource(t, mux)
}

func TestChatShowsWhyAFileCannotBeSent(t *testing.T) {
	s := newStage(t)
	r := s.start(func(cfg *Config) { cfg.Media.Max = 500_000 })
	base, port := source(t)
	s.write("a.txt", []byte("a"))
	s.write(".hidden", []byte("a"))
	s.write("empty", nil)
	require.NoError(t, os.WriteFile(filepath.Join(s.base, "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.Symlink("../secret", s.path("out")))
	s.write("large", make([]byte, 500_001))
	for command, want := range map[string]string{
		"!send":                       "Send what? Use !send PATH or !send URL.",
		"!send nothing.txt":           "There is no nothing.txt.",
		"!send ../secret":             "Only files in the bot's media folder can be used.",
		"!send " + s.base + "/secret": "Only files in the bot's media folder can be used.",
		"!send out":                   "out cannot be opened.",
		"!send .hidden":               "Hidden files cannot be used.",
		"!send .":                     ". is not a regular file.",
		"!send empty":                 "empty is empty.",
		"!send large":                 "It is larger than the limit of 488 KiB.",
		"!send file:///etc/passwd":    "Only http:// and https:// URLs without a user name or password can be used.",
		"!send http://me:secret@127.0.0.1:" + port + "/named":                           "Only http:// and https:// URLs without a user name or password can be used.",
		"!send http://127.0.0.2:" + port + "/named":                                     "That URL leads to an address that is not public.",
		"!send " + base + "/to?u=" + url.QueryEscape("http://127.0.0.2:"+port+"/named"): "That URL leads to an address that is not public.",
		"!send " + base + "/declared":                                                   "It is larger than the limit of 488 KiB.",
		"!send " + base + "/endless":                                                    "It is larger than the limit of 488 KiB.",
		"!send " + base + "/half":                                                       "The server closed the connection too early.",
		"!send " + base + "/round":                                                      "The URL has too many redirects.",
		"!send http://no-such-host.invalid/":                                            "There is no such host.",
		"!send " + base + "/empty":                                                      "It is empty.",
		"!send " + base + "/gone?token=very-secret":                                     "The server at 127.0.0.1 answered: Not Found.",
	} {
		require.Equal(t, want, s.ann.asks(command), command)
	}
	for _, object := range s.srv.Objects() {
		require.False(t, object.Complete, "no complete object was uploaded")
	}
	require.NotContains(t, r.logs.String(), "very-secret")
	r.stop()
}

func TestBotDoesNotFetchLocalURLsByDefault(t *testing.T) {
	s := newStage(t)
	s.start(func(cfg *Config) { cfg.Web = safehttp.New() })
	base, _ := source(t)
	require.Equal(t, "That URL leads to an address that is not public.", s.ann.asks("!send http://localhost/"))
	require.Equal(t, "That URL leads to an address that is not public.", s.ann.asks("!send http://127.0.0.1/"))
	require.Equal(t, "Only ports 80 and 443 can be used.", s.ann.asks("!send "+base+"/named"))
}
