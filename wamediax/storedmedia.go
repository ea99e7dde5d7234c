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

// StoredMedia is all that is needed to download media, apart from the message that it was in, for a database: some 400
// bytes of JSON, and 14 more per 64 KiB of a video with a sidecar. It is a [whatsmeow.DownloadableMessage] that whatsmeow,
// each Download method of a [Client] and package fetch take, by value. [StoredMediaOf] makes one of any message.
//
// If a download brought media back from the phone, keep its new path:
//
//	if got.Reuploaded {
//		stored.DirectPath = got.DirectPath
//	}
//
// Its JSON CONTAINS THE MEDIA KEY, which together with the path gives the media to everyone: treat the JSON like the media
// itself, and do not give a StoredMedia to a logger that marshals values as JSON. Package fmt does not show the key, whatever
// the verb, and neither does log/slog, unless it marshals a struct that has a StoredMedia in it.
//
// To make one of database columns, fill in a message such as a waE2E.VideoMessage and give that to StoredMediaOf.
type StoredMedia struct {
	// DirectPath is where the media is on the hosts. It begins with a slash.
	DirectPath string `json:"direct_path,omitempty"`
	// FileSHA256 is of the plaintext, FileEncSHA256 of the encrypted object. Each has 32 bytes, or is empty if unknown.
	FileSHA256    []byte `json:"file_sha256,omitempty"`
	FileEncSHA256 []byte `json:"file_enc_sha256,omitempty"`
	// FileLength is in bytes of plaintext. 0: unknown.
	FileLength int64 `json:"file_length,omitempty"`
	// MediaType is what keys are derived with, such as [whatsmeow.MediaVideo].
	MediaType whatsmeow.MediaType `json:"media_type,omitempty"`
	// MMSType is the type's name in URLs if it is not the usual one for MediaType.
	MMSType string `json:"mms_type,omitempty"`
	// Mimetype and FileName are the sender's word. FileName is not safe as a path.
	Mimetype string `json:"mimetype,omitempty"`
	FileName string `json:"file_name,omitempty"`
	// StreamingSidecar is what [Client.OpenMedia] verifies parts with: 10 bytes per 64 KiB of video or audio.
	StreamingSidecar []byte `json:"streaming_sidecar,omitempty"`

	mediaKey resume.Secret // zero if the media is not encrypted, as in newsletters
}

var _ interface {
	whatsmeow.DownloadableMessage
	whatsmeow.MediaTypeable
	slog.LogValuer
	fmt.Formatter
} = StoredMedia{}

// StoredMediaOf returns what is to be kept of msg, such as [MediaIn] returns. It copies what it takes. Errors to test for:
// [whatsmeow.ErrUnknownMediaType] (msg is nil or of no type that can be downloaded), [whatsmeow.ErrNoURLPresent] (msg has
// neither a direct path nor a media key, by which the phone could give one) and [streamenc.ErrKeySize]. Hashes and strings
// that cannot be stored as they are, which no honest sender sends, are errors too.
func StoredMediaOf(msg whatsmeow.DownloadableMessage) (StoredMedia, error) {
	if msg == nil {
		return StoredMedia{}, fmt.Errorf("failed to store media: %w: no message was given", whatsmeow.ErrUnknownMediaType)
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
		s.FileLength = int64(msg.GetFileLength()) // larger is as good as unknown
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

// check returns what is wrong with s. Its text shows nothing secret.
func (s StoredMedia) check() error {
	for _, hash := range []struct {
		name  string
		value []byte
	}{{"fileSHA256", s.FileSHA256}, {"fileEncSHA256", s.FileEncSHA256}} {
		if len(hash.value) != 0 && len(hash.value) != 32 {
			return fmt.Errorf("%s has %d bytes, not 32", hash.name, len(hash.value))
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

// storedJSON is how StoredMedia is marshalled.
type storedJSON struct {
	storedFields
	MediaKey []byte `json:"media_key,omitempty"`
}

// storedFields is StoredMedia without its methods.
type storedFields StoredMedia

// MarshalJSON returns all of s, THE MEDIA KEY INCLUDED, without what is empty. A value that could not be read back is an error.
func (s StoredMedia) MarshalJSON() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("failed to store media: %w", err)
	}
	return json.Marshal(storedJSON{storedFields(s), s.GetMediaKey()})
}

// UnmarshalJSON reads what [StoredMedia.MarshalJSON] returned. Names that it does not know are ignored. Values that no media
// can have are errors, such as a key that has not 32 bytes ([streamenc.ErrKeySize]) or an unknown media type
// ([whatsmeow.ErrUnknownMediaType]); s is then as it was.
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
	if string(data) != "null" { // which changes nothing, by convention
		*s = media
	}
	return nil
}

// Format keeps the media key out of what is printed, whatever the verb.
func (s StoredMedia) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.describe()) }

// LogValue keeps the media key out of logs.
func (s StoredMedia) LogValue() slog.Value { return slog.StringValue(s.describe()) }

func (s StoredMedia) describe() string {
	kind := s.MMSType
	if kind == "" {
		kind = mediatype.MMSType(s.MediaType)
	}
	return fmt.Sprintf("stored media (%q, %d bytes)", kind, s.FileLength)
}

// GetDirectPath returns s.DirectPath. This and the other Get methods are what downloads read media by.
func (s StoredMedia) GetDirectPath() string { return s.DirectPath }

// GetMediaKey returns the media key, which is secret: 32 bytes that must not be modified, or nil if the media is not encrypted.
func (s StoredMedia) GetMediaKey() []byte {
	return s.mediaKey.Bytes()
}

// GetFileSHA256 returns s.FileSHA256, not a copy.
func (s StoredMedia) GetFileSHA256() []byte { return s.FileSHA256 }

// GetFileEncSHA256 returns s.FileEncSHA256, not a copy.
func (s StoredMedia) GetFileEncSHA256() []byte { return s.FileEncSHA256 }

// GetFileLength returns s.FileLength, in bytes; 0 if it is negative.
func (s StoredMedia) GetFileLength() uint64 { return uint64(max(0, s.FileLength)) }

// GetMediaType returns s.MediaType. It makes s a [whatsmeow.MediaTypeable].
func (s StoredMedia) GetMediaType() whatsmeow.MediaType { return s.MediaType }

// GetMMSType returns s.MMSType.
func (s StoredMedia) GetMMSType() string { return s.MMSType }

// GetMimetype returns s.Mimetype.
func (s StoredMedia) GetMimetype() string { return s.Mimetype }

// GetFileName returns s.FileName, which is the sender's word and not safe as a path.
func (s StoredMedia) GetFileName() string { return s.FileName }

// GetStreamingSidecar returns s.StreamingSidecar, not a copy.
func (s StoredMedia) GetStreamingSidecar() []byte { return s.StreamingSidecar }
