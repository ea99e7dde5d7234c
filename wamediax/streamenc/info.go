package streamenc

// Info describes an encrypted object: what a message must contain so that others can download and
// decrypt it. The caller owns the slices.
type Info struct {
	MediaKey      []byte // 32 bytes
	FileSHA256    []byte // of the plaintext
	FileEncSHA256 []byte // of the object, including the MAC
	FileLength    int64  // bytes of plaintext

	// Sidecar is the streaming sidecar, 10 bytes per 64 KiB. It is nil without WithSidecar.
	Sidecar []byte
	// FirstFrameLength and FirstFrameSidecar are set only for an animated WebP, with
	// WithFirstFrameSidecar.
	FirstFrameLength  int64  // bytes of the file up to the end of its first animation frame
	FirstFrameSidecar []byte // 10 bytes
}

// EncryptedSize returns the size in bytes of the object for plaintextSize bytes: padded to a whole
// number of blocks (by a full block if it is one already), plus 10 bytes of MAC.
func EncryptedSize(plaintextSize int64) int64 {
	return paddedSize(plaintextSize) + macSize
}

func paddedSize(plaintextSize int64) int64 {
	return (plaintextSize/blockSize + 1) * blockSize
}
