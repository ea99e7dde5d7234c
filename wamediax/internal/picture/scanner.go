package picture

// Scanner parses a picture's structure, without its pixels, to find out whether the picture is
// complete.
type Scanner interface {
	// Scan scans the next bytes, in pieces of any size.
	Scan(p []byte)
	// Complete reports whether the end of the picture was scanned. Later bytes do not matter.
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

// scanWriter scans the bytes that are written to it.
type scanWriter struct{ Scanner }

func (w scanWriter) Write(p []byte) (int, error) {
	w.Scan(p)
	return len(p), nil
}
