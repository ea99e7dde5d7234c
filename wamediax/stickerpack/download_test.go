package stickerpack_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestDownloadedPackIsTheOneThatWasPublished(t *testing.T) {
	t.Parallel()
	s := newService(t)
	pack := packOf(4, animation)

	pack.Stickers[3].WebP = pack.Stickers[0].WebP
	msg, err := stickerpack.Publish(t.Context(), s.client, pack)
	require.NoError(t, err)

	got, err := stickerpack.Download(t.Context(), s.client, msg)
	require.NoError(t, err)
	thumbnail, err := stickerpack.DownloadThumbnail(t.Context(), s.client, msg)
	require.NoError(t, err)
	require.Equal(t, pack.Thumbnail, thumbnail)
	got.Thumbnail = thumbnail
	require.Equal(t, pack, got)
}

// zipped returns a zip as another client might write it: compressed, with data descriptors.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		file, err := w.Create(files[i])
		require.NoError(t, err)
		_, err = io.WriteString(file, files[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// multiplied returns a zip that lists the first file of another zip several times.
func multiplied(t testing.TB, data []byte, times int) (out []byte, names []string) {
	t.Helper()
	src, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var to bytes.Buffer
	w := zip.NewWriter(&to)
	for i := range times {
		raw, err := src.File[0].OpenRaw()
		require.NoError(t, err)
		header := src.File[0].FileHeader
		header.Name = fmt.Sprint(i)
		names = append(names, header.Name)
		file, err := w.CreateRaw(&header)
		require.NoError(t, err)
		_, err = io.Copy(file, raw)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return to.Bytes(), names
}

func listing(names ...string) *waE2E.StickerPackMessage {
	msg := &waE2E.StickerPackMessage{StickerPackID: proto.String("id"), Name: proto.String("name")}
	for _, name := range names {
		msg.Stickers = append(msg.Stickers, &waE2E.StickerPackMessage_Sticker{FileName: proto.String(name)})
	}
	return msg
}

func TestPacksOfOtherClientsCanBeDownloaded(t *testing.T) {
	red := string(still(512, 255))
	raw := hashName([]byte(red))
	for name, listed := range map[string]string{
		"named as we do":     raw,
		"named with padding": raw[:43] + "=.webp",
		"named as phones do": "00_" + raw[:43] + "%3D.webp",
		"with other names":   "tiger.webp",
		"of type Lottie":     "dance.was",
	} {
		t.Run(name, func(t *testing.T) {
			pack, err := stickerpack.Unzip(t.Context(), zipped(t, listed, red), listing(listed))
			require.NoError(t, err)
			require.Equal(t, red, string(pack.Stickers[0].WebP))
			require.Nil(t, pack.TrayIcon)
		})
	}
	t.Run("with a tray icon by the pack's ID", func(t *testing.T) {
		pack, err := stickerpack.Unzip(t.Context(), zipped(t, "a.webp", red, "id.webp", "tray"), listing("a.webp"))
		require.NoError(t, err)
		require.Equal(t, "tray", string(pack.TrayIcon))
	})
	t.Run("with a tray icon by another name", func(t *testing.T) {
		msg := listing("a.webp")
		msg.TrayIconFileName = proto.String("tray.png")
		pack, err := stickerpack.Unzip(t.Context(), zipped(t, "a.webp", red, "tray.png", "tray"), msg)
		require.NoError(t, err)
		require.Equal(t, "tray", string(pack.TrayIcon))
	})
}

func TestHashIsFoundInEveryFormOfFileName(t *testing.T) {
	sum := sha256.Sum256([]byte("3"))
	hash, ok := stickerpack.HashIn("00_TgdAhWK%2B24tgzgXB3s/jrRa3IjCWfeAfZAt+Rym0n84%3D.webp")
	require.True(t, ok)
	require.Equal(t, sum[:], hash)
	for _, name := range []string{"", ".webp", "00_.webp", "tiger.webp", hashName([]byte("3"))[1:]} {
		_, ok := stickerpack.HashIn(name)
		require.False(t, ok, name)
	}
}

func TestZipThatDoesNotMatchTheMessageIsRejected(t *testing.T) {
	red := string(still(512, 255))
	many := make([]string, 0, 600)
	for i := range 300 {
		many = append(many, fmt.Sprint(i), "x")
	}
	bomb := string(make([]byte, 2<<20+1))
	bombs, bombNames := multiplied(t, zipped(t, "a", bomb[:2<<20]), 33)
	damaged := zipped(t, "a", string(make([]byte, 1000)))
	damaged[40] ^= 0xff
	for name, c := range map[string]struct {
		zip  []byte
		msg  *waE2E.StickerPackMessage
		says string
	}{
		"not a zip":                       {[]byte("no zip at all"), listing("a"), "not a valid zip"},
		"a missing file":                  {zipped(t, "a", red), listing("a", "b"), `not contain "b"`},
		"an unlisted file":                {zipped(t, "a", red, "b", red), listing("a"), `"b", which the message does not list`},
		"a missing tray icon":             {zipped(t, "a", red), func() *waE2E.StickerPackMessage { m := listing("a"); m.TrayIconFileName = proto.String("t"); return m }(), `not contain "t"`},
		"a hash other than in the name":   {zipped(t, hashName([]byte("x")), red), listing(hashName([]byte("x"))), "hash in its name"},
		"a duplicate file":                {zipped(t, "a", red, "a", "other"), listing("a"), `"a" twice`},
		"a path upwards":                  {zipped(t, "../a", red), listing("../a"), "invalid file name"},
		"a path downwards":                {zipped(t, "b/a", red), listing("b/a"), "invalid file name"},
		"an absolute path":                {zipped(t, "/etc/passwd", red), listing("/etc/passwd"), "invalid file name"},
		"a Windows path":                  {zipped(t, `..\a`, red), listing(`..\a`), "invalid file name"},
		"a drive":                         {zipped(t, `C:a`, red), listing(`C:a`), "invalid file name"},
		"a directory":                     {zipped(t, "a/", ""), listing("a/"), "invalid file name"},
		"a control character":             {zipped(t, "a\x00", red), listing("a\x00"), "invalid file name"},
		"nothing listed":                  {zipped(t), listing(), "lists 0 stickers"},
		"too many listed":                 {zipped(t, "a", red), listing(make([]string, 300)...), "lists 300 stickers"},
		"too many files":                  {zipped(t, many...), listing("0"), "300 files"},
		"a file that unpacks to too much": {zipped(t, "a", bomb), listing("a"), "larger than 2097152 bytes"},
		"files that unpack to too much":   {bombs, listing(bombNames...), "larger than 0 bytes"},
		"a damaged file":                  {damaged, listing("a"), `"a"`},
	} {
		t.Run(name, func(t *testing.T) {
			pack, err := stickerpack.Unzip(t.Context(), c.zip, c.msg)
			require.ErrorIs(t, err, stickerpack.ErrBadArchive)
			require.ErrorContains(t, err, c.says)
			require.Nil(t, pack)
		})
	}
}

// directory returns a zip that is only a directory of the given number of files.
func directory(files int) []byte {
	le := binary.LittleEndian
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	le.PutUint16(entry[28:], 1) // length of the name
	list := bytes.Repeat(append(entry, 'a'), files)
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(files))
	end = le.AppendUint16(end, uint16(files))
	end = le.AppendUint32(end, uint32(len(list)))
	end = le.AppendUint32(end, 0)
	return append(append(list, end...), 0, 0)
}

func TestHugeZipDirectoryTakesNoMemory(t *testing.T) {
	data := directory(1_400_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := stickerpack.Unzip(t.Context(), data, listing("a"))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, stickerpack.ErrBadArchive)
	require.ErrorContains(t, err, "larger than 262144 bytes")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
}

func TestCancellingTheContextStopsUnpacking(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("caller stopped waiting")
	cancel(gone)
	_, err := stickerpack.Unzip(ctx, zipped(t, "a", "b"), listing("a"))
	require.ErrorIs(t, err, gone)
}

func TestCallersLowerLimitApplies(t *testing.T) {
	t.Parallel()
	s := newService(t)
	msg, err := stickerpack.Publish(t.Context(), s.client, packOf(4, animation))
	require.NoError(t, err)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(still(512, 1)), wamediax.MediaSticker)
	require.NoError(t, err)
	listed := &types.StickerPack{Stickers: []*types.StickerPackItem{{
		DirectPath: up.DirectPath, MediaKey: up.MediaKey, FileHash: up.FileSHA256, EncFileHash: up.FileEncSHA256,
	}}}
	strict := wamediax.Wrap(s.client.Client, wamediax.WithHTTPClient(s.HTTPClient()), wamediax.WithLimit(10))
	for name, download := range map[string]func(*wamediax.Client, ...wamediax.DownloadOption) error{
		"a pack": func(c *wamediax.Client, opts ...wamediax.DownloadOption) error {
			_, err := stickerpack.Download(t.Context(), c, msg, opts...)
			return err
		},
		"a thumbnail": func(c *wamediax.Client, opts ...wamediax.DownloadOption) error {
			_, err := stickerpack.DownloadThumbnail(t.Context(), c, msg, opts...)
			return err
		},
		"a store pack": func(c *wamediax.Client, opts ...wamediax.DownloadOption) error {
			_, err := stickerpack.DownloadStore(t.Context(), c, listed, opts...)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, download(s.client))
			require.ErrorIs(t, download(s.client, wamediax.WithLimit(10)), cdn.ErrTooLarge, "for one call")
			require.ErrorIs(t, download(strict), cdn.ErrTooLarge, "for the client")
		})
	}
}

func TestAHostThatSendsWrongBytesIsReplacedByAnother(t *testing.T) {
	t.Parallel()
	s := newService(t)
	want := packOf(30, func(side int, colour byte) []byte { return padded(moving(side, colour), 490<<10) }) // more than memory holds
	msg, err := stickerpack.Publish(t.Context(), s.client, want)
	require.NoError(t, err)
	s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Downloads, Times: 1, Do: wamediaxtest.Tamper(12 << 20)})
	got, err := stickerpack.Download(t.Context(), s.client, msg)
	require.NoError(t, err)
	require.Equal(t, want.Stickers, got.Stickers)
}

func TestDownloadIsBounded(t *testing.T) {
	t.Parallel()
	s := newService(t)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(make([]byte, 4<<20+16)), wamediax.MediaStickerPackThumbnail)
	require.NoError(t, err)
	msg := &waE2E.StickerPackMessage{
		ThumbnailDirectPath: &up.DirectPath, MediaKey: up.MediaKey, ThumbnailSHA256: up.FileSHA256, ThumbnailEncSHA256: up.FileEncSHA256,
	}
	_, err = stickerpack.DownloadThumbnail(t.Context(), s.client, msg, wamediax.WithLimit(1<<40))
	require.ErrorIs(t, err, cdn.ErrTooLarge)
	_, err = stickerpack.DownloadStore(t.Context(), s.client, &types.StickerPack{Stickers: []*types.StickerPackItem{{
		DirectPath: up.DirectPath, MediaKey: up.MediaKey, FileHash: up.FileSHA256, EncFileHash: up.FileEncSHA256,
	}}})
	require.ErrorIs(t, err, cdn.ErrTooLarge)
}

func TestStorePackIsDownloadedStickerBySticker(t *testing.T) {
	t.Parallel()
	s := newService(t)
	listed := &types.StickerPack{StickerPackID: "id", Name: "Store", Publisher: "WhatsApp", Description: "of the store"}
	want := packOf(6, still)
	for i, sticker := range want.Stickers {
		up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(sticker.WebP), wamediax.MediaSticker)
		require.NoError(t, err)
		listed.Stickers = append(listed.Stickers, &types.StickerPackItem{
			DirectPath: up.DirectPath, MediaKey: up.MediaKey, FileHash: up.FileSHA256, EncFileHash: up.FileEncSHA256,
			Emojis: sticker.Emojis, AccessibilityText: want.Stickers[i].Label,
		})
	}
	pack, err := stickerpack.DownloadStore(t.Context(), s.client, listed)
	require.NoError(t, err)
	require.Equal(t, want.Stickers, pack.Stickers)
	require.Equal(t, "Store", pack.Name)

	listed.Stickers[3].FileHash = listed.Stickers[2].FileHash
	_, err = stickerpack.DownloadStore(t.Context(), s.client, listed)
	require.ErrorContains(t, err, `stickers[3] of store pack "id"`)
	listed.Stickers[3] = nil
	_, err = stickerpack.DownloadStore(t.Context(), s.client, listed)
	require.ErrorIs(t, err, whatsmeow.ErrNoURLPresent)
	_, err = stickerpack.DownloadStore(t.Context(), s.client, nil)
	require.EqualError(t, err, "failed to download: store pack is nil")
	_, err = stickerpack.DownloadStore(t.Context(), s.client, &types.StickerPack{})
	require.ErrorIs(t, err, stickerpack.ErrBadArchive)
}

func TestSavedPackStaysInItsDirectory(t *testing.T) {
	pack := packOf(2, still)
	pack.ID, pack.Name, pack.TrayIcon = "../../x", "../../name", still(96, 1)
	base := t.TempDir()
	outside := filepath.Join(base, "outside")
	dir := filepath.Join(base, "a", "b")
	require.NoError(t, os.MkdirAll(dir, 0o777))
	require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o600))
	require.NoError(t, pack.Save(dir))
	require.NoError(t, pack.Save(dir), "again")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	require.Equal(t, []string{"01.webp", "02.webp", "pack.json", "thumbnail.jpg", "tray.webp"}, names)
	got, err := os.ReadFile(filepath.Join(dir, "02.webp"))
	require.NoError(t, err)
	require.Equal(t, pack.Stickers[1].WebP, got)

	require.NoError(t, os.Remove(filepath.Join(dir, "02.webp")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "02.webp")))
	require.ErrorContains(t, pack.Save(dir), "escapes")
	got, err = os.ReadFile(outside)
	require.NoError(t, err)
	require.Equal(t, "mine", string(got))
}

func FuzzUnzip(f *testing.F) {
	red := string(still(512, 255))
	f.Add(zipped(f, hashName([]byte(red)), red, "id.webp", "tray"), hashName([]byte(red)))
	f.Add(zipped(f, "../a", "x"), "../a")
	f.Add(zipped(f, "a", string(make([]byte, 100000))), "a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		pack, err := stickerpack.Unzip(t.Context(), data, listing(name))
		if err != nil {
			require.ErrorIs(t, err, stickerpack.ErrBadArchive)
			return
		}
		require.Len(t, pack.Stickers, 1)
		require.LessOrEqual(t, len(pack.Stickers[0].WebP), 2<<20)
		require.Equal(t, filepath.Base(name), name)
		if hash, ok := stickerpack.HashIn(name); ok {
			sum := sha256.Sum256(pack.Stickers[0].WebP)
			require.Equal(t, sum[:], hash)
		}
	})
}
