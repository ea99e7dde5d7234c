package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// folder is the media folder: the only place where commands read and write. Names in it come from the chat; os.Root sees to
// it that neither they nor links lead out.
type folder struct {
	*os.Root
	max int64 // bytes of a file
}

func openFolder(dir string, max int64) (*folder, error) {
	dir, err := filepath.Abs(dir) // the resume store knows files by their paths
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
	return &folder{root, max}, nil
}

// file opens a regular file.
func (f *folder) file(name string) (*os.File, error) {
	return openRegular(f.Root, name, f.max)
}

// folder opens a folder in the folder. It must be closed.
func (f *folder) folder(name string) (*os.Root, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	// Not opened before it is known to be a directory: a pipe would wait for somebody who writes.
	if stat, err := f.Stat(name); err != nil {
		return nil, named(name, err)
	} else if !stat.IsDir() {
		return nil, plainly("%s is no folder.", name)
	}
	root, err := f.OpenRoot(name)
	return root, named(name, err)
}

// openRegular opens a regular file of at most max bytes below root.
func openRegular(root *os.Root, name string, max int64) (*os.File, error) {
	name, err := local(name)
	if err != nil {
		return nil, err
	}
	switch stat, err := root.Stat(name); {
	case err != nil:
		return nil, named(name, err)
	case !stat.Mode().IsRegular():
		return nil, plainly("%s is no regular file.", name)
	case stat.Size() > max:
		return nil, tooLarge(max)
	}
	file, err := root.Open(name)
	return file, named(name, err)
}

// local refuses what cannot be a name of a file here, and hidden files.
func local(name string) (string, error) {
	name = filepath.Clean(filepath.FromSlash(name))
	if !filepath.IsLocal(name) {
		return "", plainly("Only files in the bot's media folder can be used.")
	}
	for part := range strings.SplitSeq(filepath.ToSlash(name), "/") {
		if strings.HasPrefix(part, ".") && name != "." {
			return "", plainly("Hidden files cannot be used.")
		}
	}
	return name, nil
}

// named says of err what may be said in the chat: os.Root's reasons, but none of its paths.
func named(name string, err error) error {
	text := "%s cannot be opened." // links that lead out have an error of their own, which os does not export
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		text = "There is no %s."
	case errors.Is(err, fs.ErrPermission):
		text = "The bot may not read %s."
	}
	return &answerError{fmt.Sprintf(text, name), err}
}

// harmless makes a plain file name of one that somebody else has chosen; "" if nothing is left.
func harmless(name string) string {
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
	if name != "" && !filepath.IsLocal(name) { // names that are devices on Windows
		name = "_" + name
	}
	return name
}
