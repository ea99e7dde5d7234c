// Package voice makes voice messages: Ogg files with mono Opus, which phones
// show with a play button and a waveform, of WAV, MP3 or the raw samples of
// speech synthesis. It needs no CGo and no external program, holds a constant
// amount of memory (less than 2 MiB), and finds the duration and the waveform
// of the message in the same pass.
//
//	| you have                                   | use                               |
//	|--------------------------------------------|-----------------------------------|
//	| a WAV or MP3, and a file or buffer to fill | [Encode]                          |
//	| samples as they are synthesised            | [NewReader], [WithPCM], UploadLive|
//	| a WAV or MP3, and no need for a file       | [NewReader], UploadLive           |
//	| Ogg/Opus already                           | none of this: send it             |
//	| M4A, FLAC or video                         | decode it to WAV first            |
//	| only the bars of a sound                   | package preview                   |
//
// A Reader tells the upload duration and waveform, so that the message has them.
//
// It is a package of its own, apart from preview, so that only programs that
// encode link the encoder, which adds 2 MB to them.
//
// Opus comes from github.com/thesyncim/gopus, a port of libopus 1.6 to Go.
package voice
