package stickerpack

var (
	Unzip  = unzip
	HashIn = hashIn
)
