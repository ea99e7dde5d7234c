// Package tour demonstrates the features of wamediax against a WhatsApp service
// in the same process. It needs no account and leaves no files.
package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Config configures a tour.
type Config struct {
	File  string // path of a file to upload; "" for 64 MiB of random bytes
	Sheet string // path of a PNG to write the contact sheet of the previews to; "" for none
}

// tour is one run.
type tour struct {
	*screen
	Config
	dir string // directory for temporary files
}

// section demonstrates one feature on a service of its own. show returns a short result, or an
// error for anything unexpected.
type section struct {
	name string
	show func(ctx context.Context, stage *stage) (result string, err error)
}

func (s section) run(ctx context.Context) (result string, err error) {
	stage, err := newStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	return s.show(ctx, stage)
}

// Run runs all sections and stops at the first error, including one of out, such as a closed pipe.
// If out is a terminal, Run wraps text to its width and draws progress bars.
func Run(ctx context.Context, out io.Writer, cfg Config) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dir, err := os.MkdirTemp("", "wamediax-tour-*")
	if err != nil {
		return fmt.Errorf("failed to make a directory for temporary files: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	t := &tour{newScreen(out, cancel), cfg, dir}
	if t.File == "" {
		t.File = filepath.Join(dir, "random")
		if err := makeRandom(ctx, t.File, 64<<20); err != nil {
			return fmt.Errorf("failed to make a file to upload: %w", err)
		}
	}
	sections := []section{
		{"Upload", t.upload},
		{"Restart", t.restart},
		{"Drop-in", t.dropIn},
		{"Live upload", t.live},
		{"Parts", t.parts},
		{"Reupload", t.reupload},
		{"Previews", t.previews},
		{"Album", t.album},
		{"Sticker pack", t.stickers},
		{"Catalog", t.catalog},
		{"Cover photo", t.coverPhoto},
	}
	var summary [][2]string
	for i, section := range sections {
		fmt.Fprintf(t, "%d. %s\n", i+1, section.name)
		began := time.Now()
		result, err := section.run(ctx)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		} else if err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
		fmt.Fprintln(t)
		summary = append(summary, [2]string{section.name, fmt.Sprintf("%s (%.1fs)", result, time.Since(began).Seconds())})
	}
	fmt.Fprintln(t, "Summary")
	t.rows(summary...)
	return context.Cause(ctx)
}

// tempDir returns a new directory. The tour removes it at its end.
func (t *tour) tempDir() (string, error) { return os.MkdirTemp(t.dir, "") }
