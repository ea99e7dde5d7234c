package convert

var EmojisIn = emojisIn
