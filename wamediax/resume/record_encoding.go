package resume

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// recordHeader starts every encoded record and names the version of the encoding. It is followed by
// the hex SHA-256 of the rest, a line feed, and the rest: a storedRecord as JSON.
const recordHeader = "wamediax upload record 1 sha256:"

// MaxRecordSize limits an encoded record, in bytes. It is enough for 30 GiB of video with sidecar.
const MaxRecordSize = 8 << 20

// errBroken means that data is not a record, or has an unknown version. Its text contains none of
// the data.
var errBroken = errors.New("record is broken")

// storedRecord is the stored form of a Record. Existing names and meanings must not change; new
// ones may be added. Times are in milliseconds since 1970.
type storedRecord struct {
	Account           string          `json:"account"`
	MediaType         string          `json:"media_type"`
	Path              string          `json:"path"`
	Host              string          `json:"host,omitempty"`
	Source            []byte          `json:"source"`
	MediaKey          []byte          `json:"media_key"`
	MediaKeyTimestamp int64           `json:"media_key_timestamp"`
	FileSHA256        []byte          `json:"file_sha256"`
	FileEncSHA256     []byte          `json:"file_enc_sha256"`
	FileLength        int64           `json:"file_length"`
	Sidecar           []byte          `json:"sidecar"`
	Mimetype          string          `json:"mimetype"`
	Note              []byte          `json:"note"`
	Sealed            []byte          `json:"sealed"`
	Response          *storedResponse `json:"response"`
	Created           int64           `json:"created"`
	Updated           int64           `json:"updated"`
	Expires           int64           `json:"expires"`
}

type storedResponse struct {
	URL        string `json:"url"`
	DirectPath string `json:"direct_path"`
	Handle     string `json:"handle"`
	ObjectID   string `json:"object_id"`

	ThumbnailDirectPath string `json:"thumbnail_direct_path,omitempty"`
	ThumbnailSHA256     []byte `json:"thumbnail_sha256,omitempty"`
	MetadataURL         string `json:"metadata_url,omitempty"`
}

// MarshalBinary encodes the record for storage, with a checksum. Unlike the record's JSON, the
// encoding contains all fields, including secrets. It fails if the encoding exceeds
// [MaxRecordSize], or if a string is not valid UTF-8.
func (rec *Record) MarshalBinary() ([]byte, error) {
	stored := storedRecord{
		Account:           rec.Account,
		MediaType:         rec.MediaType,
		Path:              rec.Path,
		Host:              rec.Host,
		Source:            rec.Source,
		MediaKey:          rec.MediaKey.Bytes(),
		MediaKeyTimestamp: rec.MediaKeyTimestamp.UnixMilli(),
		FileSHA256:        rec.FileSHA256,
		FileEncSHA256:     rec.FileEncSHA256,
		FileLength:        rec.FileLength,
		Sidecar:           rec.Sidecar,
		Mimetype:          rec.Mimetype,
		Note:              rec.Note,
		Sealed:            rec.Sealed.Bytes(),
		Created:           rec.Created.UnixMilli(),
		Updated:           rec.Updated.UnixMilli(),
		Expires:           rec.Expires.UnixMilli(),
	}
	texts := []string{rec.Account, rec.MediaType, rec.Path, rec.Host, rec.Mimetype}
	if resp := rec.Response; resp != nil {
		stored.Response = &storedResponse{
			URL: resp.URL, DirectPath: resp.DirectPath, Handle: resp.Handle, ObjectID: resp.ObjectID,
			ThumbnailDirectPath: resp.ThumbnailDirectPath, ThumbnailSHA256: resp.ThumbnailSHA256, MetadataURL: resp.MetadataURL,
		}
		texts = append(texts, resp.URL, resp.DirectPath, resp.Handle, resp.ObjectID, resp.ThumbnailDirectPath, resp.MetadataURL)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return nil, errors.New("record has a string that is not valid UTF-8")
		}
	}
	body, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("failed to encode record: %w", err)
	}
	data := withChecksum(body)
	if len(data) > MaxRecordSize {
		return nil, fmt.Errorf("record is %d bytes, limit is %d", len(data), MaxRecordSize)
	}
	return data, nil
}

func withChecksum(body []byte) []byte {
	sum := sha256.Sum256(body)
	data := make([]byte, 0, len(recordHeader)+hex.EncodedLen(len(sum))+1+len(body))
	data = append(data, recordHeader...)
	data = hex.AppendEncode(data, sum[:])
	data = append(data, '\n')
	return append(data, body...)
}

// UnmarshalBinary decodes the result of [Record.MarshalBinary], also of earlier versions. It
// detects any changed bit, and does not modify rec if it fails. It keeps no reference to data.
func (rec *Record) UnmarshalBinary(data []byte) error {
	_, body, _ := bytes.Cut(data, []byte("\n"))
	if len(data) > MaxRecordSize || !bytes.Equal(data, withChecksum(body)) {
		return errBroken
	}
	var stored storedRecord
	if json.Unmarshal(body, &stored) != nil {
		return errBroken
	}
	*rec = Record{
		Account:           stored.Account,
		MediaType:         stored.MediaType,
		Path:              stored.Path,
		Host:              stored.Host,
		Source:            stored.Source,
		MediaKey:          SecretOf(stored.MediaKey),
		MediaKeyTimestamp: time.UnixMilli(stored.MediaKeyTimestamp).UTC(),
		FileSHA256:        stored.FileSHA256,
		FileEncSHA256:     stored.FileEncSHA256,
		FileLength:        stored.FileLength,
		Sidecar:           stored.Sidecar,
		Mimetype:          stored.Mimetype,
		Note:              stored.Note,
		Sealed:            SecretOf(stored.Sealed),
		Created:           time.UnixMilli(stored.Created).UTC(),
		Updated:           time.UnixMilli(stored.Updated).UTC(),
		Expires:           time.UnixMilli(stored.Expires).UTC(),
	}
	if resp := stored.Response; resp != nil {
		rec.Response = &Response{
			URL: resp.URL, DirectPath: resp.DirectPath, Handle: resp.Handle, ObjectID: resp.ObjectID,
			ThumbnailDirectPath: resp.ThumbnailDirectPath, ThumbnailSHA256: resp.ThumbnailSHA256, MetadataURL: resp.MetadataURL,
		}
	}
	return nil
}
