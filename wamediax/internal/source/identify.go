package source

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Identify returns a regular file's name, which is its path, and its fingerprint: what changes when its content does. Other
// sources have neither. A file that may change once more without looking different has no fingerprint: compare its content.
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

// VersionOf returns what changes when the content of a regular file does, given what os.Stat said of it just now. It is empty
// for a file that may change once more without looking different.
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

// partLook is what a part of a file looks like from outside. Records contain it as JSON.
type partLook struct {
	Path  string
	Start int64
	fileLook
}

// fileLook is what a file looks like from outside. Records contain it as JSON.
type fileLook struct {
	Size     int64
	Modified int64 // ns since 1970
	Inode    uint64
	Device   uint64
	Changed  int64 // ns since 1970; 0: not known
}

func lookOf(stat os.FileInfo) fileLook {
	look := fileLook{Size: stat.Size(), Modified: stat.ModTime().UnixNano()}
	look.Device, look.Inode, look.Changed = fileID(stat)
	return look
}

const (
	// fineTick is more than the 10 ms in which Linux before 6.13 gives all changes the same time.
	fineTick = 20 * time.Millisecond
	// coarseTick is the resolution of the coarsest file systems (FAT).
	coarseTick = 2 * time.Second
)

// mayChangeUnseen reports whether the file has changed so shortly before now that another change could get the same times.
// It assumes that the file system's clock is that of this machine.
func (look fileLook) mayChangeUnseen(now time.Time) bool {
	last, tick := max(look.Modified, look.Changed), fineTick
	if last%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return now.Sub(time.Unix(0, last)) < tick
}
