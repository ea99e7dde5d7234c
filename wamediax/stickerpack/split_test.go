package stickerpack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

func TestSplitDividesAMixedPackIntoTwoValidOnes(t *testing.T) {
	mixed := packOf(4, still)
	mixed.Stickers[1].WebP = moving(512, 7)
	mixed.Stickers[3].WebP = moving(512, 8)
	require.ErrorContains(t, mixed.Validate(), string(stickerpack.RuleUniform))
	before := *mixed

	static, animated := mixed.Split()

	require.NoError(t, static.Validate())
	require.NoError(t, animated.Validate())
	require.Equal(t, []stickerpack.Sticker{mixed.Stickers[0], mixed.Stickers[2]}, static.Stickers)
	require.Equal(t, []stickerpack.Sticker{mixed.Stickers[1], mixed.Stickers[3]}, animated.Stickers)
	require.Equal(t, mixed.ID, static.ID)
	require.Equal(t, mixed.ID+"-animated", animated.ID)
	require.Equal(t, mixed.Name, animated.Name)
	require.Equal(t, mixed.Thumbnail, animated.Thumbnail)
	require.Equal(t, before, *mixed, "Split changed the caller's pack")
}

func TestSplitKeepsAUniformPackWhole(t *testing.T) {
	static, animated := packOf(3, still).Split()
	require.Equal(t, packOf(3, still), static)
	require.Nil(t, animated)

	static, animated = packOf(3, animation).Split()
	require.Nil(t, static)
	require.Equal(t, packOf(3, animation), animated)
}

func TestSplitPutsAnUnreadableStickerIntoTheStaticPack(t *testing.T) {
	pack := packOf(3, animation)
	pack.Stickers[1].WebP = []byte("not a picture")
	static, animated := pack.Split()
	require.Len(t, animated.Stickers, 2)
	require.Len(t, static.Stickers, 1)
	require.ErrorContains(t, static.Validate(), string(stickerpack.RuleFormat))
}
