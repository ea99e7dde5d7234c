package hostile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strconv"
)

// directory returns a zip that is only a directory of the given number of files.
func directory(files int) []byte {
	le := binary.LittleEndian
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	le.PutUint16(entry[28:], uint16(len(Listed)))
	list := bytes.Repeat(append(entry, Listed...), files)
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(files))
	end = le.AppendUint16(end, uint16(files))
	end = le.AppendUint32(end, uint32(len(list)))
	end = le.AppendUint32(end, 0)
	return append(append(list, end...), 0, 0)
}

// bombs returns a zip of files that unpack to size bytes each.
func bombs(files int, size int64) []byte {
	var packed, out bytes.Buffer
	crc := crc32.NewIEEE()
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = io.CopyN(io.MultiWriter(deflate, crc), zero{}, size)
	}
	if err == nil {
		err = deflate.Close()
	}
	w := zip.NewWriter(&out)
	for i := 0; i < files && err == nil; i++ {
		header := &zip.FileHeader{
			Name: strconv.Itoa(i), Method: zip.Deflate, CRC32: crc.Sum32(),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(size),
		}
		var file io.Writer
		if file, err = w.CreateRaw(header); err == nil {
			_, err = file.Write(packed.Bytes())
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("hostile: " + err.Error()) // cannot happen: everything is in memory
	}
	return out.Bytes()
}
