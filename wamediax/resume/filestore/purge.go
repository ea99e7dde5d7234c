package filestore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempAge is how long a temporary file may still be in use by its writer.
const tempAge = time.Hour

// Purge implements [resume.Store]. It reads every record. It ignores files that do not belong to
// the store, and continues after a file that it cannot read.
func (s *Store) Purge(ctx context.Context, olderThan time.Duration) (int, error) {
	var errs []error
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		errs = append(errs, err)
	}
	now := time.Now()
	purged := 0
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		name, ext := splitName(entry.Name())
		var err error
		switch ext {
		case recordExt:
			var gone bool
			if gone, err = s.purgeRecord(ctx, name, now, olderThan); gone {
				purged++
			}
		case brokenExt:
			err = removeOld(entry, s.dir, now, olderThan)
		case tempExt:
			err = removeOld(entry, s.dir, now, tempAge)
		case lockExt:
			err = s.purgeLock(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return purged, fmt.Errorf("failed to purge upload store: %w", err)
	}
	return purged, nil
}

// splitName splits the name of one of the store's files. For any other file ext is "".
func splitName(file string) (name, ext string) {
	ext = filepath.Ext(file)
	name = strings.TrimSuffix(file, ext)
	hash := name
	if ext == tempExt {
		hash, _, _ = strings.Cut(name, "-")
	}
	if sum, err := hex.DecodeString(hash); err != nil || len(sum) != 32 {
		return "", ""
	}
	return name, ext
}

// purgeRecord removes an outdated record, unless its upload is locked.
func (s *Store) purgeRecord(ctx context.Context, name string, now time.Time, olderThan time.Duration) (gone bool, err error) {
	rec, err := s.load(ctx, name)
	if errors.Is(err, errBroken) {
		return false, nil
	}
	if err != nil || !rec.Outdated(now, olderThan) {
		return false, err
	}
	lock, err := s.tryLock(name)
	if lock == nil {
		return false, err
	}
	defer unlockFile(lock)
	return s.removeOutdated(ctx, name, now, olderThan)
}

// removeOutdated checks again before removing a record, which may have been saved in the meantime.
func (s *Store) removeOutdated(ctx context.Context, name string, now time.Time, olderThan time.Duration) (gone bool, err error) {
	err = s.guarded(ctx, func() error {
		rec, err := s.read(name)
		if err != nil || !rec.Outdated(now, olderThan) {
			return err
		}
		err = os.Remove(s.path(name, recordExt))
		gone = err == nil
		return err
	})
	return gone, err
}

// purgeLock removes a lock file whose holder has died.
func (s *Store) purgeLock(name string) error {
	lock, err := s.tryLock(name)
	if lock != nil {
		unlockFile(lock)
	}
	return err
}

func removeOld(entry fs.DirEntry, dir string, now time.Time, age time.Duration) error {
	info, err := entry.Info()
	if err != nil || now.Sub(info.ModTime()).Abs() < max(0, age) {
		return err
	}
	return os.Remove(filepath.Join(dir, entry.Name()))
}
