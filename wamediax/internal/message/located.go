package message

import (
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waMediaTransport"
)

// Located is media as whatsmeow's own downloads know it: a path, a key and hashes, but no length.
// It is a [whatsmeow.DownloadableMessage].
type Located struct {
	DirectPath             string
	EncSHA256, SHA256, Key []byte
	MediaType              whatsmeow.MediaType
	MMSType                string // the type's name in URLs; "" for the usual one
	AllowNoHash            bool   // accept media without any hash
}

// Locate returns the fields of msg that whatsmeow's own downloads read. It leaves out the length,
// which is not checked there. The error is [whatsmeow.ErrUnknownMediaType] or
// [whatsmeow.ErrNoURLPresent].
func Locate(msg whatsmeow.DownloadableMessage) (*Located, error) {
	mediaType := whatsmeow.GetMediaType(msg)
	switch {
	case mediaType == "":
		return nil, fmt.Errorf("%w %T", whatsmeow.ErrUnknownMediaType, msg)
	case msg.GetDirectPath() == "":
		return nil, whatsmeow.ErrNoURLPresent
	}
	return &Located{
		DirectPath: msg.GetDirectPath(), EncSHA256: msg.GetFileEncSHA256(), SHA256: msg.GetFileSHA256(),
		Key: msg.GetMediaKey(), MediaType: mediaType,
	}, nil
}

// LocateIntegral returns the media that transport, of a Messenger message, describes.
func LocateIntegral(transport *waMediaTransport.WAMediaTransport_Integral, mediaType whatsmeow.MediaType) *Located {
	return &Located{
		DirectPath: transport.GetDirectPath(), EncSHA256: transport.GetFileEncSHA256(), SHA256: transport.GetFileSHA256(),
		Key: transport.GetMediaKey(), MediaType: mediaType,
	}
}

func (m *Located) GetDirectPath() string             { return m.DirectPath }
func (m *Located) GetMediaKey() []byte               { return m.Key }
func (m *Located) GetFileSHA256() []byte             { return m.SHA256 }
func (m *Located) GetFileEncSHA256() []byte          { return m.EncSHA256 }
func (m *Located) GetMediaType() whatsmeow.MediaType { return m.MediaType }
func (m *Located) GetMMSType() string                { return m.MMSType }
