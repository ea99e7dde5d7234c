package preview

import "github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pdf"

// readPDF counts pages and checks whether a password is required. It does not render pages.
func (f *file) readPDF() error {
	info, err := pdf.Read(f.bounded(pdf.Budget))
	f.preview.Pages = info.Pages
	if info.Password {
		f.preview.Warnings = append(f.preview.Warnings, "the PDF opens only with a password")
	}
	return err
}
