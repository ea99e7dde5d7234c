package wamediax

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"unicode/utf8"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// StoredMedia is all that is needed to download media without its message, for storage in a
// database. As JSON it takes about 400 bytes, plus 14 bytes per 64 KiB for a video with a sidecar.
// It is a [whatsmeow.DownloadableMessage]: pass it by value to whatsmeow, to the Download methods
// of [Client] or to package fetch. [StoredMediaOf] makes one from a message.
//
// If a download got a new path from the phone, store that path:
//
//	if got.Reuploaded {
//		stored.DirectPath = got.DirectPath
//	}
//
// The JSON CONTAINS THE MEDIA KEY. Anyone with the key and the path can read the media, so protect
// the JSON like the media itself, and do not pass a StoredMedia to a logger that marshals values as
// JSON. Package fmt never prints the key. Neither does log/slog, unless it marshals a struct that
// contains a StoredMedia.
//
// To make one from database columns, fill in a message such as a waE2E.VideoMessage and pass it to
// StoredMediaOf.
type StoredMedia struct {
	// DirectPath is the path of the media on the hosts. It begins with a slash.
	DirectPath string `json:"direct_path,omitempty"`
	// FileSHA256 is the hash of the plaintext, FileEncSHA256 that of the encrypted object: 32
	// bytes, or empty if unknown.
	FileSHA256    []byte `json:"file_sha256,omitempty"`
	FileEncSHA256 []byte `json:"file_enc_sha256,omitempty"`
	// FileLength is the length of the plaintext in bytes, or 0 if unknown.
	FileLength int64 `json:"file_length,omitempty"`
	// MediaType determines how keys are derived. Example: [whatsmeow.MediaVideo].
	MediaType whatsmeow.MediaType `json:"media_type,omitempty"`
	// MMSType is the name of the type in URLs, if it is not the usual one for MediaType.
	MMSType string `json:"mms_type,omitempty"`
	// Mimetype and FileName are untrusted values from the sender. Do not use FileName as a path.
	Mimetype string `json:"mimetype,omitempty"`
	FileName string `json:"file_name,omitempty"`
	// StreamingSidecar lets [Client.OpenMedia] verify parts: 10 bytes per 64 KiB of video or audio.
	StreamingSidecar []byte `json:"streaming_sidecar,omitempty"`

	mediaKey resume.Secret // zero if the media is not encrypted, as in channels
}

var _ interface {
	whatsmeow.DownloadableMessage
	whatsmeow.MediaTypeable
	slog.LogValuer
	fmt.Formatter
} = StoredMedia{}

// StoredMediaOf returns the data to store for msg, such as the result of [MediaIn]. It copies all
// slices. Errors to test for: [whatsmeow.ErrUnknownMediaType] if msg is nil or not downloadable,
// [whatsmeow.ErrNoURLPresent] if msg has neither a direct path nor a media key to ask the phone
// with, and [streamenc.ErrKeySize]. Hashes of a wrong length and invalid UTF-8 are errors too.
func StoredMediaOf(msg whatsmeow.DownloadableMessage) (StoredMedia, error) {
	if msg == nil {
		return StoredMedia{}, fmt.Errorf("failed to store media: %w: message is nil", whatsmeow.ErrUnknownMediaType)
	}
	s := StoredMedia{
		DirectPath:    msg.GetDirectPath(),
		FileSHA256:    bytes.Clone(msg.GetFileSHA256()),
		FileEncSHA256: bytes.Clone(msg.GetFileEncSHA256()),
		MediaType:     whatsmeow.GetMediaType(msg),
	}
	if msg, ok := msg.(interface{ GetMMSType() string }); ok {
		s.MMSType = msg.GetMMSType()
	}
	if msg, ok := msg.(interface{ GetFileLength() uint64 }); ok && msg.GetFileLength() <= math.MaxInt64 {
		s.FileLength = int64(msg.GetFileLength()) // a larger value is treated as unknown
	}
	if msg, ok := msg.(interface{ GetMimetype() string }); ok {
		s.Mimetype = msg.GetMimetype()
	}
	if msg, ok := msg.(interface{ GetFileName() string }); ok {
		s.FileName = msg.GetFileName()
	}
	if msg, ok := msg.(interface{ GetStreamingSidecar() []byte }); ok {
		s.StreamingSidecar = bytes.Clone(msg.GetStreamingSidecar())
	}
	err := s.setMediaKey(msg.GetMediaKey())
	if err == nil {
		err = s.check()
	}
	switch {
	case err != nil:
	case s.MediaType == "" && s.MMSType == "":
		err = fmt.Errorf("%w %T", whatsmeow.ErrUnknownMediaType, msg)
	case s.DirectPath == "" && s.mediaKey == resume.Secret{}:
		err = whatsmeow.ErrNoURLPresent
	}
	if err != nil {
		return StoredMedia{}, fmt.Errorf("failed to store media: %w", err)
	}
	return s, nil
}

func (s *StoredMedia) setMediaKey(key []byte) error {
	switch len(key) {
	case 0:
		s.mediaKey = resume.Secret{}
	case 32:
		s.mediaKey = resume.SecretOf(bytes.Clone(key))
	default:
		return fmt.Errorf("%w, got %d", streamenc.ErrKeySize, len(key))
	}
	return nil
}

// check returns what is wrong with s. The error contains no secrets.
func (s StoredMedia) check() error {
	for _, hash := range []struct {
		name  string
		value []byte
	}{{"fileSHA256", s.FileSHA256}, {"fileEncSHA256", s.FileEncSHA256}} {
		if len(hash.value) != 0 && len(hash.value) != 32 {
			return fmt.Errorf("%s is %d bytes, want 32", hash.name, len(hash.value))
		}
	}
	for _, text := range []struct{ name, value string }{
		{"direct path", s.DirectPath}, {"media type", string(s.MediaType)}, {"mms type", s.MMSType},
		{"MIME type", s.Mimetype}, {"file name", s.FileName},
	} {
		if !utf8.ValidString(text.value) {
			return fmt.Errorf("%s is not valid UTF-8", text.name)
		}
	}
	switch {
	case s.FileLength < 0:
		return fmt.Errorf("file length %d is negative", s.FileLength)
	case s.DirectPath != "" && !strings.HasPrefix(s.DirectPath, "/"):
		return errors.New("direct path does not begin with a slash")
	case s.MediaType != "" && mediatype.MMSType(s.MediaType) == "" && s.MMSType == "":
		return fmt.Errorf("%w %q", whatsmeow.ErrUnknownMediaType, string(s.MediaType))
	}
	return nil
}

// storedJSON is the JSON form of StoredMedia.
type storedJSON struct {
	storedFields
	MediaKey []byte `json:"media_key,omitempty"`
}

// storedFields is StoredMedia without its methods.
type storedFields StoredMedia

// MarshalJSON returns s, INCLUDING THE MEDIA KEY, without empty fields. It fails for values that
// UnmarshalJSON would reject.
func (s StoredMedia) MarshalJSON() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("failed to store media: %w", err)
	}
	return json.Marshal(storedJSON{storedFields(s), s.GetMediaKey()})
}

// UnmarshalJSON reads the result of [StoredMedia.MarshalJSON]. It ignores unknown names. Invalid
// values are errors, such as a key that is not 32 bytes ([streamenc.ErrKeySize]) or an unknown
// media type ([whatsmeow.ErrUnknownMediaType]). After an error s is unchanged.
func (s *StoredMedia) UnmarshalJSON(data []byte) error {
	var read storedJSON
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("failed to read stored media: %w", err)
	}
	media := StoredMedia(read.storedFields)
	err := media.setMediaKey(read.MediaKey)
	if err == nil {
		err = media.check()
	}
	if err != nil {
		return fmt.Errorf("failed to read stored media: %w", err)
	}
	if string(data) != "null" { // null changes nothing, by convention
		*s = media
	}
	return nil
}

// Format prints s without the media key, whatever the verb.
func (s StoredMedia) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.describe()) }

// LogValue returns s without the media key.
func (s StoredMedia) LogValue() slog.Value { return slog.StringValue(s.describe()) }

func (s StoredMedia) describe() string {
	kind := s.MMSType
	if kind == "" {
		kind = mediatype.MMSType(s.MediaType)
	}
	return fmt.Sprintf("stored media (%q, %d bytes)", kind, s.FileLength)
}

// GetDirectPath returns s.DirectPath.
func (s StoredMedia) GetDirectPath() string { return s.DirectPath }

// GetMediaKey returns the secret media key, or nil if the media is not encrypted. Do not modify it.
func (s StoredMedia) GetMediaKey() []byte {
	return s.mediaKey.Bytes()
}

// GetFileSHA256 returns s.FileSHA256 without copying it.
func (s StoredMedia) GetFileSHA256() []byte { return s.FileSHA256 }

// GetFileEncSHA256 returns s.FileEncSHA256 without copying it.
func (s StoredMedia) GetFileEncSHA256() []byte { return s.FileEncSHA256 }

// GetFileLength returns s.FileLength in bytes, or 0 if it is negative.
func (s StoredMedia) GetFileLength() uint64 { return uint64(max(0, s.FileLength)) }

// GetMediaType returns s.MediaType. It implements [whatsmeow.MediaTypeable].
func (s StoredMedia) GetMediaType() whatsmeow.MediaType { return s.MediaType }

// GetMMSType returns s.MMSType.
func (s StoredMedia) GetMMSType() string { return s.MMSType }

// GetMimetype returns s.Mimetype.
func (s StoredMedia) GetMimetype() string { return s.Mimetype }

// GetFileName returns s.FileName, an untrusted value from the sender. Do not use it as a path.
func (s StoredMedia) GetFileName() string { return s.FileName }

// GetStreamingSidecar returns s.StreamingSidecar without copying it.
func (s StoredMedia) GetStreamingSidecar() []byte { return s.StreamingSidecar }
