package preview

import "time"

// Option changes a setting of New.
type Option func(*Previewer)

// WithTimeout bounds the time of one preview: 20 s if not set, none if 0. The time that src takes
// to read counts.
func WithTimeout(d time.Duration) Option { return func(p *Previewer) { p.timeout = d } }

// WithFFmpeg lets the program at path help with what this package cannot do itself: a frame of a
// video, the waveform of AAC, and other formats, such as WebM. An ffprobe in the same directory
// tells the dimensions and duration of those.
//
// ffmpeg is a large program in C, and it reads what strangers send. It runs with one thread and
// until the timeout, and its output is bounded; on Linux its memory and processor time are bounded
// too. It may open only the file, and only as one of the formats that hold media themselves:
// playlists, which name other files, are refused. That is no sandbox.
//
// A source that is not an *os.File is copied to a temporary file first, if it has at most 256 MiB.
func WithFFmpeg(path string) Option { return func(p *Previewer) { p.ffmpeg = path } }
