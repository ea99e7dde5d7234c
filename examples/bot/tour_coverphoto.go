package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
)

// tourCoverPhoto shows a picture at the top of a business profile.
func tourCoverPhoto(ctx context.Context, out io.Writer) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 640, 360)), nil); err != nil {
		return "", err
	}
	data := picture.Bytes()
	photo, err := stage.client.UploadCoverPhoto(ctx, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	if err := stage.client.SetCoverPhoto(ctx, photo); err != nil {
		return "", err
	}
	shown, ok := stage.CoverPhoto(stage.plain.Store.GetJID())
	if !ok || !bytes.Equal(shown.Data, data) {
		return "", errors.New("the profile does not show it")
	}
	fmt.Fprintln(out, "  Uploaded, and shown at the top of the business profile.")
	return fmt.Sprintf("%s, shown on the profile", size(int64(len(data)))), nil
}
