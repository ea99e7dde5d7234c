// Package voice encodes WAV, MP3 or raw samples, such as those of speech
// synthesis, as voice messages: Ogg files with mono Opus, which phones show
// with a play button and a waveform. It needs no CGo and no external program,
// uses less than 2 MiB of memory whatever the length, and computes the
// message's duration and waveform in the same pass.
//
// # When to use which
//
//	you have                                    use
//	a WAV or MP3, and a file or buffer to fill  Encode
//	samples as they are synthesised             NewReader with WithPCM, for UploadLive
//	a WAV or MP3, and no need for a file        NewReader, for SendMedia or UploadLive
//	Ogg with mono Opus already                  nothing: send it as it is
//	M4A, FLAC or video                          decode it to WAV first
//	only the bars of a sound                    package preview
//
// An upload of a Reader gets duration and waveform from it and sets them in the
// message.
//
// The package is separate from preview so that only programs that encode link
// the encoder, which adds 2 MB.
//
// Opus comes from github.com/thesyncim/gopus, a port of libopus 1.6 to Go.
package voice
