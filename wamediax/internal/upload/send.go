package upload

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// send gets an object onto the CDN. It begins with the host of that name, if there is one. tookMost is called before the first
// byte leaves, with the host that is about to get it, and again when another host has taken more than that one; it may be nil.
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
				p.Client.Log.Warnf("Upload goes on with attempt %d at byte %d of %d on %s after: %v", a.Number, a.Offset, size, a.Host, a.After)
			}
			most.attempt(a)
			reports.attempt(a, size)
		},
	}, most.watching(reports.sending()))
	if err == nil {
		p.learn(job.Dest, resp)
	}
	if errors.Is(err, resume.ErrChanged) { // where nothing is encrypted only the host can tell
		err = fmt.Errorf("%w: %w", streamenc.ErrSourceChanged, err)
	}
	return resp, err
}

// uploader sends to the hosts that take job's kind of media, beginning with the host of that name.
func (p *Pipeline) uploader(job Job, host string) *resume.Uploader {
	opts := append([]resume.Option{resume.WithHTTPClient(p.HTTP())}, job.Transfer...)
	return resume.NewUploader(hosts{p.Conns, job.Dest, host}, opts...)
}

// paths returns the upload path for a destination, and the one to go over to if there is none like it.
func (p *Pipeline) paths(dest Destination) (path, coarse string) {
	if _, unknown := p.unknownPaths.Load(dest.finer); unknown || dest.finer == "" {
		return dest.path, ""
	}
	return dest.finer, dest.path
}

// learn notes a finer path that hosts do not know, so that later uploads do not try it.
func (p *Pipeline) learn(dest Destination, resp resume.Response) {
	if dest.finer != "" && resp.Path == dest.path {
		p.unknownPaths.Store(dest.finer, true)
	}
}
