package hostile

// File is a file of the corpus.
type File struct {
	Name string        // file name with extension
	Make func() []byte // returns the content, newly made by each call
}

// Pictures returns the pictures of the corpus.
func Pictures() []File {
	return []File{
		{"scans-300.jpg", func() []byte { return progressive(8192, 4096, 1, 300) }},
		{"scans-just-allowed.jpg", func() []byte { return progressive(3200, 3200, 1, 98) }},
		{"scans-a-million.jpg", func() []byte { return progressive(8, 8, 1, 1_000_000) }},
		{"coefficients-4096.jpg", func() []byte { return progressive(4096, 4096, 3, 0) }},
		{"coefficients-3500.jpg", func() []byte { return progressive(3500, 3500, 3, 0) }},
		{"cmyk-4096.jpg", func() []byte { return progressive(4096, 4096, 4, 0) }},
		{"turned-16384.jpg", func() []byte { return turned(progressive(8192, 3584, 1, 0)) }},
		{"tables.jpg", tables},
		{"segments.jpg", segments},
		{"sixteen-bits.png", func() []byte { return zeroes(5792, 5792, 16, 6, false) }},
		{"interlaced.png", func() []byte { return zeroes(5792, 5792, 8, 6, true) }},
		{"rgba.png", func() []byte { return zeroes(5792, 5792, 8, 6, false) }},
		{"paletted.png", func() []byte { return zeroes(5792, 5792, 8, 3, false) }},
		{"grey-sixteen-bits.png", func() []byte { return zeroes(4800, 4800, 16, 0, false) }},
		{"thin.png", func() []byte { return zeroes(1, 16384, 8, 6, false) }},
		{"promise.png", func() []byte { return pngHeader(60_000, 60_000, 8, 6, false) }},
		{"chunks.png", chunks},
		{"frames.gif", func() []byte { return frames(1, 1, 5_000_000) }},
		{"frames-just-allowed.gif", func() []byte { return frames(1, 1, 65_000) }},
		{"pixels.gif", func() []byte { return frames(16384, 2048, 200) }},
		{"pixels-just-allowed.gif", func() []byte { return frames(4096, 4096, 32) }},
		{"blocks.gif", blocks},
		{"flat-33-megapixels.webp", func() []byte { return webp(vp8l(16384, 2048)) }},
		{"flat-8-megapixels.webp", func() []byte { return webp(vp8l(4096, 2048)) }},
		{"frames.webp", func() []byte { return animated(1, 1, 32_000) }},
		{"pixels.webp", func() []byte { return animated(4096, 2048, 64) }},
		{"chunks.webp", junk},
	}
}

// Archives returns the archives of the corpus. [Listed] is the name of the file to extract.
func Archives() []File {
	return []File{
		{"directory.zip", func() []byte { return directory(1_400_000) }},
		{"bomb.zip", func() []byte { return bombs(1, 64<<20) }},
		{"bombs.zip", func() []byte { return bombs(256, 2<<20) }},
		{"promise.zip", func() []byte { return directory(1)[47:] }},
	}
}

// Listed is the name of the first file in each archive. Further files are named "1", "2" and so on.
const Listed = "0"
