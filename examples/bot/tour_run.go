package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"
)

// section is one stop of the tour. It shows a feature, and says in a few words what came of it; anything that is not as it
// should be is an error.
type section struct {
	name string
	show func(ctx context.Context, out io.Writer) (result string, err error)
}

// tour shows one feature after the other, against a WhatsApp service in this process. It leaves nothing behind, however it
// ends.
func tour(ctx context.Context, out io.Writer, path string) (err error) {
	if path == "" {
		made, err := makeFile(madeSize)
		if err != nil {
			return fmt.Errorf("failed to make a file: %w", err)
		}
		defer os.Remove(made)
		path = made
	}
	sections := []section{
		{"Upload", func(ctx context.Context, out io.Writer) (string, error) { return tourUpload(ctx, out, path) }},
		{"Restart", func(ctx context.Context, out io.Writer) (string, error) { return tourRestart(ctx, out, path) }},
		{"Drop-in", tourDropIn},
		{"Live upload", tourLive},
		{"Parts", tourParts},
		{"Reupload", tourReupload},
		{"Sticker pack", tourStickers},
		{"Catalog", tourCatalog},
		{"Cover photo", tourCoverPhoto},
	}
	summary := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(summary, "feature\tseconds\twhat came of it")
	for i, section := range sections {
		fmt.Fprintf(out, "%d. %s\n", i+1, section.name)
		began := time.Now()
		result, err := section.show(ctx, out)
		if err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
		fmt.Fprintln(out)
		fmt.Fprintf(summary, "%s\t%.1f\t%s\n", section.name, time.Since(began).Seconds(), result)
	}
	return summary.Flush()
}
