package wamediax

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// object is media that is ready to go onto the CDN.
type object struct {
	body     resume.Body
	info     streamenc.Info // where nothing is encrypted: FileSHA256 and FileLength alone
	mimetype string
	made     time.Time // when the media key was made
	recalled bool      // it is what a record says: the CDN may hold some of it already
	sought   bool      // the CDN may hold some of it already, though no record says so
	mayExist bool      // its key is not fresh, or it has none: anyone may have sent it before
	io.Closer
}

// token is the hash under which the CDN takes the object.
func (obj *object) token() []byte {
	if obj.info.FileEncSHA256 != nil {
		return obj.info.FileEncSHA256
	}
	return obj.info.FileSHA256
}

type nothing struct{}

func (nothing) Close() error { return nil }

// prepare reads src once. What can be read in place is: only hashes are kept of it, and it is read again while it is sent.
// What cannot goes, encrypted if it shall be, to scratch, or to a spool if that is nil.
func (c *Client) prepare(ctx context.Context, src io.Reader, s *uploadSettings, report func(read, total int64)) (*object, error) {
	made := time.Now().Truncate(time.Second)
	mayExist := s.mediaKey != nil || !s.dest.encrypted
	if section, ok := source.InPlace(src); ok && s.scratch == nil {
		watch := source.WatchAt(ctx, section, func(read int64) { report(read, section.Size()) })
		obj, err := prepareInPlace(watch, section, s)
		if err != nil {
			return nil, err
		}
		watch.Quiet()
		obj.made, obj.mayExist = made, mayExist
		return obj, nil
	}
	watch := source.Watch(ctx, src, func(read int64) { report(read, 0) })
	head := new(source.Head)
	plaintext := io.TeeReader(watch, head)
	scratch, closer := s.scratch, io.Closer(nothing{})
	if scratch == nil {
		spool := source.NewSpool(c.spoolMemory)
		scratch, closer = spool, spool
	}
	obj, err := prepareStream(plaintext, scratch, s)
	if err != nil {
		return nil, errors.Join(err, closer.Close())
	}
	obj.made, obj.mayExist, obj.mimetype, obj.Closer = made, mayExist, head.Mimetype(), closer
	return obj, nil
}

func prepareInPlace(watch *source.Watched, section *io.SectionReader, s *uploadSettings) (*object, error) {
	obj := &object{Closer: nothing{}}
	if s.dest.encrypted {
		sealed, err := streamenc.Seal(watch, section.Size(), s.mediaType, s.encryption()...)
		if err != nil {
			return nil, fmt.Errorf("failed to encrypt: %w", err)
		}
		obj.body, obj.info = sealed, sealed.Info()
	} else {
		plain := io.NewSectionReader(watch, 0, section.Size())
		hash := sha256.New()
		n, err := io.Copy(hash, plain)
		if err == nil && n < section.Size() {
			err = fmt.Errorf("it ended at byte %d of %d: %w", n, section.Size(), io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, fmt.Errorf("failed to hash: %w", err)
		}
		obj.body, obj.info = source.NewSection(watch, section.Size()), streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n}
	}
	if source.Grown(section) {
		return nil, fmt.Errorf("%w: it grew beyond its %d bytes while it was read", streamenc.ErrSourceChanged, section.Size())
	}
	head := make([]byte, min(source.SniffSize, section.Size()))
	n, err := section.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("failed to read the first bytes: %w", err)
	}
	obj.mimetype = source.Sniff(head[:n])
	return obj, nil
}

func prepareStream(plaintext io.Reader, scratch source.Scratch, s *uploadSettings) (*object, error) {
	if s.dest.encrypted {
		info, err := streamenc.Encrypt(scratch, plaintext, s.mediaType, s.encryption()...)
		if err != nil {
			return nil, fmt.Errorf("failed to encrypt: %w", err)
		}
		size := streamenc.EncryptedSize(info.FileLength)
		return &object{info: info, body: source.NewSection(scratch, size)}, nil
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(scratch, hash), plaintext)
	if err != nil {
		return nil, fmt.Errorf("failed to read: %w", err)
	}
	return &object{
		info: streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n},
		body: source.NewSection(scratch, n),
	}, nil
}
