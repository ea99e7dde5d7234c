// Package records makes records for the tests of stores.
package records

import (
	"bytes"
	"fmt"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Full returns a record with every field set, except those that Save sets.
func Full() *resume.Record {
	at := time.UnixMilli(time.Now().UnixMilli()).UTC()
	return &resume.Record{
		Account:           "491700000000",
		MediaType:         "WhatsApp Video Keys",
		Path:              "/mms/video",
		Host:              "one.cdn.test",
		Source:            []byte{0, 1, 2, 0xff, '\n'},
		MediaKey:          resume.SecretOf(bytes.Repeat([]byte{0xab}, 32)),
		MediaKeyTimestamp: at.Add(-time.Minute),
		FileSHA256:        bytes.Repeat([]byte{1}, 32),
		FileEncSHA256:     bytes.Repeat([]byte{2}, 32),
		FileLength:        5 << 30,
		Sidecar:           []byte{3, 4, 5},
		Mimetype:          "video/mp4",
		Note:              []byte(`{"width":640}`),
		Sealed:            resume.SecretOf(bytes.Repeat([]byte{0xcd}, 1000)),
		Response: &resume.Response{
			URL: "https://cdn.test/v/x?a=1&b=<2>", DirectPath: "/v/x", Handle: "handle", ObjectID: "id",
			ThumbnailDirectPath: "/v/t", ThumbnailSHA256: bytes.Repeat([]byte{4}, 32), MetadataURL: "https://cdn.test/m",
		},
		Created: at.Add(-time.Hour),
		Expires: at.Add(time.Hour),
	}
}

// Uniform returns a record with n in every field, so that CheckUniform can detect a mixture of two.
func Uniform(n byte) *resume.Record {
	return &resume.Record{
		MediaKey: resume.SecretOf(bytes.Repeat([]byte{n}, 32)), Sealed: resume.SecretOf(bytes.Repeat([]byte{n}, 1000*int(n))),
		FileLength: int64(n),
	}
}

// CheckUniform returns an error if rec is not a record from Uniform.
func CheckUniform(rec *resume.Record) error {
	want := Uniform(byte(rec.FileLength))
	if !bytes.Equal(want.MediaKey.Bytes(), rec.MediaKey.Bytes()) || !bytes.Equal(want.Sealed.Bytes(), rec.Sealed.Bytes()) {
		return fmt.Errorf("record %d is a mixture of two records", rec.FileLength)
	}
	return nil
}
