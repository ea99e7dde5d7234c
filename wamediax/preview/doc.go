// Package preview extracts what people see of a file before they open it:
// dimensions, duration, thumbnail, waveform, page count. It needs no CGo and no
// external program.
//
//	client := wamediax.Wrap(cli, wamediax.WithPreviewer(preview.New()))
//
// # When to use which
//
//	you have                                    use
//	a file to send                              New, as the Previewer of wamediax
//	a file, and want to know what it is         New, then Previewer.Preview
//	videos without a cover, AAC, WebM           New with WithFFmpeg
//	a picture in memory                         Thumbnail
//	sound in memory                             Waveform
//
// # What it finds
//
//	format                     dimensions  duration  thumbnail    waveform  also reported
//	JPEG, PNG, GIF, WebP       upright               yes
//	BMP, TIFF                  upright               yes
//	MP4, MOV, 3GP              rotated     yes       of a cover             codecs, sound, warnings
//	M4A                                    yes       of a cover             codecs
//	Ogg with Opus                          yes                    yes       voice note or why not
//	WAV                                    yes                    PCM
//	MP3                                    yes                    layer III
//	FLAC                                   yes
//	PDF                                                                     pages, password
//	others                     ffmpeg      ffmpeg    ffmpeg       ffmpeg
//
// MP3 is decoded except at sample rates of 8 to 12 and 22.05 kHz.
//
// WhatsApp Web's rules apply: a thumbnail is a JPEG of at most 100 pixels per
// edge and 20,000 characters as a data URL, transparency is white, a duration
// rounds up to seconds, and a waveform has 64 values from 0 to 100.
//
// # What it costs
//
// Files are read in place, and only in part: the headers of a video of any
// size, both ends of an Ogg file and then its packets, and some kilobytes of a
// PDF. Sound longer than 30 minutes gets no waveform.
//
// Input is untrusted. Each parser has a budget of bytes, limits nesting and
// counts, and checks the context as it goes. A picture of more than 64
// megapixels, or one that takes more than 192 MiB to decode, is refused before
// a pixel is decoded. A preview takes at most 20 s, see [WithTimeout].
package preview
