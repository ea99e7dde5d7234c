package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Folder is the only directory in which commands read and write. File names come from the chat;
// os.Root ensures that neither they nor links lead out of the directory. Use OpenFolder.
type Folder struct {
	*os.Root
	Max int64 // largest file, in bytes
}

// OpenFolder opens a directory and creates it if necessary. Close it after use.
func OpenFolder(dir string, max int64) (*Folder, error) {
	dir, err := filepath.Abs(dir) // the resume store identifies files by their paths
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root, max}, nil
}

// File opens a regular file.
func (f *Folder) File(name string) (*os.File, error) {
	return OpenRegular(f.Root, name, f.Max)
}

// Folder opens a directory below the folder. Close it after use.
func (f *Folder) Folder(name string) (*os.Root, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	// Opening a pipe would wait for a writer, so look first.
	if stat, err := f.Stat(name); err != nil {
		return nil, named(name, err)
	} else if !stat.IsDir() {
		return nil, Refuse("%s is not a folder.", name)
	}
	root, err := f.OpenRoot(name)
	return root, named(name, err)
}

// OpenRegular opens a regular file of at most max bytes below root.
func OpenRegular(root *os.Root, name string, max int64) (*os.File, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	switch stat, err := root.Stat(name); {
	case err != nil:
		return nil, named(name, err)
	case !stat.Mode().IsRegular():
		return nil, Refuse("%s is not a regular file.", name)
	case stat.Size() == 0:
		return nil, Refuse("%s is empty.", name)
	case stat.Size() > max:
		return nil, TooLarge(max)
	}
	file, err := root.Open(name)
	return file, named(name, err)
}

// Adopt renames a file directly in the folder and returns its new name. It never replaces a file:
// it adds a number to a name that exists.
func (f *Folder) Adopt(part, name string) (string, error) {
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	for i := 2; ; i++ {
		placeholder, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			name = fmt.Sprintf("%s-%d%s", stem, i, extension)
			continue
		}
		if err != nil {
			return "", err
		}
		if err := errors.Join(placeholder.Close(), f.Rename(part, name)); err != nil {
			return "", errors.Join(err, f.Remove(name))
		}
		return name, nil
	}
}

// local cleans a name. It refuses hidden files and names of files outside the folder.
func local(name string) (string, error) {
	name = filepath.Clean(filepath.FromSlash(name))
	if !filepath.IsLocal(name) {
		return "", Refuse("Only files in the bot's media folder can be used.")
	}
	for part := range strings.SplitSeq(filepath.ToSlash(name), "/") {
		if strings.HasPrefix(part, ".") && name != "." {
			return "", Refuse("Hidden files cannot be used.")
		}
	}
	return name, nil
}

// named turns an error of os.Root into one for the chat, without its paths.
func named(name string, err error) error {
	// also for a link out of the folder: os does not export that error
	text := "%s cannot be opened."
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		text = "There is no %s."
	case errors.Is(err, fs.ErrPermission):
		text = "The bot may not read %s."
	}
	return &Refusal{fmt.Sprintf(text, name), err}
}

// FileName makes an untrusted name safe for a file. It returns "" if nothing is left of it.
func FileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, ". ")
	ext := filepath.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	name = strings.ToValidUTF8(name[:min(len(name)-len(ext), 100)], "") + ext
	if name != "" && !filepath.IsLocal(name) { // a device on Windows
		name = "_" + name
	}
	return name
}
