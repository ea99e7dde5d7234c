package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
)

// coverPhoto sets the picture at the top of a business profile.
func (t *tour) coverPhoto(ctx context.Context, stage *stage) (string, error) {
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
		return "", errors.New("the profile has no such picture")
	}
	t.say("Uploaded and set as the picture at the top of the business profile.")
	return fmt.Sprintf("%s on the business profile", size(int64(len(data)))), nil
}
