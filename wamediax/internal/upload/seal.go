package upload

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// inMemory is the object size in bytes up to which a re-readable source's object is kept, so that
// it is encrypted only once: that of 1 MiB of media. The buffers come from a pool.
var inMemory = streamenc.EncryptedSize(1 << 20)

// object is media that is ready to be sent.
type object struct {
	Content
	body resume.Body
	note []byte // from the source

	recalled   bool // it is the journal's object: hosts may hold part of it
	unrecorded bool // the journal has no up-to-date record of it
	mayExist   bool // its key is not new, or it has none: it may have been sent before
	io.Closer
}

type nothing struct{}

func (nothing) Close() error { return nil }

// token returns the hash that identifies the object to hosts.
func (obj *object) token() []byte {
	if obj.Info.FileEncSHA256 != nil {
		return obj.Info.FileEncSHA256
	}
	return obj.Info.FileSHA256
}

// marshal returns what the journal needs to send the object again without reading its source, or
// nil if that is not possible.
func (obj *object) marshal() ([]byte, error) {
	sealed, ok := obj.body.(*streamenc.Sealed)
	if !ok {
		return nil, nil
	}
	data, err := sealed.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("failed to marshal the sealed object: %w", err)
	}
	return data, nil
}

// seal reads job's source once. A re-readable source stays in place: seal computes its hashes, and
// sending encrypts it again. Any other source is stored, encrypted if its destination requires
// that, in job's scratch or a spool. A nil key stands for a new random one.
func (p *Pipeline) seal(ctx context.Context, job Job, key []byte, reports *reporter) (*object, error) {
	made := time.Now().Truncate(time.Second)
	obj, err := p.sealSource(ctx, job, key, reports)
	if err != nil {
		return nil, err
	}
	obj.unrecorded = true
	obj.mayExist = key != nil || !job.Dest.encrypted
	obj.note = job.note()
	if job.Dest.encrypted {
		obj.KeyMade = made
	}
	return obj, nil
}

func (p *Pipeline) sealSource(ctx context.Context, job Job, key []byte, reports *reporter) (*object, error) {
	if section, ok := source.InPlace(job.Source); ok && job.Scratch == nil {
		return sealInPlace(ctx, section, job, key, reports)
	}
	if job.Scratch != nil {
		return sealTo(ctx, job.Scratch, job, key, reports)
	}
	kept := spool.New(p.SpoolMemory)
	sealed := false
	defer func() {
		if !sealed { // also where the source or the progress callback panics
			_ = kept.Close()
		}
	}()
	obj, err := sealTo(ctx, kept, job, key, reports)
	if err != nil {
		return nil, err
	}
	sealed, obj.Closer = true, kept
	return obj, nil
}

func sealInPlace(ctx context.Context, section *io.SectionReader, job Job, key []byte, reports *reporter) (*object, error) {
	obj := &object{Closer: nothing{}}
	watched := source.WatchAt(ctx, section, func(read int64) { reports.done(Encrypting, read, section.Size()) })
	if job.Dest.encrypted {
		opts := append(job.encryption(key), streamenc.WithObjectInMemory(inMemory))
		sealed, err := streamenc.Seal(watched, section.Size(), job.MediaType, opts...)
		if err != nil {
			return nil, fmt.Errorf("failed to encrypt: %w", err)
		}
		obj.body, obj.Info, obj.Closer = sealed, sealed.Info(), released{sealed}
	} else {
		hash := sha256.New()
		n, err := io.Copy(hash, io.NewSectionReader(watched, 0, section.Size()))
		if err == nil && n < section.Size() {
			err = fmt.Errorf("source ended at byte %d of %d: %w", n, section.Size(), io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, fmt.Errorf("failed to hash: %w", err)
		}
		obj.body, obj.Info = source.NewSection(watched, section.Size()), streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n}
	}
	watched.Quiet() // later reads belong to sending
	if source.Grown(section) {
		return nil, errors.Join(
			fmt.Errorf("%w: source grew beyond its %d bytes while it was read", streamenc.ErrSourceChanged, section.Size()), obj.Close())
	}
	head := heads.Get().(*[source.SniffSize]byte)
	n, err := section.ReadAt(head[:min(source.SniffSize, section.Size())], 0)
	if err != nil && err != io.EOF {
		// that read may still be running
		return nil, errors.Join(fmt.Errorf("failed to read the first bytes: %w", err), obj.Close())
	}
	obj.Mimetype = source.Sniff(head[:n])
	clear(head[:]) // plaintext does not stay in buffers: see package streamenc
	heads.Put(head)
	return obj, nil
}

// heads are buffers for the first bytes of media.
var heads = sync.Pool{New: func() any { return new([source.SniffSize]byte) }}

// released returns the memory of a sealed object.
type released struct{ sealed *streamenc.Sealed }

func (r released) Close() error {
	r.sealed.Release()
	return nil
}

// sealTo reads a stream to its end and stores its object in scratch.
func sealTo(ctx context.Context, scratch source.Scratch, job Job, key []byte, reports *reporter) (*object, error) {
	head := new(source.Head)
	watched := source.Watch(ctx, job.Source, func(read int64) { reports.done(Encrypting, read, 0) })
	plaintext := io.TeeReader(watched, head)
	obj := &object{Closer: nothing{}}
	if job.Dest.encrypted {
		info, err := streamenc.Encrypt(scratch, plaintext, job.MediaType, job.encryption(key)...)
		if err != nil {
			return nil, fmt.Errorf("failed to encrypt: %w", err)
		}
		obj.Info, obj.body = info, source.NewSection(scratch, streamenc.EncryptedSize(info.FileLength))
	} else {
		hash := sha256.New()
		n, err := io.Copy(io.MultiWriter(scratch, hash), plaintext)
		if err != nil {
			return nil, fmt.Errorf("failed to read: %w", err)
		}
		obj.Info, obj.body = streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n}, source.NewSection(scratch, n)
	}
	obj.Mimetype = head.Mimetype()
	return obj, nil
}
