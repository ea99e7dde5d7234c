package wamediax

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// uploadRun is one pass of UploadAll over its items.
type uploadRun struct {
	c   *Client
	set uploadAllSettings

	sought bool // an earlier run was cut off: the CDN may hold what no record tells of
	marked bool // the store says that a run is under way
	failed bool // some item did

	landings // by their content
}

// uploadGroup is items that are the same source.
type uploadGroup struct {
	item    UploadItem
	indices []int
	settled bool
	outcome UploadOutcome
}

// group puts items together that name the same source.
func (r *uploadRun) group(items []UploadItem) []*uploadGroup {
	type source struct{ mediaType, path, id, version string }
	first := make(map[source]*uploadGroup)
	groups := make([]*uploadGroup, 0, len(items))
	for i, item := range items {
		src := source{mediaType: string(item.MediaType), id: item.ID, version: item.Version}
		if item.Open == nil && item.Path != "" {
			if path, err := filepath.Abs(item.Path); err == nil {
				src.path = path
			}
		}
		same := (src.path != "" || src.id != "" && src.version != "") && len(item.Options) == 0
		if g := first[src]; same && g != nil {
			g.indices = append(g.indices, i)
			continue
		}
		g := &uploadGroup{item: item, indices: []int{i}}
		groups = append(groups, g)
		if same {
			first[src] = g
		}
	}
	return groups
}

// yield hands out the group's outcome, for each of its items.
func (g *uploadGroup) yield(yield func(int, UploadOutcome) bool) bool {
	for n, i := range g.indices {
		if n == 1 && g.outcome.Err == nil && g.outcome.Delivery != DeliveryKnown {
			shared := *g.outcome.Uploaded
			shared.BytesSent, shared.Resumed = 0, false
			g.outcome.Uploaded, g.outcome.Delivery = &shared, DeliveryShared
		}
		if !yield(i, g.outcome) {
			return false
		}
	}
	return true
}

func (g *uploadGroup) settle(outcome UploadOutcome) { g.settled, g.outcome = true, outcome }

// open gives the item's source; for an Open that is one which has not called it yet.
func (g *uploadGroup) open(ctx context.Context) (io.ReadCloser, error) {
	switch {
	case g.item.Open != nil && g.item.Path != "":
		return nil, errors.New("an item has both Path and Open")
	case g.item.Open != nil:
		return source.NewLate(ctx, g.item.Open), nil
	}
	stat, err := os.Stat(g.item.Path) // before it is opened: that would wait if it is a pipe
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file (%s)", g.item.Path, stat.Mode().Type())
	}
	return os.Open(g.item.Path)
}

func (r *uploadRun) settings(g *uploadGroup) (*uploadSettings, error) {
	s := &uploadSettings{run: r, resumeID: g.item.ID, version: g.item.Version}
	for _, opt := range g.item.Options {
		opt(s)
	}
	return s, r.c.aim(g.item.MediaType, s)
}

// lookUp settles what can be settled without reading and without the CDN: what the store knows, and what cannot be opened.
func (r *uploadRun) lookUp(ctx context.Context, g *uploadGroup) {
	s, err := r.settings(g)
	if err != nil {
		g.settle(UploadOutcome{Err: err})
		return
	}
	if r.c.store == nil || ctx.Err() != nil {
		return
	}
	src, err := g.open(ctx)
	if err != nil {
		g.settle(UploadOutcome{Err: fmt.Errorf("failed to open: %w", err)})
		return
	}
	defer src.Close()
	name, fingerprint := source.Identify(src)
	if s.resumeID != "" {
		name = "id " + s.resumeID
	}
	if s.version != "" {
		fingerprint = []byte(s.version)
	}
	if name == "" || fingerprint == nil {
		return
	}
	rec, err := r.c.store.Load(ctx, r.c.recordKey(name, s))
	if err != nil || !r.c.isRecordFor(rec, s) || !bytes.Equal(rec.Source, fingerprint) || !r.confirmed(rec) {
		return
	}
	if obj := recorded(rec, s); obj != nil {
		r.landed(obj, *rec.Response, s)
		g.settle(UploadOutcome{Uploaded: uploadedFrom(obj, *rec.Response, s), Delivery: DeliveryKnown, Note: rec.Note})
	}
}

// confirmed tells whether the CDN has said lately that it holds what rec is about.
func (r *uploadRun) confirmed(rec *resume.Record) bool {
	age := time.Since(rec.Updated) // negative if a clock was, or is, wrong: then nobody knows
	return rec.Response != nil && (r.set.dryRun || 0 <= age && age < r.set.recheck)
}

// recorded is the object that a record is about, without its bytes; nil if the record does not know all of it.
func recorded(rec *resume.Record, s *uploadSettings) *object {
	obj := &object{
		info: streamenc.Info{
			MediaKey: rec.MediaKey, FileSHA256: rec.FileSHA256, FileEncSHA256: rec.FileEncSHA256,
			FileLength: rec.FileLength, Sidecar: rec.Sidecar,
		},
		mimetype: rec.Mimetype, made: rec.MediaKeyTimestamp, Closer: nothing{},
	}
	if !s.dest.encrypted {
		return obj
	}
	if rec.Sidecar == nil && s.wantsSidecar() {
		return nil
	}
	if s.mediaType != MediaSticker || rec.Mimetype != "image/webp" {
		return obj
	}
	sealed := new(streamenc.Sealed) // alone knows of the first frame
	if sealed.UnmarshalBinary(rec.Sealed) != nil || !bytes.Equal(sealed.Info().FileEncSHA256, rec.FileEncSHA256) {
		return nil
	}
	obj.info = sealed.Info()
	return obj
}

// upload settles a group.
func (r *uploadRun) upload(ctx context.Context, g *uploadGroup) {
	if ctx.Err() != nil {
		g.settle(UploadOutcome{Err: context.Cause(ctx)})
		return
	}
	outcome, err := r.uploadOne(ctx, g)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	if err != nil {
		outcome = UploadOutcome{Err: err}
	}
	g.settle(outcome)
}

func (r *uploadRun) uploadOne(ctx context.Context, g *uploadGroup) (outcome UploadOutcome, err error) {
	s, err := r.settings(g)
	if err != nil {
		return outcome, err
	}
	src, err := g.open(ctx)
	if err != nil {
		return outcome, fmt.Errorf("failed to open: %w", err)
	}
	defer src.Close()
	if late, ok := src.(*source.Late); ok {
		s.noted = func() []byte { return late.Note() }
	}
	if r.set.dryRun {
		return r.wouldUpload(ctx, src, s)
	}
	obj, resp, err := r.c.uploadObject(ctx, src, s)
	if err != nil {
		return outcome, err
	}
	outcome = UploadOutcome{Uploaded: uploadedFrom(obj, resp, s), Delivery: DeliverySent, Note: s.note()}
	switch {
	case s.adopted:
		outcome.Delivery, outcome.BytesSent, outcome.Resumed = DeliveryShared, 0, false
	case resp.Resumed && resp.Sent == 0:
		outcome.Delivery = DeliveryHeld
	}
	return outcome, nil
}

// wouldUpload tells what an upload of src would do, as far as that can be told from here.
func (r *uploadRun) wouldUpload(ctx context.Context, src io.Reader, s *uploadSettings) (UploadOutcome, error) {
	hash, head := sha256.New(), new(source.Head)
	n, err := io.Copy(io.MultiWriter(hash, head), source.Watch(ctx, src, nil))
	if err != nil {
		return UploadOutcome{}, fmt.Errorf("failed to read: %w", err)
	}
	obj := &object{info: streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n}, mimetype: head.Mimetype(), Closer: nothing{}}
	landing, first := r.landing(obj, s)
	if !first {
		<-landing.done // at once: nothing is sent
		return UploadOutcome{Uploaded: uploadedFrom(landing.obj, landing.resp, s), Delivery: DeliveryShared, Note: s.note()}, nil
	}
	landing.land(obj, resume.Response{}, nil)
	return UploadOutcome{Uploaded: uploadedFrom(obj, resume.Response{}, s), Note: s.note()}, nil
}
