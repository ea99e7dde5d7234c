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
	look := fileLook{Path: path, Start: start, Size: size, Modified: stat.ModTime().UnixNano()}
	look.Device, look.Inode, look.Changed = fileID(stat)
	if look.mayChangeUnseen(now) {
		return "file " + path, nil
	}
	if fingerprint, err = json.Marshal(look); err != nil {
		return "", nil
	}
	return "file " + path, fingerprint
}

// fileLook is what a file looks like from outside. Records contain it as JSON.
type fileLook struct {
	Path     string
	Start    int64
	Size     int64
	Modified int64 // ns since 1970
	Inode    uint64
	Device   uint64
	Changed  int64 // ns since 1970; 0: not known
}

const (
	// fineTick is more than the 10 ms in which Linux before 6.13 gives all changes the same time.
	fineTick = 20 * time.Millisecond
	// coarseTick is the resolution of the coarsest file systems (FAT).
	coarseTick = 2 * time.Second
)

// mayChangeUnseen reports whether the file has changed so shortly before now that another change could get the same times.
// It assumes that the file system's clock is that of this machine.
func (look *fileLook) mayChangeUnseen(now time.Time) bool {
	last, tick := max(look.Modified, look.Changed), fineTick
	if last%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return now.Sub(time.Unix(0, last)) < tick
}
