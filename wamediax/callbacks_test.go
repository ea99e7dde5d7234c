package wamediax_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// boom panics when its turn has come, as code of the caller's may.
type boom struct{ calls int }

func (b *boom) call() {
	if b.calls--; b.calls <= 0 {
		panic("boom")
	}
}

// mine is a source, and a file, that panics in one of its methods.
type mine struct {
	*os.File
	in    string // the method
	after boom
}

func (m *mine) call(method string) {
	if m.in == method {
		m.after.call()
	}
}

func (m *mine) Read(p []byte) (int, error)            { m.call("Read"); return m.File.Read(p) }
func (m *mine) ReadAt(p []byte, o int64) (int, error) { m.call("ReadAt"); return m.File.ReadAt(p, o) }
func (m *mine) Write(p []byte) (int, error)           { m.call("Write"); return m.File.Write(p) }
func (m *mine) WriteAt(p []byte, o int64) (int, error) {
	m.call("WriteAt")
	return m.File.WriteAt(p, o)
}
func (m *mine) Seek(o int64, whence int) (int64, error) {
	m.call("Seek")
	return m.File.Seek(o, whence)
}
func (m *mine) Close() error { m.call("Close"); return m.File.Close() }
func (m *mine) Note() []byte { m.call("Note"); return []byte("note") }
func (m *mine) Size() int64 {
	m.call("Size")
	stat, err := m.File.Stat()
	if err != nil {
		return 0
	}
	return stat.Size()
}

// onlyReads is a source that can be read once.
type onlyReads struct{ io.ReadCloser }

func (o onlyReads) Note() []byte { return o.ReadCloser.(*mine).Note() }

func TestPanicInTheCallersCodeComesOutWhereTheCallerCanRecoverIt(t *testing.T) {
	const size = 3 * mebi / 2
	mineIn := func(t *testing.T, method string, after int) *mine {
		return &mine{File: fileOf(t, content(size)), in: method, after: boom{after}}
	}
	during := func(stage wamediax.Stage, after int) func(wamediax.Progress) {
		b := boom{after}
		return func(p wamediax.Progress) {
			if p.Stage == stage {
				b.call()
			}
		}
	}
	upload := func(src func(*testing.T) io.Reader, opts ...wamediax.UploadOption) func(*testing.T, *service) {
		return func(t *testing.T, s *service) {
			_, _ = s.client.UploadMedia(t.Context(), src(t), whatsmeow.MediaVideo, opts...)
		}
	}
	all := func(t *testing.T, s *service, item wamediax.UploadItem) {
		item.MediaType = whatsmeow.MediaVideo
		items := []wamediax.UploadItem{item, {MediaType: whatsmeow.MediaImage, Path: fileOf(t, content(10)).Name()}}
		for range s.client.UploadAll(t.Context(), items) {
			continue
		}
	}
	opens := func(t *testing.T, s *service, method string, after int) {
		all(t, s, wamediax.UploadItem{Open: func() (io.ReadCloser, error) { return onlyReads{mineIn(t, method, after)}, nil }})
	}
	download := func(t *testing.T, s *service, into func(*mine, *service)) {
		dst, err := os.Create(t.TempDir() + "/dst")
		require.NoError(t, err)
		defer dst.Close()
		into(&mine{File: dst, in: "Write", after: boom{2}}, s)
	}

	misuses := map[string]func(*testing.T, *service){
		"the progress of an upload that encrypts":   upload(func(t *testing.T) io.Reader { return stream(content(size)) }, wamediax.WithProgress(during(wamediax.Encrypting, 1))),
		"the progress of an upload that sends":      upload(func(t *testing.T) io.Reader { return stream(content(size)) }, wamediax.WithProgress(during(wamediax.Uploading, 2))),
		"the progress of an upload's first attempt": upload(func(t *testing.T) io.Reader { return stream(content(size)) }, wamediax.WithProgress(during(wamediax.Uploading, 1))),
		"the progress of a file's upload":           upload(func(t *testing.T) io.Reader { return fileOf(t, content(size)) }, wamediax.WithProgress(during(wamediax.Uploading, 2))),
		"Read of a stream":                          upload(func(t *testing.T) io.Reader { return onlyReads{mineIn(t, "Read", 3)} }),
		"Size of a source":                          upload(func(t *testing.T) io.Reader { return mineIn(t, "Size", 1) }),
		"ReadAt of a source that is hashed":         upload(func(t *testing.T) io.Reader { return mineIn(t, "ReadAt", 2) }),
		"ReadAt of a source that is sent":           upload(func(t *testing.T) io.Reader { return mineIn(t, "ReadAt", 30) }),
		"ReadAt of a source that goes as it is": func(t *testing.T, s *service) {
			_, _ = s.client.UploadCoverPhoto(t.Context(), mineIn(t, "ReadAt", 60))
		},
		"Read of a newsletter's file that only seeks": func(t *testing.T, s *service) {
			src := struct{ io.ReadSeeker }{mineIn(t, "Read", 3)}
			_, _ = s.client.UploadNewsletterReader(t.Context(), src, whatsmeow.MediaImage)
		},
		"Seek of a newsletter's file": func(t *testing.T, s *service) {
			src := struct{ io.ReadSeeker }{mineIn(t, "Seek", 4)}
			_, _ = s.client.UploadNewsletterReader(t.Context(), src, whatsmeow.MediaImage)
		},
		"WriteAt of a temporary file": func(t *testing.T, s *service) {
			_, _ = s.client.UploadReader(t.Context(), stream(content(size)), mineIn(t, "WriteAt", 2), whatsmeow.MediaImage)
		},
		"ReadAt of a temporary file": func(t *testing.T, s *service) {
			_, _ = s.client.UploadReader(t.Context(), stream(content(size)), mineIn(t, "ReadAt", 1), whatsmeow.MediaImage)
		},
		"Read of a live upload's source": func(t *testing.T, s *service) {
			_, _ = s.client.UploadLive(t.Context(), onlyReads{mineIn(t, "Read", 20)}, whatsmeow.MediaAudio)
		},
		"the progress of a live upload": func(t *testing.T, s *service) {
			_, _ = s.client.UploadLive(t.Context(), stream(content(size)), whatsmeow.MediaAudio, wamediax.WithProgress(during(wamediax.Uploading, 2)))
		},
		"the progress of a live upload that is spooled": func(t *testing.T, s *service) {
			s.inject("", liveChunks, -1, wamediaxtest.Status(404))
			_, _ = s.client.UploadLive(t.Context(), stream(content(2*size)), whatsmeow.MediaAudio, wamediax.WithProgress(during(wamediax.Encrypting, 1)))
		},
		"the progress of one of many": func(t *testing.T, s *service) {
			all(t, s, wamediax.UploadItem{
				Path: fileOf(t, content(size)).Name(), Options: []wamediax.UploadOption{wamediax.WithProgress(during(wamediax.Uploading, 2))},
			})
		},
		"Open of one of many": func(t *testing.T, s *service) {
			all(t, s, wamediax.UploadItem{Open: func() (io.ReadCloser, error) { panic("boom") }})
		},
		"Read of one of many":  func(t *testing.T, s *service) { opens(t, s, "Read", 3) },
		"Note of one of many":  func(t *testing.T, s *service) { opens(t, s, "Note", 1) },
		"Close of one of many": func(t *testing.T, s *service) { opens(t, s, "Close", 1) },
		"the loop over many": func(t *testing.T, s *service) {
			for range s.client.UploadAll(t.Context(), []wamediax.UploadItem{{}, {}, {}}) {
				panic("boom")
			}
		},
		"Write of a destination": func(t *testing.T, s *service) {
			download(t, s, func(dst *mine, s *service) { _, _ = s.client.DownloadTo(t.Context(), dst, s.posted(t, content(size))) })
		},
		"Write of a destination of what is not encrypted": func(t *testing.T, s *service) {
			download(t, s, func(dst *mine, s *service) {
				_, _ = s.client.DownloadTo(t.Context(), dst, s.postedPlain(t, content(size)))
			})
		},
		"Write of a drop-in's file": func(t *testing.T, s *service) {
			download(t, s, func(dst *mine, s *service) { _ = s.client.DownloadToFile(t.Context(), s.posted(t, content(size)), dst) })
		},
		"the progress of DownloadTo": func(t *testing.T, s *service) {
			_, _ = s.client.DownloadTo(t.Context(), io.Discard, s.posted(t, content(size)), wamediax.WithProgress(during(wamediax.Downloading, 2)))
		},
		"the progress of DownloadFile": func(t *testing.T, s *service) {
			dir := t.TempDir()
			defer requireEmpty(t, dir)
			_, _ = s.client.DownloadFile(t.Context(), dir+"/file", s.posted(t, content(size)), wamediax.WithProgress(during(wamediax.Downloading, 2)))
		},
		"the progress of DownloadBytes": func(t *testing.T, s *service) {
			_, _, _ = s.client.DownloadBytes(t.Context(), s.posted(t, content(size)), wamediax.WithProgress(during(wamediax.Downloading, 2)))
		},
		"the progress of OpenMedia": func(t *testing.T, s *service) {
			_, _ = s.client.OpenMedia(t.Context(), s.posted(t, content(size)), wamediax.WithProgress(during(wamediax.Downloading, 2)))
		},
		"the progress of media that is read": func(t *testing.T, s *service) {
			media, err := s.client.OpenMedia(t.Context(), s.posted(t, content(size)), wamediax.WithProgress(during(wamediax.Downloading, 5)))
			require.NoError(t, err)
			defer media.Close()
			_, _ = io.Copy(io.Discard, media)
		},
		"Read of a product's picture": func(t *testing.T, s *service) {
			_, _ = productimg.Upload(t.Context(), s.client, onlyReads{mineIn(t, "Read", 1)})
		},
		"Open of one of many products' pictures": func(t *testing.T, s *service) {
			items := []productimg.Item{{ProductID: "1", Open: func() (io.ReadCloser, error) { panic("boom") }}}
			for range productimg.Sync(t.Context(), s.client, items) {
				continue
			}
		},
	}
	for name, misuse := range misuses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, wamediax.WithSpoolMemory(0))
			require.PanicsWithValue(t, "boom", func() { misuse(t, s) })
			up, err := s.client.UploadMedia(t.Context(), stream(content(1000)), whatsmeow.MediaDocument)
			require.NoError(t, err)
			s.requireThere(t, up)
		})
	}
}

func TestPanicInTheCallersCodeLeavesNoTemporaryFile(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would close the file some day
	s := newService(t, wamediax.WithSpoolMemory(0))
	for _, stage := range []wamediax.Stage{wamediax.Encrypting, wamediax.Uploading} {
		require.PanicsWithValue(t, "boom", func() {
			_, _ = s.client.UploadMedia(t.Context(), stream(content(mebi)), whatsmeow.MediaVideo, wamediax.WithProgress(func(p wamediax.Progress) {
				if p.Stage == stage && p.Done > 0 {
					panic("boom")
				}
			}))
		})
		require.Zero(t, openSpools(), stage)
		requireNoTempFiles(t)
	}
}

// miscounts is a source that returns impossible counts.
type miscounts struct {
	*bytes.Reader
	by int
}

func (m miscounts) count(p []byte) int {
	if m.by < 0 {
		return m.by
	}
	return len(p) + m.by
}

func (m miscounts) Read(p []byte) (int, error)            { return m.count(p), nil }
func (m miscounts) ReadAt(p []byte, _ int64) (int, error) { return m.count(p), nil }
func (m miscounts) Close() error                          { return nil }

func TestSourceThatReturnsAnImpossibleCountIsAnError(t *testing.T) {
	s := newService(t)
	for count, by := range map[string]int{"more than it was asked for": 1, "a negative one": -1} {
		src := miscounts{bytes.NewReader(content(100_000)), by}
		for name, upload := range map[string]func(*testing.T) error{
			"of a stream": func(t *testing.T) error {
				_, err := s.client.UploadMedia(t.Context(), struct{ io.Reader }{src}, whatsmeow.MediaVideo)
				return err
			},
			"in place": func(t *testing.T) error {
				_, err := s.client.UploadMedia(t.Context(), src, whatsmeow.MediaVideo)
				return err
			},
			"in place, not encrypted": func(t *testing.T) error {
				_, err := s.client.UploadCoverPhoto(t.Context(), src)
				return err
			},
			"live": func(t *testing.T) error {
				_, err := s.client.UploadLive(t.Context(), struct{ io.Reader }{src}, whatsmeow.MediaVideo)
				return err
			},
			"by a drop-in": func(t *testing.T) error {
				_, err := s.client.UploadReader(t.Context(), struct{ io.Reader }{src}, nil, whatsmeow.MediaVideo)
				return err
			},
			"of a newsletter's file that only seeks": func(t *testing.T) error {
				_, err := s.client.UploadNewsletterReader(t.Context(), struct{ io.ReadSeeker }{src}, whatsmeow.MediaImage)
				return err
			},
			"as one of many": func(t *testing.T) (err error) {
				open := func() (io.ReadCloser, error) { return struct{ io.ReadCloser }{src}, nil }
				for _, outcome := range s.client.UploadAll(t.Context(), []wamediax.UploadItem{{MediaType: whatsmeow.MediaVideo, Open: open}}) {
					err = outcome.Err
				}
				return err
			},
		} {
			t.Run(name+", "+count, func(t *testing.T) {
				err := upload(t)
				require.Error(t, err)
				require.True(t, strings.Contains(err.Error(), "count") || errors.Is(err, io.ErrUnexpectedEOF), err)
			})
		}
	}
	require.Empty(t, s.requests(uploads), "nothing was sent")
	requireNoTempFiles(t)
}

// openSpools counts the process's open temporary files, also those that have no name any more; 0
// where the system does not say.
func openSpools() (open int) {
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if target, _ := os.Readlink(link); strings.Contains(target, "/wamediax-") {
			open++
		}
	}
	return open
}
