package wamediax

import (
	"context"
	"errors"
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// content is what makes two uploads of a run one.
type content struct {
	path, mediaType string
	sha256          string // of the plaintext
	mediaKey        string // if the caller has set one
	sidecar         bool
}

// landings are the uploads of a run, under way or done, by what they upload.
type landings struct {
	mu   sync.Mutex
	upon map[content]*landing
}

// landing is one upload for all items of the run that have its content. Its fields are set before done is closed.
type landing struct {
	done chan struct{}
	obj  *object // without its bytes
	resp resume.Response
	err  error
}

func contentOf(obj *object, s *uploadSettings) content {
	return content{
		path: s.dest.path, mediaType: string(s.mediaType), sha256: string(obj.info.FileSHA256), mediaKey: string(s.mediaKey),
		sidecar: s.dest.encrypted && s.wantsSidecar(),
	}
}

// landing finds the upload of what obj holds, or begins it; then the caller has to land it.
func (ls *landings) landing(obj *object, s *uploadSettings) (l *landing, first bool) {
	key := contentOf(obj, s)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.upon == nil {
		ls.upon = make(map[content]*landing)
	}
	if l := ls.upon[key]; l != nil {
		return l, false
	}
	l = &landing{done: make(chan struct{})}
	ls.upon[key] = l
	return l, true
}

func (l *landing) land(obj *object, resp resume.Response, err error) {
	l.obj = &object{info: obj.info, mimetype: obj.mimetype, made: obj.made, Closer: nothing{}}
	l.resp, l.err = resp, err
	close(l.done)
}

// landed notes what lies on the CDN already.
func (ls *landings) landed(obj *object, resp resume.Response, s *uploadSettings) {
	if l, first := ls.landing(obj, s); first {
		l.land(obj, resp, nil)
	}
}

// failedToLand makes place for another try.
func (ls *landings) failedToLand(obj *object, s *uploadSettings) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.upon, contentOf(obj, s))
}

// deliver sends obj, if nobody in this run has sent the same or is about to. Who waits for another's upload shares its
// error as well, unless that is about the other's source alone.
func (r *uploadRun) deliver(ctx context.Context, obj *object, s *uploadSettings, mem *remembered, reports *reporter) (*object, resume.Response, error) {
	for {
		l, first := r.landing(obj, s)
		if first {
			resp, err := r.send(ctx, obj, s, mem, reports)
			if err != nil {
				r.failedToLand(obj, s)
			}
			l.land(obj, resp, err)
			return obj, resp, err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, resume.Response{}, errors.Join(context.Cause(ctx), obj.Close())
		}
		switch {
		case l.err == nil:
			s.adopted = true
			mem.adopt(ctx, l.obj, l.resp, s)
			return l.obj, l.resp, obj.Close()
		case !errors.Is(l.err, resume.ErrSource):
			return nil, resume.Response{}, errors.Join(l.err, obj.Close())
		}
	}
}

func (r *uploadRun) send(ctx context.Context, obj *object, s *uploadSettings, mem *remembered, reports *reporter) (resume.Response, error) {
	switch {
	case obj.recalled:
	case s.dest.encrypted:
		mem.write(ctx, obj, s)
	default:
		// The hash alone leads back to what is not encrypted: that a run is under way is enough to have in the store.
		mem.describe(obj, s)
		obj.sought = r.sought
	}
	return r.c.deliverPrepared(ctx, obj, s, mem, reports)
}

// adopt records that what another upload has put onto the CDN is this one's as well.
func (m *remembered) adopt(ctx context.Context, obj *object, resp resume.Response, s *uploadSettings) {
	if m.describe(obj, s) {
		m.done(ctx, &resp)
	}
}
