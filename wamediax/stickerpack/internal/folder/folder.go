// Package folder describes a sticker pack's directory, for the code that writes
// and reads it.
package folder

// Names of special files.
const (
	Manifest  = "pack.json"
	TrayIcon  = "tray"      // plus an extension
	Thumbnail = "thumbnail" // plus an extension
)

// Pack is the content of a manifest. All names are of files directly in the directory.
type Pack struct {
	ID          string    `json:"id,omitempty"`
	Name        string    `json:"name,omitempty"`
	Publisher   string    `json:"publisher,omitempty"`
	Description string    `json:"description,omitempty"`
	Caption     string    `json:"caption,omitempty"`
	TrayIcon    string    `json:"tray,omitempty"`
	Thumbnail   string    `json:"thumbnail,omitempty"`
	Stickers    []Sticker `json:"stickers,omitempty"`
}

// Sticker is one sticker of a manifest.
type Sticker struct {
	File   string   `json:"file"`
	Emojis []string `json:"emojis,omitempty"`
	Label  string   `json:"label,omitempty"`
}
