package wamediax

import (
	"context"
	"errors"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// markPath takes the place of an upload path in the record that says that a run is under way.
const markPath = "UploadAll"

func (r *uploadRun) markKey() string {
	return r.c.recordKey("a run that has not ended", &uploadSettings{dest: destination{path: markPath}})
}

// begin notes in the store that a run is under way. One that is noted already was cut off, or failed in part: the hosts may
// hold what no record tells of, and are asked before anything is sent.
func (r *uploadRun) begin(ctx context.Context, groups []*uploadGroup) {
	plain := false
	for _, g := range groups {
		plain = plain || g.item.MediaType == MediaProductImage
	}
	if r.c.store == nil || r.set.dryRun || !plain {
		return
	}
	_, err := r.c.store.Load(ctx, r.markKey())
	r.sought = err == nil
	if errors.Is(err, resume.ErrNotFound) {
		err = r.c.store.Save(ctx, r.markKey(), &resume.Record{
			Account: r.c.Store.GetJID().User, Path: markPath, Expires: time.Now().Add(r.c.resumeExpiry),
		})
	}
	if err != nil && ctx.Err() == nil {
		r.c.Log.Warnf("Uploads are not looked for if they are cut off: failed to use the store: %v", err)
	}
	r.marked = err == nil
}

// end strikes the note out if nothing is left to look for.
func (r *uploadRun) end(ctx context.Context) {
	if !r.marked || r.failed || ctx.Err() != nil {
		return
	}
	if err := r.c.store.Delete(ctx, r.markKey()); err != nil && ctx.Err() == nil {
		r.c.Log.Warnf("Failed to strike out that uploads are under way: %v", err)
	}
}
