package streamenc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func ExampleEncryptBytes() {
	object, info, err := streamenc.EncryptBytes([]byte("a small picture"), whatsmeow.MediaImage)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.FileLength, "bytes become", len(object))
	fmt.Println("media key:", len(info.MediaKey), "bytes")
	// Output:
	// 15 bytes become 26
	// media key: 32 bytes
}

func ExampleEncrypt() {
	src := strings.NewReader(strings.Repeat("a long film ", 100_000))
	var dst bytes.Buffer // or a file
	info, err := streamenc.Encrypt(&dst, src, whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.FileLength, "bytes become", dst.Len(), "and a sidecar of", len(info.Sidecar))
	// Output: 1200000 bytes become 1200026 and a sidecar of 190
}

func ExampleNewWriter() {
	var object bytes.Buffer
	w, err := streamenc.NewWriter(&object, whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	for page := 1; page <= 3; page++ {
		fmt.Fprintf(w, "page %d\n", page) // errors are kept for Close
	}
	if err = w.Close(); err != nil { // writes the last block and the MAC
		log.Fatal(err)
	}
	fmt.Println(w.Info().FileLength, object.Len())
	// Output: 21 42
}

func ExampleEncryptor() {
	e, err := streamenc.NewEncryptor(whatsmeow.MediaAudio)
	if err != nil {
		log.Fatal(err)
	}
	var chunk []byte // reused
	for _, recorded := range []string{"Hello", ", is anybody", " there?"} {
		chunk = e.Update(chunk[:0], []byte(recorded))
		fmt.Println("send", len(chunk), "bytes")
	}
	chunk, info, err := e.Finalize(chunk[:0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("send", len(chunk), "bytes, then the hash of", len(info.FileEncSHA256))
	// Output:
	// send 0 bytes
	// send 16 bytes
	// send 0 bytes
	// send 26 bytes, then the hash of 32
}

func ExampleSeal() {
	path := filepath.Join(os.TempDir(), "streamenc-example")
	if err := os.WriteFile(path, make([]byte, 3<<20), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(path)
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	sealed, err := streamenc.Seal(file, 3<<20, whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("known before the first byte is sent:", len(sealed.Info().FileEncSHA256), "bytes of hash,", sealed.Size(), "to send")

	// The connection broke after two million bytes: continue from there.
	rest, err := sealed.Open(2_000_000)
	if err != nil {
		log.Fatal(err)
	}
	defer rest.Close()
	n, err := io.Copy(io.Discard, rest)
	fmt.Println(n, err)
	// Output:
	// known before the first byte is sent: 32 bytes of hash, 3145754 to send
	// 1145754 <nil>
}

func ExampleSealed_UnmarshalBinary() {
	source := bytes.NewReader([]byte("what is uploaded"))
	sealed, err := streamenc.Seal(source, source.Size(), whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	stored, err := sealed.MarshalBinary() // contains the media key: keep it secret
	if err != nil {
		log.Fatal(err)
	}

	// In the next process, which need not read the source first:
	var restored streamenc.Sealed
	if err = restored.UnmarshalBinary(stored); err != nil {
		log.Fatal(err)
	}
	restored.Bind(source)
	fmt.Println(restored.Size(), bytes.Equal(sealed.Info().FileEncSHA256, restored.Info().FileEncSHA256))
	// Output: 42 true
}

func ExampleDecrypt() {
	object, info, err := streamenc.EncryptBytes([]byte("for your eyes only"), whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	var dst bytes.Buffer
	_, err = streamenc.Decrypt(&dst, bytes.NewReader(object), info.MediaKey, whatsmeow.MediaDocument,
		streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
	if err != nil {
		log.Fatal(err) // discard what dst has
	}
	fmt.Println(dst.String())
	// Output: for your eyes only
}

func ExampleDecryptBytes() {
	object, info, err := streamenc.EncryptBytes([]byte("for your eyes only"), whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	plaintext, err := streamenc.DecryptBytes(object, info.MediaKey, whatsmeow.MediaDocument,
		streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", plaintext) // object is overwritten
	// Output: for your eyes only
}

func ExampleNewReader() {
	object, info, err := streamenc.EncryptBytes([]byte("one\ntwo\n"), whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	r, err := streamenc.NewReader(bytes.NewReader(object), info.MediaKey, whatsmeow.MediaDocument)
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		log.Fatal(err) // discard text
	}
	fmt.Print(string(text))
	// Output:
	// one
	// two
}

func ExampleNewReaderAt() {
	film := bytes.Repeat([]byte("0123456789"), 50_000)
	object, info, err := streamenc.EncryptBytes(film, whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	if err != nil {
		log.Fatal(err)
	}
	r, err := streamenc.NewReaderAt(bytes.NewReader(object), int64(len(object)), info.MediaKey, whatsmeow.MediaVideo,
		streamenc.VerifySidecar(info.Sidecar))
	if err != nil {
		log.Fatal(err)
	}
	part := make([]byte, 4)
	if _, err = r.ReadAt(part, 400_003); err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Size(), string(part))

	// To a player, which asks for ranges:
	_ = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.ServeContent(w, req, "film.mp4", time.Time{}, io.NewSectionReader(r, 0, r.Size()))
	})
	// Output: 500000 3456
}

func ExampleFirstFrameLength() {
	chunk := func(name string, size uint32) string {
		return name + string(binary.LittleEndian.AppendUint32(nil, size)) + strings.Repeat("\x00", int(size))
	}
	chunks := "WEBP" + chunk("VP8X", 10) + chunk("ANIM", 6) + chunk("ANMF", 100) + chunk("ANMF", 60)
	file := "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(chunks)))) + chunks

	length, animated := streamenc.FirstFrameLength([]byte(file))
	fmt.Println(length, animated)
	// Output: 152 true
}
