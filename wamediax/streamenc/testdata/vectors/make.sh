#!/bin/bash
# Makes the vectors in this directory with openssl's command line alone, so that they owe nothing to the code they test.
# The plaintexts are AES-CTR keystreams, the media keys SHA-256 hashes of the vectors' names.
set -eu
cd "$(dirname "$0")"

hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { perl -ne 'print pack "H*", $_'; }
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; } # key(hex) <data

# make NAME BYTES "MEDIA TYPE"
make() {
	local name=$1 size=$2 info=$3 key expanded iv cipher mac entry
	key=$(printf %s "$name" | openssl dgst -sha256 -binary | hex)
	printf %s "$key" | unhex >"$name.key"
	head -c "$size" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "${key:0:32}" -iv "${key:32:32}" >"$name.original"

	expanded=$(openssl kdf -keylen 112 -kdfopt digest:SHA256 -kdfopt "hexkey:$key" -kdfopt "info:$info" -binary HKDF | hex)
	iv=${expanded:0:32} cipher=${expanded:32:64} mac=${expanded:96:64}
	openssl enc -aes-256-cbc -nosalt -K "$cipher" -iv "$iv" -in "$name.original" -out "$name.encrypted"
	{ printf %s "$iv" | unhex; cat "$name.encrypted"; } | hmac "$mac" | head -c 10 >"$name.mac"
	cat "$name.mac" >>"$name.encrypted"

	{ printf %s "$iv" | unhex; cat "$name.encrypted"; } >"$name.stream"
	: >"$name.sidecar"
	for ((entry = 0; entry * 65536 < $(wc -c <"$name.stream"); entry++)); do
		tail -c "+$((entry * 65536 + 1))" "$name.stream" | head -c 65552 | hmac "$mac" | head -c 10 >>"$name.sidecar"
	done
	rm "$name.mac" "$name.stream"
}

rm -f ./*.key ./*.original ./*.encrypted ./*.sidecar
make image-empty 0 "WhatsApp Image Keys"
make image-1 1 "WhatsApp Image Keys"
make image-15 15 "WhatsApp Image Keys"
make image-16 16 "WhatsApp Image Keys"
make document-17 17 "WhatsApp Document Keys"
make audio-4095 4095 "WhatsApp Audio Keys"
# Around the places where a sidecar entry begins: 16 bytes of overlap, the padding block and the MAC meet there.
make video-65503 65503 "WhatsApp Video Keys"
make video-65519 65519 "WhatsApp Video Keys"
make video-65520 65520 "WhatsApp Video Keys"
make video-131071 131071 "WhatsApp Video Keys"
