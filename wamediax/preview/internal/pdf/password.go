package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// padding pads passwords (ISO 32000-1 section 7.6.3.3).
var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08" +
	"\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// asksForPassword reports whether the empty password, which readers try first,
// fails. It returns true for encryption that it does not know.
func (f *file) asksForPassword(encrypt dict) bool {
	value := func(key name) any {
		v, _ := f.resolve(encrypt[key])
		return v
	}
	revision, _ := value("R").(int64)
	user, _ := value("U").(text)
	owner, _ := value("O").(text)
	if value("Filter") != name("Standard") || len(user) < 32 || len(owner) < 32 {
		return true
	}
	switch revision {
	case 2, 3, 4:
		permissions, _ := value("P").(int64)
		bits, _ := value("Length").(int64)
		if revision == 4 {
			bits = 128
		}
		if bits < 40 || bits > 128 || revision == 2 {
			bits = 40
		}
		plain := value("EncryptMetadata") == keyword("false")
		return !emptyPassword(revision, int(bits/8), user, owner, uint32(permissions), f.id(), plain)
	case 5, 6:
		if len(user) < 48 {
			return true
		}
		hash, salt := []byte(user[:32]), []byte(user[32:40])
		if revision == 5 {
			sum := sha256.Sum256(salt)
			return !bytes.Equal(sum[:], hash)
		}
		return !bytes.Equal(hash2B(salt), hash)
	}
	return true
}

// id returns the first part of the file's identifier.
func (f *file) id() []byte {
	ids, _ := f.resolve(f.trailer["ID"])
	if list, _ := ids.(array); len(list) > 0 {
		id, _ := list[0].(text)
		return []byte(id)
	}
	return nil
}

// emptyPassword implements algorithms 2, 4 and 5 of ISO 32000-1 section 7.6.3 for
// the empty user password.
func emptyPassword(revision int64, keySize int, user, owner text, permissions uint32, id []byte, plainMetadata bool) bool {
	h := md5.New()
	h.Write(padding)
	h.Write([]byte(owner[:32]))
	h.Write(binary.LittleEndian.AppendUint32(nil, permissions))
	h.Write(id)
	if revision >= 4 && plainMetadata {
		h.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key := h.Sum(nil)
	if revision == 2 {
		return bytes.Equal(xorKeys(key[:keySize], padding, 1), []byte(user[:32]))
	}
	for range 50 {
		sum := md5.Sum(key[:keySize])
		key = sum[:]
	}
	sum := md5.Sum(append(bytes.Clone(padding), id...))
	return bytes.Equal(xorKeys(key[:keySize], sum[:], 20), []byte(user[:16]))
}

// xorKeys encrypts data with RC4 under key, and under the key with each byte
// XORed with 1, 2, …
func xorKeys(key, data []byte, times int) []byte {
	data = bytes.Clone(data)
	for i := range times {
		k := bytes.Clone(key)
		for j := range k {
			k[j] ^= byte(i)
		}
		c, err := rc4.NewCipher(k)
		if err != nil {
			return nil // keys of 5 to 16 bytes are always valid
		}
		c.XORKeyStream(data, data)
	}
	return data
}

// hash2B implements algorithm 2.B of ISO 32000-2 section 7.6.4.3.4 for the empty
// user password.
func hash2B(salt []byte) []byte {
	sum := sha256.Sum256(salt)
	k := sum[:]
	for round := 0; ; round++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil // a key of 16 bytes is always valid
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		remainder := 0
		for _, b := range e[:16] {
			remainder += int(b) // 256 mod 3 is 1
		}
		switch remainder % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round+1-32 {
			return k[:32]
		}
	}
}
