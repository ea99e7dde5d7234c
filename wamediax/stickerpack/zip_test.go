package stickerpack_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

func fileOf(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// publishedZip publishes pack and returns what an unwrapped whatsmeow client downloads.
func publishedZip(t *testing.T, s *service, pack *stickerpack.Pack) (*waE2E.StickerPackMessage, []byte) {
	t.Helper()
	msg, err := stickerpack.Publish(t.Context(), s.client, pack)
	require.NoError(t, err)
	receiver, err := s.NewClient(t.Context())
	require.NoError(t, err)
	data, err := receiver.Download(t.Context(), msg)
	require.NoError(t, err)
	return msg, data
}

func hashName(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:]) + ".webp"
}

// expected returns the expected zip contents of a pack with a tray icon.
func expected(pack *stickerpack.Pack) (names []string, contents map[string][]byte) {
	contents = make(map[string][]byte)
	for _, s := range pack.Stickers {
		if name := hashName(s.WebP); contents[name] == nil {
			names, contents[name] = append(names, name), s.WebP
		}
	}
	tray := pack.ID + ".webp"
	contents[tray] = pack.TrayIcon
	return append(names, tray), contents
}

func TestZipStoresEachDistinctStickerOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	pack := packOf(5, still)
	pack.ID, pack.TrayIcon = "Käse", still(96, 3)
	pack.Stickers[3].WebP = pack.Stickers[1].WebP
	msg, data := publishedZip(t, s, pack)
	names, contents := expected(pack)
	require.Len(t, names, 5)
	require.Len(t, msg.Stickers, 5)
	require.Equal(t, msg.Stickers[1].GetFileName(), msg.Stickers[3].GetFileName())

	t.Run("read by archive/zip", func(t *testing.T) {
		reader, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		require.Len(t, reader.File, len(names))
		for i, file := range reader.File {
			require.Equal(t, names[i], file.Name)
			require.Equal(t, zip.Store, file.Method)
			require.Zero(t, file.Flags&0x8, "has a data descriptor")
			content, err := file.Open()
			require.NoError(t, err)
			require.Equal(t, contents[file.Name], readAll(t, content))
		}
	})
	t.Run("read by unzip -t", func(t *testing.T) {
		if _, err := exec.LookPath("unzip"); err != nil && os.Getenv("CI") != "true" {
			t.Skip("unzip is not installed")
		}
		out, err := exec.Command("unzip", "-t", fileOf(t, "pack.zip", data)).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "No errors detected")
	})
	t.Run("read from front to back", func(t *testing.T) {
		read := frontToBack(t, bytes.NewReader(data))
		require.Equal(t, contents, read)
	})
}

// frontToBack reads a zip as phones do, from local header to local header.
func frontToBack(t *testing.T, src io.Reader) map[string][]byte {
	t.Helper()
	contents := make(map[string][]byte)
	for {
		var h struct {
			Signature                          uint32
			Version, Flags, Method, Time, Date uint16
			CRC, Stored, Size                  uint32
			NameLength, ExtraLength            uint16
		}
		require.NoError(t, binary.Read(src, binary.LittleEndian, &h.Signature))
		if h.Signature != 0x04034b50 {
			require.Equal(t, uint32(0x02014b50), h.Signature, "the directory follows the last file")
			return contents
		}
		rest := []any{&h.Version, &h.Flags, &h.Method, &h.Time, &h.Date, &h.CRC, &h.Stored, &h.Size, &h.NameLength, &h.ExtraLength}
		for _, field := range rest {
			require.NoError(t, binary.Read(src, binary.LittleEndian, field))
		}
		require.Zero(t, h.Flags&0x8, "has a data descriptor")
		require.Zero(t, h.Method, "not stored uncompressed")
		require.Equal(t, h.Size, h.Stored)
		name := readAll(t, io.LimitReader(src, int64(h.NameLength)))
		_ = readAll(t, io.LimitReader(src, int64(h.ExtraLength)))
		content := readAll(t, io.LimitReader(src, int64(h.Size)))
		require.Equal(t, h.CRC, crc32.ChecksumIEEE(content))
		contents[string(name)] = content
	}
}

func TestSamePackGivesTheSameZipUnderAnotherKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first, err := stickerpack.Publish(t.Context(), s.client, packOf(3, still))
	require.NoError(t, err)
	second, err := stickerpack.Publish(t.Context(), s.client, packOf(3, still))
	require.NoError(t, err)
	require.Equal(t, first.FileSHA256, second.FileSHA256)
	require.Equal(t, first.ThumbnailSHA256, second.ThumbnailSHA256)
	require.NotEqual(t, first.MediaKey, second.MediaKey)
	require.NotEqual(t, first.FileEncSHA256, second.FileEncSHA256)

	inFiles := packOf(3, still)
	for i := range inFiles.Stickers {
		sticker := &inFiles.Stickers[i]
		file, err := os.Open(fileOf(t, "x.webp", sticker.WebP))
		require.NoError(t, err)
		defer file.Close()
		sticker.Source, sticker.WebP = io.NewSectionReader(file, 0, int64(len(sticker.WebP))), nil
	}
	third, err := stickerpack.Publish(t.Context(), s.client, inFiles)
	require.NoError(t, err)
	require.Equal(t, first.FileSHA256, third.FileSHA256)
	require.Equal(t, whatsmeow.MediaStickerPack, whatsmeow.GetMediaType(third))
}
