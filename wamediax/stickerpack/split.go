package stickerpack

// Split divides p into a pack of its static stickers and a pack of its animated ones, because a
// pack must not mix them ([RuleUniform]). If p has only one kind, the other result is nil. The
// animated pack of a mixed p has p's ID with "-animated" appended, so that phones keep the two
// apart; all other fields are p's, and share its slices.
//
// A sticker that cannot be read is in the static pack, where [Pack.Validate] reports it.
func (p *Pack) Split() (static, animated *Pack) {
	kinds := p.check().animated
	ofKind := func(wanted bool) *Pack {
		pack := *p
		pack.Stickers = nil
		for i, isAnimated := range kinds {
			if isAnimated == wanted {
				pack.Stickers = append(pack.Stickers, p.Stickers[i])
			}
		}
		if len(pack.Stickers) == 0 {
			return nil
		}
		return &pack
	}
	static, animated = ofKind(false), ofKind(true)
	if static != nil && animated != nil {
		animated.ID += "-animated"
	}
	return static, animated
}
