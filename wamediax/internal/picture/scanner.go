package picture

// Scanner follows a picture's structure, without looking at its pixels, to tell whether its end has come.
type Scanner interface {
	// Scan takes the next bytes, in pieces of any size.
	Scan(p []byte)
	// Complete reports whether the picture has come to its end. What follows that does not matter.
	Complete() bool
}

// NewScanner returns a scanner at the beginning of a JPEG, PNG or WebP.
func NewScanner(format Format) Scanner {
	switch format {
	case JPEG:
		return &JPEGScanner{}
	case PNG:
		return &pngScanner{skip: 8}
	case WebP:
		return &riffScanner{}
	default:
		panic("picture: no scanner for " + string(format))
	}
}

// scanWriter scans what is written.
type scanWriter struct{ Scanner }

func (w scanWriter) Write(p []byte) (int, error) {
	w.Scan(p)
	return len(p), nil
}
