// Package streamenc encrypts and decrypts WhatsApp media as streams: any size in constant memory, as fast as the machine's
// cores allow, and byte for byte what every other client makes and reads.
package streamenc
