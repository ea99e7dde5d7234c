//! Prints the vectors of whatsapp-rust (crate wacore) as JSON. See ../make.sh.
//! Its arguments are the version of wacore and the lengths of the media.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::{Serializer, Value, json, ser::PrettyFormatter};
use sha2::{Digest, Sha256};
use wacore::crypto::hkdf_sha256_into;
use wacore::download::{DownloadUtils, MediaType};
use wacore::libsignal::crypto::aes_256_gcm_encrypt;
use wacore::media_retry::{
    build_history_sync_server_error_receipt, build_media_retry_receipt,
    decrypt_media_retry_notification, encrypt_media_retry_receipt,
};
use wacore::sticker_pack::{
    MediaUploadInfo, StickerInput, StickerPackMetadata, build_sticker_pack_message,
    create_sticker_pack_zip,
};
use wacore::upload::{EncryptedMedia, encrypt_media_with_key};
use wacore_binary::{Jid, marshal::marshal};
use waproto::buffa::Message;
use waproto::whatsapp::{MediaRetryNotification, media_retry_notification::ResultType};

/// Up to this many bytes of plaintext, a vector has its object and not only its hash.
const STORED: usize = 64;

const TYPES: [(&str, MediaType); 10] = [
    ("video", MediaType::Video),
    ("audio", MediaType::Audio),
    ("image", MediaType::Image),
    ("sticker", MediaType::Sticker),
    ("document", MediaType::Document),
    ("history", MediaType::History),
    ("app-state", MediaType::AppState),
    ("sticker-pack", MediaType::StickerPack),
    ("sticker-pack-thumbnail", MediaType::StickerPackThumbnail),
    ("link-thumbnail", MediaType::LinkThumbnail),
];

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let version = args.next().context("no version of wacore")?;
    let lengths = args
        .map(|length| length.parse().context("not a length"))
        .collect::<Result<Vec<usize>>>()?;

    let mut media = Vec::new();
    for (name, media_type) in TYPES {
        if media_type == MediaType::Video || media_type == MediaType::Audio {
            for length in &lengths {
                media.push(sealed(name, media_type, *length)?);
            }
        } else {
            media.push(sealed(name, media_type, 50)?);
        }
    }
    let keys = TYPES.map(|(name, media_type)| keys(name, media_type));
    let person = Jid::pn("15550001234");
    let group = Jid::group("120363000000000000");
    let vectors = json!({
        "library": format!("wacore {version}"),
        "media": media,
        "keys": keys.into_iter().collect::<Result<Vec<_>>>()?,
        "receipts": [
            receipt("3EB0C0FFEE0000000005", Some((&person, true, None)))?,
            receipt("3EB0C0FFEE0000000006", Some((&group, false, Some(&person))))?,
            receipt("3EB0C0FFEE0000000007", None)?,
        ],
        "notifications": [
            notification(
                "3EB0C0FFEE0000000008",
                ResultType::SUCCESS,
                Some("/v/t62.7118-24/1_2_3_n.enc?ccb=11-4&oh=01_Q5&oe=7FFFFFFF&_nc_sid=5e03e0"),
            )?,
            notification("3EB0C0FFEE0000000009", ResultType::NOT_FOUND, None)?,
        ],
        "packs": [pack()?],
    });
    let mut out = std::io::stdout().lock();
    vectors.serialize(&mut Serializer::with_formatter(
        &mut out,
        PrettyFormatter::with_indent(b"\t"),
    ))?;
    writeln!(out)?;
    Ok(())
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The same bytes as in media_test.go: SHA-256 of 0, 1, 2, ... as four bytes, the highest first.
fn plaintext(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length.div_ceil(32) as u32)
        .flat_map(|block| sha256(block.to_be_bytes()))
        .collect();
    bytes.truncate(length);
    bytes
}

fn sealed(name: &str, media_type: MediaType, length: usize) -> Result<Value> {
    let key = sha256(format!("{name} {length}"));
    let sealed = encrypt_media_with_key(&plaintext(length), media_type, Some(&key))?;
    Ok(json!({
        "type": name,
        "length": length,
        "mediaKey": b64(sealed.media_key),
        "fileSHA256": b64(sealed.file_sha256),
        "fileEncSHA256": b64(sealed.file_enc_sha256),
        "object": (length <= STORED).then(|| b64(&sealed.data_to_upload)),
        "sidecar": sealed.streaming_sidecar.map(b64),
    }))
}

/// What a media key expands to.
fn keys(name: &str, media_type: MediaType) -> Result<Value> {
    let key = sha256(name);
    let (iv, cipher_key, mac_key) = DownloadUtils::get_media_keys(&key, media_type)?;
    Ok(json!({
        "type": name,
        "mediaKey": b64(key),
        "iv": b64(iv),
        "cipherKey": b64(cipher_key),
        "macKey": b64(mac_key),
    }))
}

/// A whole receipt about a message in a chat, from oneself or from a participant, or, without a
/// chat, about a blob of history.
fn receipt(id: &str, about: Option<(&Jid, bool, Option<&Jid>)>) -> Result<Value> {
    let key = sha256(id);
    let own = Jid::pn("15550009999");
    let (ciphertext, iv) = encrypt_media_retry_receipt(&key, id)?;
    let stanza = match about {
        Some((chat, from_me, participant)) => {
            build_media_retry_receipt(&own, id, chat, from_me, participant, &ciphertext, &iv)
        }
        None => build_history_sync_server_error_receipt(&own, id, &ciphertext, &iv),
    };
    Ok(json!({
        "id": id,
        "mediaKey": b64(key),
        "stanza": b64(marshal(&stanza)?),
        "chat": about.map(|(chat, ..)| chat.to_string()),
        "fromMe": about.is_some_and(|(_, from_me, _)| from_me),
        "participant": about.and_then(|(.., participant)| participant).map(Jid::to_string),
    }))
}

/// A phone's answer. wacore only reads answers: this encrypts one with its functions, and it must
/// be able to read it.
fn notification(id: &str, result: ResultType, direct_path: Option<&str>) -> Result<Value> {
    let media_key = sha256(id);
    let mut key = [0; 32];
    hkdf_sha256_into(
        &media_key,
        None,
        b"WhatsApp Media Retry Notification",
        &mut key,
    )?;
    let iv: [u8; 12] = sha256(format!("{id} iv"))[..12].try_into()?;
    let plain = MediaRetryNotification {
        stanza_id: Some(id.into()),
        result: Some(result),
        direct_path: direct_path.map(String::from),
        ..Default::default()
    }
    .encode_to_vec();
    let mut ciphertext = Vec::new();
    aes_256_gcm_encrypt(&key, &iv, id.as_bytes(), &plain, &mut ciphertext)?;
    ensure!(decrypt_media_retry_notification(&media_key, id, &iv, &ciphertext)? == plain);
    Ok(json!({
        "id": id,
        "mediaKey": b64(media_key),
        "encP": b64(ciphertext),
        "encIV": b64(iv),
        "result": result as i32,
        "directPath": direct_path,
    }))
}

/// A sticker pack: its message, and the two objects that the message refers to. The pack lists its
/// first sticker twice.
fn pack() -> Result<Value> {
    let (id, name, publisher) = ("4fd4787a-6411-4116-acde-53cc59b95de5", "Squares", "wacore");
    let (description, caption) = ("Two colours", "A pack");
    let (red, blue, tray) = (
        square(512, 200, 0, 0),
        square(512, 0, 0, 200),
        square(96, 0, 200, 0),
    );
    let listed = [
        (&red, "🟥", "red"),
        (&blue, "🟦", "blue"),
        (&red, "🔴", "red again"),
    ];
    let stickers = listed.map(|(webp, emoji, label)| {
        StickerInput::new(webp)
            .with_emojis(vec![emoji.into()])
            .with_accessibility_label(label.into())
    });
    let zip = create_sticker_pack_zip(id, &stickers, &tray)?;
    let key = sha256(id);
    let zip_object = encrypt_media_with_key(&zip.zip_bytes, MediaType::StickerPack, Some(&key))?;
    let thumbnail = plaintext(100); // wacore takes any bytes
    let thumbnail_object =
        encrypt_media_with_key(&thumbnail, MediaType::StickerPackThumbnail, Some(&key))?;
    let message = build_sticker_pack_message(
        &zip,
        &uploaded(&zip_object, zip.zip_bytes.len()),
        &uploaded(&thumbnail_object, thumbnail.len()),
        StickerPackMetadata::new(id.into(), name.into(), publisher.into())
            .with_description(description.into())
            .with_caption(caption.into()),
    )?;
    Ok(json!({
        "message": b64(message.encode_to_vec()),
        "object": b64(zip_object.data_to_upload),
        "thumbnailObject": b64(thumbnail_object.data_to_upload),
        "id": id,
        "name": name,
        "publisher": publisher,
        "description": description,
        "caption": caption,
        "stickers": listed.map(|(webp, emoji, label)| json!({
            "webP": b64(webp), "emojis": [emoji], "label": label,
        })),
        "trayIcon": b64(tray),
        "thumbnail": b64(thumbnail),
    }))
}

fn uploaded(media: &EncryptedMedia, length: usize) -> MediaUploadInfo {
    MediaUploadInfo::new(
        "/replaced/by/the/test".into(),
        media.media_key,
        media.file_sha256,
        media.file_enc_sha256,
        length as u64,
        1_700_000_000,
    )
}

/// A lossless WebP of one colour. Each of its five prefix codes has one symbol, so that pixels take
/// no bits.
fn square(edge: u64, red: u64, green: u64, blue: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(edge - 1, 14);
    bits.push(edge - 1, 14);
    bits.push(0, 1 + 3); // no alpha, version 0
    bits.push(0, 3); // no transform, no colour cache, no meta prefix codes
    for symbol in [green, red, blue, 255] {
        bits.push(0b101, 3); // a simple code with one symbol of 8 bits
        bits.push(symbol, 8);
    }
    bits.push(0b001, 4); // for distances: a simple code with one symbol of 1 bit
    let mut data = vec![0x2f];
    data.extend(bits.bytes);
    if data.len() % 2 == 1 {
        data.push(0);
    }
    let mut webp = b"RIFF".to_vec();
    webp.extend((data.len() as u32 + 12).to_le_bytes());
    webp.extend(b"WEBPVP8L");
    webp.extend((data.len() as u32).to_le_bytes());
    webp.extend(data);
    webp
}

/// Bits in the order of WebP: the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, value: u64, count: usize) {
        for bit in 0..count {
            if self.length % 8 == 0 {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (self.length % 8);
            self.length += 1;
        }
    }
}
