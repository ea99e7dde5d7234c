#!/usr/bin/env bash
# Makes the files here anew, and golden.json: what other programs say about them. Tests need only the results.
#
#   apt-get install ffmpeg opus-tools libimage-exiftool-perl qpdf python3
set -euo pipefail
cd "$(dirname "$0")"
ff() { ffmpeg -nostdin -v error -y -fflags +bitexact "$@"; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
rm -f ./*.jpg ./*.png ./*.gif ./*.webp ./*.bmp ./*.tiff ./*.mp4 ./*.mov ./*.3gp ./*.m4a ./*.webm ./*.ogg ./*.opus ./*.wav ./*.mp3 ./*.flac ./*.pdf

# Pictures: an upright scene of 160×120, stored in each of the eight ways of EXIF.
scene="testsrc=s=160x120:r=1:d=1"
ff -f lavfi -i "$scene" -frames:v 1 "$tmp/upright.png"
store() { ff -i "$tmp/upright.png" -vf "$2" -q:v 4 "exif$1.jpg"; exiftool -q -overwrite_original -n -Orientation="$1" "exif$1.jpg"; }
store 1 null
store 2 hflip
store 3 hflip,vflip
store 4 vflip
store 5 transpose=0       # mirrored along the diagonal
store 6 transpose=2       # a quarter turn anticlockwise; the viewer turns it back
store 7 transpose=3
store 8 transpose=1
for to in png gif bmp tiff; do ff -i "$tmp/upright.png" "picture.$to"; done
ff -i "$tmp/upright.png" -vf transpose=2 -compression_algo deflate turned.tiff
exiftool -q -overwrite_original -n -Orientation=6 turned.tiff
ff -i "$tmp/upright.png" -c:v libwebp -quality 50 picture.webp
ff -f lavfi -i "color=red@0:s=60x40,format=rgba" -frames:v 1 transparent.png

# Movies of a second and a bit.
movie=(-f lavfi -i "testsrc2=s=128x96:r=10:d=1.3")
sound=(-f lavfi -i "sine=f=440:r=16000:d=1.3")
h264=(-c:v libx264 -preset veryslow -crf 40 -pix_fmt yuv420p)
aac=(-c:a aac -b:a 24k)
ff "${movie[@]}" "${sound[@]}" "${h264[@]}" "${aac[@]}" movie.mp4
ff "${movie[@]}" "${sound[@]}" "${h264[@]}" "${aac[@]}" -movflags +faststart faststart.mp4
ff "${movie[@]}" "${h264[@]}" silent.mp4
ff "${movie[@]}" "${sound[@]}" "${h264[@]}" "${aac[@]}" movie.mov
ff "${movie[@]}" "${sound[@]}" -vf scale=176:144,setsar=1 -c:v h263 -c:a aac -b:a 24k movie.3gp
ff "${movie[@]}" -c:v libx265 -x265-params log-level=error -crf 40 -tag:v hvc1 hevc.mp4
ff "${movie[@]}" -c:v libvpx-vp9 -b:v 20k vp9.mp4
ff "${movie[@]}" "${sound[@]}" -c:v libvpx -b:v 20k -c:a libopus -b:a 12k movie.webm
for degrees in 90 180 270; do ff -i silent.mp4 -c copy -metadata:s:v rotate=$degrees "rotated$degrees.mp4"; done
ff "${movie[@]}" "${sound[@]}" "${h264[@]}" "${aac[@]}" -g 5 -movflags +frag_keyframe+empty_moov+default_base_moof fragmented.mp4
ff "${movie[@]}" "${sound[@]}" "${h264[@]}" "${aac[@]}" -g 5 -movflags +dash+global_sidx+delay_moov+frag_keyframe+empty_moov indexed.mp4
ff "${sound[@]}" -i exif1.jpg -map 0 -map 1 -c:v copy "${aac[@]}" -disposition:v:0 attached_pic cover.m4a
ff "${sound[@]}" "${aac[@]}" sound.m4a

# Sound whose loudness moves, as speech does: bursts of different lengths and pauses.
voice="aevalsrc='(0.02+0.5*pow(abs(sin(2*PI*0.9*t)),3))*pow(abs(sin(2*PI*0.23*t)),2)*(0.6*sin(2*PI*220*t)+0.3*sin(2*PI*660*t)+0.1*sin(2*PI*1850*t))'"
speak() { ff -f lavfi -i "$voice:s=48000:d=$1" -ac "${2:-1}" "$tmp/voice.wav"; }
opus() { opusenc --quiet --serial 1 "${@:2}" "$tmp/voice.wav" "$1" 2>/dev/null; }
speak 7.3
opus silk.opus --speech --bitrate 9
opus hybrid.opus --speech --bitrate 20
opus celt.opus --music --bitrate 40
opus frames60.opus --speech --bitrate 9 --framesize 60
speak 3.21 && opus short.opus --bitrate 16
speak 40 && opus long.opus --bitrate 6
speak 2 2 && opus stereo.opus --bitrate 16
ff -i long.opus -ss 5 -t 7 -c copy -copyts cut.opus
ff "${sound[@]}" -c:a libvorbis -b:a 32k vorbis.ogg
speak 1.6
ff -i "$tmp/voice.wav" -ar 8000 -c:a pcm_u8 u8.wav
ff -i "$tmp/voice.wav" -ar 8000 -c:a pcm_s16le s16.wav
ff -i "$tmp/voice.wav" -ar 8000 -c:a pcm_s24le s24.wav
ff -i "$tmp/voice.wav" -ar 8000 -c:a pcm_f32le f32.wav
ff -i "$tmp/voice.wav" -ar 8000 -ac 2 -c:a pcm_s16le stereo.wav
ff -i "$tmp/voice.wav" -ar 8000 -c:a adpcm_ima_wav adpcm.wav
ff -i "$tmp/voice.wav" -c:a libmp3lame -b:a 32k cbr.mp3
ff -i "$tmp/voice.wav" -c:a libmp3lame -q:a 7 vbr.mp3
ff -i "$tmp/voice.wav" -c:a libmp3lame -b:a 32k -write_xing 0 -id3v2_version 0 plain.mp3
ff -i "$tmp/voice.wav" -ar 24000 -ac 2 -c:a libmp3lame -b:a 32k mpeg2.mp3
ff -i "$tmp/voice.wav" -ar 22050 -c:a libmp3lame -b:a 32k mpeg2-padded.mp3
ff -i "$tmp/voice.wav" -ar 8000 -c:a flac sound.flac

# A PDF of 12 pages, as other programs write it.
python3 - "$tmp/plain.pdf" <<'PY'
import sys
n = 12
objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count %d/Kids[%s]>>" % (n, " ".join("%d 0 R" % (3 + i) for i in range(n)))]
objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"] * n
out, offsets = b"%PDF-1.4\n", []
for i, o in enumerate(objects):
    offsets.append(len(out))
    out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, o.encode())
start = len(out)
out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
open(sys.argv[1], "wb").write(out)
PY
pdf() { qpdf --static-id "${@:2}" "$tmp/plain.pdf" "$1"; }
pdf plain.pdf
pdf streams.pdf --object-streams=generate
pdf linearized.pdf --linearize
pdf linearized-streams.pdf --linearize --object-streams=generate
# --static-aes-iv and so on would be weak, but they make the same bytes again. Only 256-bit keys cannot be fixed.
weak="--allow-weak-crypto"
pdf rc4-40.pdf $weak --encrypt "" owner 40 --
pdf rc4-128.pdf $weak --encrypt "" owner 128 --use-aes=n --
pdf aes-128.pdf $weak --encrypt "" owner 128 --use-aes=y --
pdf aes-256.pdf --encrypt "" owner 256 --
pdf aes-256-streams.pdf --object-streams=generate --encrypt "" owner 256 --
pdf password-rc4-40.pdf $weak --encrypt user owner 40 --
pdf password-rc4-128.pdf $weak --encrypt user owner 128 --use-aes=n --
pdf password-aes-256.pdf --encrypt user owner 256 --

python3 golden.py > golden.json
du -b -c ./* | tail -n 1
