package upload

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// send uploads an object, starting with the given host unless it is "". tookMost, which may be nil,
// is called before the first byte leaves with the host that will receive it, and again when another
// host has received more.
func (p *Pipeline) send(ctx context.Context, job Job, obj *object, reports *reporter, host string, tookMost func(host string)) (resume.Response, error) {
	size := obj.body.Size()
	path, coarse := p.paths(job.Dest)
	most := &lead{tell: tookMost}
	resp, err := p.uploader(job, host).Upload(ctx, resume.Object{
		Path:       path,
		CoarsePath: coarse,
		Token:      resume.Token(obj.token()),
		Body:       obj.body,
		MayExist:   obj.mayExist,
		Probe:      obj.recalled || obj.mayExist && !job.AsWhatsmeow,
		Naming:     job.Dest.naming,
		Thumbnail:  job.Dest.thumbnail && !job.AsWhatsmeow,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				p.Client.Log.Warnf("Upload continues with attempt %d at byte %d of %d on %s after: %v", a.Number, a.Offset, size, a.Host, a.After)
			}
			most.attempt(a)
			reports.attempt(a, size)
		},
	}, most.watching(reports.sending()))
	if err == nil {
		p.learn(job.Dest, resp)
	}
	if errors.Is(err, resume.ErrChanged) { // without encryption, only the host can detect a change
		err = fmt.Errorf("%w: %w", streamenc.ErrSourceChanged, err)
	}
	return resp, err
}

// uploader returns an uploader to the hosts that accept job's media, starting with the given host.
func (p *Pipeline) uploader(job Job, host string) *resume.Uploader {
	opts := append([]resume.Option{resume.WithHTTPClient(p.HTTP())}, job.Transfer...)
	return resume.NewUploader(hosts{p.Conns, job.Dest, host}, opts...)
}

// paths returns the upload path for a destination, and the one to use if hosts do not have it.
func (p *Pipeline) paths(dest Destination) (path, coarse string) {
	if _, unknown := p.unknownPaths.Load(dest.finer); unknown || dest.finer == "" {
		return dest.path, ""
	}
	return dest.finer, dest.path
}

// learn records that hosts do not have a finer path, so that later uploads skip it.
func (p *Pipeline) learn(dest Destination, resp resume.Response) {
	if dest.finer != "" && resp.Path == dest.path {
		p.unknownPaths.Store(dest.finer, true)
	}
}
