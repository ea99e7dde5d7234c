package wamediax

import (
	"bytes"
	"context"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// Upload is a drop-in for [whatsmeow.Client.Upload]. plaintext is only read, its spare capacity is not touched.
func (c *Client) Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(plaintext), appInfo, nil)
}

// UploadReader is a drop-in for [whatsmeow.Client.UploadReader].
//
// With a nil tempFile it is [Client.UploadMedia]: a file is read in place, a plain stream is spooled. A tempFile is used
// as whatsmeow uses it: the encrypted object is written there, from the beginning if it has WriteAt and from its position
// otherwise, sent from there, and stays. The same file may be given as both; then it is overwritten. Either way the
// caller's files stay open.
func (c *Client) UploadReader(ctx context.Context, plaintext io.Reader, tempFile io.ReadWriteSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	if tempFile == nil {
		return c.dropIn(ctx, plaintext, appInfo, nil)
	}
	scratch, err := source.ScratchOn(tempFile)
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	return c.dropIn(ctx, plaintext, appInfo, scratch)
}

// UploadNewsletter is a drop-in for [whatsmeow.Client.UploadNewsletter]: nothing is encrypted.
func (c *Client) UploadNewsletter(ctx context.Context, data []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(data), appInfo, nil, ForNewsletter())
}

// UploadNewsletterReader is a drop-in for [whatsmeow.Client.UploadNewsletterReader]: nothing is encrypted. data is read
// from its position on and stays open.
func (c *Client) UploadNewsletterReader(ctx context.Context, data io.ReadSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	if isNil(data) {
		return whatsmeow.UploadResponse{}, errNilSource
	}
	var src io.Reader = data
	if _, ok := source.InPlace(data); !ok && !source.IsFile(data) {
		section, err := source.Seeked(data)
		if err != nil {
			return whatsmeow.UploadResponse{}, err
		}
		src = section
	}
	return c.dropIn(ctx, src, appInfo, nil, ForNewsletter())
}

func (c *Client) dropIn(ctx context.Context, src io.Reader, appInfo whatsmeow.MediaType, scratch source.Scratch, opts ...UploadOption) (whatsmeow.UploadResponse, error) {
	job, err := c.job(src, appInfo, append(opts, WithSidecar(false))) // the response has no field for it
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	job.Scratch = scratch
	result, err := c.run(ctx, job)
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	return uploadedFrom(result).UploadResponse, nil
}
