package preview

import "time"

// Option changes a setting of New.
type Option func(*Previewer)

// WithTimeout limits the time of one preview, reading src included. The default is 20 s; 0 means no
// limit. A preview that takes longer returns ErrTimeout.
func WithTimeout(d time.Duration) Option { return func(p *Previewer) { p.timeout = d } }

// WithFFmpeg uses the ffmpeg program at path for what this package cannot do itself: a frame of a
// video, the waveform of AAC, and other formats, such as WebM. For those, an ffprobe in the same
// directory finds the dimensions and the duration.
//
// ffmpeg is a large C program, and it reads untrusted input. It runs with one thread, until the
// timeout, and with bounded output; on Linux its memory and CPU time are limited too. It may open
// only the file, and only as a format that holds media itself: playlists, which name other files,
// are refused. This is not a sandbox.
//
// A source that is not an *os.File is copied to a temporary file first; one of more than 256 MiB is
// an error.
func WithFFmpeg(path string) Option { return func(p *Previewer) { p.ffmpeg = path } }
