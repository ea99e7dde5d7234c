package message

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// FileName returns the default name of a document: that of the file, or "document" with the usual
// extension.
func FileName(src any, mime string) string {
	if file, ok := src.(*os.File); ok && file != nil {
		if name := filepath.Base(file.Name()); name != "." && name != string(filepath.Separator) {
			return name
		}
	}
	return "document" + Extension(mime)
}

// Extension returns the usual extension for a MIME type with its dot, or "".
func Extension(mime string) string {
	plain, _, _ := strings.Cut(mime, ";")
	switch plain {
	case "audio/mp4":
		return ".m4a" // the library's is that of a video
	case "audio/ogg":
		if plain != mime { // it has its codec, Opus
			return ".ogg"
		}
	}
	if known := mimetype.Lookup(plain); known != nil {
		return known.Extension()
	}
	return ""
}
