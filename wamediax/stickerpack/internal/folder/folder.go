// Package folder names what lies in a sticker pack's folder, for who writes one and who reads it.
package folder

// Names that mean something.
const (
	Manifest  = "pack.json"
	TrayIcon  = "tray"      // and an extension
	Thumbnail = "thumbnail" // and an extension
)

// Pack is what a folder's manifest says. All names are of files directly in the folder.
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
