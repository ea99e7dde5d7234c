package preview_test

import (
	"context"
	"fmt"
	"image"
	"log"
	"math"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

func ExamplePreviewer_Preview() {
	file, err := os.Open("testdata/hybrid.opus")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		log.Fatal(err)
	}
	p, err := preview.New().Preview(context.Background(), file, info.Size(), "")
	if err != nil {
		log.Print(err) // p still holds what was found before
	}
	if p.Voice {
		fmt.Println("a voice note:", p.Mimetype)
	} else {
		fmt.Println("audio, because", p.NotVoice)
	}
	fmt.Println(p.Seconds(), "seconds,", len(p.Waveform), "bars")
	// Output:
	// a voice note: audio/ogg; codecs=opus
	// 8 seconds, 64 bars
}

func ExampleWithFFmpeg() {
	previewer := preview.New(preview.WithFFmpeg("/usr/bin/ffmpeg"))
	file, err := os.Open("holiday.mp4")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		log.Fatal(err)
	}
	p, err := previewer.Preview(context.Background(), file, info.Size(), "video/mp4")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(p.Thumbnail), "bytes of JPEG, made of a frame")
}

func ExampleThumbnail() {
	picture := image.NewGray(image.Rect(0, 0, 1600, 1200))
	thumbnail, err := preview.Thumbnail(picture, 480, 100<<10) // as WhatsApp Web uploads beside a document
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a JPEG:", len(thumbnail) > 0 && thumbnail[0] == 0xff)
	// Output: a JPEG: true
}

func ExampleWaveform() {
	const rate = 16000
	tone := func(yield func(float32) bool) { // 2 s of speech, or what stands for it
		for i := range 2 * rate {
			if !yield(0.02 * float32(math.Sin(2*math.Pi*440*float64(i)/rate))) {
				return
			}
		}
	}
	bars := preview.Waveform(tone, rate)
	fmt.Println(len(bars), "bars, the first is", bars[0])
	// Output: 64 bars, the first is 46
}
