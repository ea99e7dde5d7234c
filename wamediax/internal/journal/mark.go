package journal

import (
	"context"
	"errors"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Mark says in the journal that a bulk run is under way. Objects that are not encrypted need no record before they are sent,
// since their hash leads back to them; the mark is enough to know that hosts may hold some of them.
//
// A [resume.Store] keeps records and nothing else, so the mark is stored as one, under a key and a path that no upload has.
type Mark struct {
	journal *Journal
	set     bool // it is in the store
	found   bool // it was there before: that run was cut off, or failed in part
}

var markUpload = Upload{Name: "a run that has not ended", Path: "UploadAll"}

// MarkRun sets the mark, if it is not there already.
func (j *Journal) MarkRun(ctx context.Context) *Mark {
	if j == nil {
		return nil
	}
	m := &Mark{journal: j}
	key := j.key(markUpload)
	_, err := j.store.Load(ctx, key)
	m.found = err == nil
	if errors.Is(err, resume.ErrNotFound) {
		err = j.save(ctx, recordPatience, key, &resume.Record{Path: markUpload.Path})
	}
	if err != nil && ctx.Err() == nil {
		j.cli.Log.Warnf("Uploads are not looked for if they are cut off: failed to use the store: %v", err)
	}
	m.set = err == nil
	return m
}

// Found reports whether an earlier run has left its mark.
func (m *Mark) Found() bool { return m != nil && m.found }

// Remove deletes the mark. Call it when nothing of the run is left to look for.
func (m *Mark) Remove(ctx context.Context) {
	if m == nil || !m.set {
		return
	}
	if err := m.journal.store.Delete(ctx, m.journal.key(markUpload)); err != nil && ctx.Err() == nil {
		m.journal.cli.Log.Warnf("Failed to delete the mark of a run: %v", err)
	}
}
