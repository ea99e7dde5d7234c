// Prints the vectors of zapo or of Baileys as JSON. See make.sh.
import { createHash, randomBytes } from 'node:crypto'
import { readFile, unlink } from 'node:fs/promises'

const stored = 64 // bytes of plaintext up to which a vector has its object, not only its hash
const [library, version, ...lengths] = process.argv.slice(2)
const b64 = bytes => bytes && Buffer.from(bytes).toString('base64')
const sha256 = bytes => createHash('sha256').update(bytes).digest()

// The same bytes as in media_test.go: SHA-256 of 0, 1, 2, ... as four bytes, the highest first.
function plaintext(length) {
	const blocks = []
	for (let i = 0; i * 32 < length; i++) {
		const number = Buffer.alloc(4)
		number.writeUInt32BE(i)
		blocks.push(sha256(number))
	}
	return Buffer.concat(blocks).subarray(0, length)
}

async function zapo() {
	const { WaMediaCrypto } = await import('zapo-js/media')
	const sealed = async (type, length, options) => {
		const plain = plaintext(length)
		const mediaKey = sha256(`${type} ${length}`)
		const enc = await WaMediaCrypto.encryptBytes(type, mediaKey, plain, options)
		return {
			type, length, mediaKey: b64(mediaKey), fileSHA256: b64(enc.fileSha256), fileEncSHA256: b64(enc.fileEncSha256),
			object: length <= stored ? b64(enc.ciphertextHmac) : undefined,
			sidecar: b64(enc.streamingSidecar),
		}
	}
	const media = []
	for (const type of ['video', 'audio']) {
		for (const length of lengths) media.push(await sealed(type, +length, {}))
	}
	for (const type of ['image', 'document', 'sticker', 'ptt', 'gif', 'ptv', 'history', 'md-app-state']) {
		media.push(await sealed(type, 50, { sidecar: false }))
	}
	const animated = []
	for (const frame of [100, 101, 130]) {
		const [webp, firstFrameLength] = animatedWebP(frame)
		const mediaKey = sha256(`animated ${frame}`)
		const enc = await WaMediaCrypto.encryptBytes('sticker', mediaKey, webp, { sidecar: false, firstFrameLength })
		animated.push({
			webp: b64(webp), mediaKey: b64(mediaKey), firstFrameLength, firstFrameSidecar: b64(enc.firstFrameSidecar),
			fileEncSHA256: b64(enc.fileEncSha256),
		})
	}
	return { library: `zapo-js ${version}`, media, animated }
}

// Returns a container as of an animated WebP, with two frames of so many bytes, and where the first of them ends.
function animatedWebP(frame) {
	const chunk = (name, data) => {
		const size = Buffer.alloc(4)
		size.writeUInt32LE(data.length)
		return Buffer.concat([Buffer.from(name), size, data, Buffer.alloc(data.length % 2)])
	}
	const head = [Buffer.from('WEBP'), chunk('VP8X', Buffer.from([2, 0, 0, 0, 255, 1, 0, 255, 1, 0])), chunk('ANIM', Buffer.alloc(6))]
	const first = chunk('ANMF', plaintext(frame))
	const webp = chunk('RIFF', Buffer.concat([...head, first, chunk('ANMF', plaintext(frame + 50))]))
	return [webp, 8 + Buffer.concat([...head, first]).length]
}

async function baileys() {
	const { encryptedStream, encryptMediaRetryRequest, hkdf, aesEncryptGCM, proto } = await import('@whiskeysockets/baileys')
	const sealed = async (type, length) => {
		const enc = await encryptedStream(plaintext(length), type)
		const object = await readFile(enc.encFilePath)
		await unlink(enc.encFilePath)
		return {
			type, length, mediaKey: b64(enc.mediaKey), fileSHA256: b64(enc.fileSha256), fileEncSHA256: b64(enc.fileEncSha256),
			object: length <= stored ? b64(object) : undefined,
		}
	}
	const media = []
	for (const length of lengths) media.push(await sealed('video', +length))
	for (const type of ['image', 'audio', 'document', 'sticker', 'ptt', 'gif', 'ptv', 'thumbnail-link', 'md-msg-hist', 'md-app-state']) {
		media.push(await sealed(type, 50))
	}

	const receipt = id => {
		const mediaKey = sha256(id)
		const node = encryptMediaRetryRequest({ id, remoteJid: '15550001234@s.whatsapp.net', fromMe: false }, mediaKey, '15550009999@s.whatsapp.net')
		const [ciphertext, iv] = node.content[0].content
		return { id, mediaKey: b64(mediaKey), encP: b64(ciphertext.content), encIV: b64(iv.content) }
	}

	const notification = (id, result, directPath) => {
		const mediaKey = sha256(id)
		const key = hkdf(mediaKey, 32, { info: 'WhatsApp Media Retry Notification' })
		const iv = randomBytes(12)
		const plain = proto.MediaRetryNotification.encode({ stanzaId: id, result, directPath }).finish()
		return { id, mediaKey: b64(mediaKey), encP: b64(aesEncryptGCM(plain, key, iv, Buffer.from(id))), encIV: b64(iv), result, directPath }
	}
	const { SUCCESS, NOT_FOUND } = proto.MediaRetryNotification.ResultType
	return {
		library: `@whiskeysockets/baileys ${version}`,
		media,
		receipts: [receipt('3EB0C0FFEE0000000002')],
		notifications: [
			notification('3EB0C0FFEE0000000003', SUCCESS, '/v/t62.7118-24/1_2_3_n.enc?ccb=11-4&oh=01_Q5&oe=7FFFFFFF&_nc_sid=5e03e0'),
			notification('3EB0C0FFEE0000000004', NOT_FOUND),
		],
	}
}

const vectors = await { zapo, baileys }[library]()
console.log(JSON.stringify(vectors, null, '\t'))
