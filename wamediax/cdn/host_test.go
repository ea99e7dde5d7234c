package cdn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

func TestInOrderListsHostsThenSecondNamesThenFallbacks(t *testing.T) {
	require.Equal(t,
		[]string{"p1", "p2", "p1-own", "f1", "f2", "f1-own"},
		cdn.InOrder([]cdn.Host{
			{Name: "f1", Fallback: true, FallbackName: "f1-own"},
			{Name: "p1", FallbackName: "p1-own"},
			{Name: "f2", Fallback: true, FallbackName: "p1"},
			{Name: "p2", FallbackName: "p1-own"},
			{Name: "p1"},
			{},
		}))
}

func TestHostsForOtherTypesAreDroppedUnlessNoneRemains(t *testing.T) {
	all := cdn.Host{Name: "all"}
	images := cdn.Host{Name: "images", Upload: []string{"image"}, Download: []string{"image", "video"}}
	require.Equal(t, []cdn.Host{all, images}, cdn.ForUpload([]cdn.Host{all, images}, "image"))
	require.Equal(t, []cdn.Host{all}, cdn.ForUpload([]cdn.Host{all, images}, "video"))
	require.Equal(t, []cdn.Host{all, images}, cdn.ForDownload([]cdn.Host{all, images}, "video"))
	require.Equal(t, []cdn.Host{images}, cdn.ForUpload([]cdn.Host{images}, "video"), "all hosts were dropped")
	require.Empty(t, cdn.ForUpload(nil, "video"))
}
