package source

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Identify returns the name of a regular file, derived from its path, and a fingerprint that
// changes when its content does. Other sources have neither. A file that was modified very recently
// has no fingerprint, because another change could look the same: compare its content.
func Identify(src io.Reader) (name string, fingerprint []byte) {
	section, ok := InPlace(src)
	if !ok {
		return "", nil
	}
	file, ok := src.(*os.File)
	if !ok {
		return "", nil
	}
	now := time.Now()
	stat, err := file.Stat()
	if err != nil {
		return "", nil
	}
	path, err := filepath.Abs(file.Name())
	if err != nil {
		return "", nil
	}
	_, start, size := section.Outer()
	look := lookOf(stat)
	if look.mayChangeUnseen(now) {
		return "file " + path, nil
	}
	look.Size = size // of the section
	if fingerprint, err = json.Marshal(partLook{path, start, look}); err != nil {
		return "", nil
	}
	return "file " + path, fingerprint
}

// VersionOf returns a value that changes when the content of a regular file does, given a current
// os.Stat result. It is empty for a file that was modified very recently, because another change
// could look the same.
func VersionOf(stat os.FileInfo) string {
	look := lookOf(stat)
	if look.mayChangeUnseen(time.Now()) {
		return ""
	}
	version, err := json.Marshal(look)
	if err != nil {
		return ""
	}
	return string(version)
}

// partLook describes a part of a file without its content. Records contain it as JSON.
type partLook struct {
	Path  string
	Start int64
	fileLook
}

// fileLook is a file's metadata. Records contain it as JSON.
type fileLook struct {
	Size     int64
	Modified int64 // ns since 1970
	Inode    uint64
	Device   uint64
	Changed  int64 // ns since 1970, or 0 if not known
}

func lookOf(stat os.FileInfo) fileLook {
	look := fileLook{Size: stat.Size(), Modified: stat.ModTime().UnixNano()}
	look.Device, look.Inode, look.Changed = fileID(stat)
	return look
}

const (
	// fineTick exceeds the timestamp resolution of Linux before 6.13, 10 ms.
	fineTick = 20 * time.Millisecond
	// coarseTick is the resolution of the coarsest file systems (FAT).
	coarseTick = 2 * time.Second
)

// mayChangeUnseen reports whether the file changed so recently before now that another change could
// get the same timestamps. It assumes that the file system uses this machine's clock.
func (look fileLook) mayChangeUnseen(now time.Time) bool {
	last, tick := max(look.Modified, look.Changed), fineTick
	if last%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return now.Sub(time.Unix(0, last)) < tick
}
