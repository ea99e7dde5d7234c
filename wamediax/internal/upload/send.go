package upload

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// send gets an object onto the CDN.
func (p *Pipeline) send(ctx context.Context, job Job, obj *object, reports *reporter) (resume.Response, error) {
	size := obj.body.Size()
	resp, err := p.uploader(job).Upload(ctx, resume.Object{
		Path:      job.Dest.path,
		Token:     resume.Token(obj.token()),
		Body:      obj.body,
		MayExist:  obj.mayExist,
		Probe:     obj.recalled || obj.mayExist && !job.AsWhatsmeow,
		Naming:    job.Dest.naming,
		Thumbnail: job.Dest.thumbnail && !job.AsWhatsmeow,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				p.Client.Log.Warnf("Upload goes on with attempt %d at byte %d of %d on %s after: %v", a.Number, a.Offset, size, a.Host, a.After)
			}
			reports.attempt(a, size)
		},
	}, reports.sending())
	if errors.Is(err, resume.ErrChanged) { // where nothing is encrypted only the host can tell
		err = fmt.Errorf("%w: %w", streamenc.ErrSourceChanged, err)
	}
	return resp, err
}

// uploader sends to the hosts that take job's kind of media.
func (p *Pipeline) uploader(job Job) *resume.Uploader {
	opts := append([]resume.Option{resume.WithHTTPClient(p.HTTP())}, job.Transfer...)
	return resume.NewUploader(hosts{p.Conns, job.Dest}, opts...)
}
