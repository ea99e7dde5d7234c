package streamenc

// Info describes an encrypted object: what a message needs so that others can download and decrypt it. The slices belong
// to the caller.
type Info struct {
	MediaKey      []byte // 32 bytes
	FileSHA256    []byte // of the plaintext
	FileEncSHA256 []byte // of the uploaded object, MAC included
	FileLength    int64  // bytes of plaintext

	// Sidecar is the streaming sidecar: 10 bytes for each 64 KiB, with WithSidecar.
	Sidecar []byte
	// FirstFrameLength and FirstFrameSidecar are set for an animated WebP, with WithFirstFrameSidecar.
	FirstFrameLength  int64  // bytes of the file up to the end of its first animation frame
	FirstFrameSidecar []byte // 10 bytes
}

// EncryptedSize returns the size in bytes of the object that plaintextSize bytes encrypt to: padded to the next whole
// block (a full block of padding where it already ends on one), and 10 bytes of MAC.
func EncryptedSize(plaintextSize int64) int64 {
	return paddedSize(plaintextSize) + macSize
}

func paddedSize(plaintextSize int64) int64 {
	return (plaintextSize/blockSize + 1) * blockSize
}
