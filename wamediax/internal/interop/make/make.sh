#!/bin/sh
# make.sh makes the vectors in ../testdata again, with other libraries for WhatsApp: zapo and Baileys (npm), and whatsapp-rust
# (crate wacore). It needs node 20 and npm, and cargo with Rust 1.94. It works in a temporary directory, and only calls the
# libraries. Baileys chooses its media keys, and receipts have random IVs, so some vectors are others each time.
set -eu

zapo=0.3.0
baileys=7.0.0-rc14

# Around a block, around a piece of the sidecar (65536, with and without the IV), and the lengths mod 65536 for which zapo
# leaves out the sidecar's last entry (65504 to 65519).
lengths="0 1 15 16 17 50 65494 65503 65504 65510 65511 65519 65520 65526 65536 65552 131040 131055 131056 131072 200000"

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../testdata
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
cp -R "$here/vectors.mjs" "$here/whatsapp-rust" .
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional "zapo-js@$zapo" "@whiskeysockets/baileys@$baileys"
node vectors.mjs zapo "$zapo" $lengths > "$out/zapo.json"
node vectors.mjs baileys "$baileys" $lengths > "$out/baileys.json"

wacore=$(sed -n 's/^wacore = .*"=\(.*\)".*/\1/p' whatsapp-rust/Cargo.toml)
cargo run --quiet --manifest-path whatsapp-rust/Cargo.toml -- "$wacore" $lengths > "$out/whatsapp-rust.json"
