// Package pending tracks operations in progress, waits for them and names them.
package pending

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Set is like a sync.WaitGroup whose members have names, and may begin and end in a bubble of
// testing/synctest though Wait is called outside. The zero value is empty.
type Set struct {
	mu      sync.Mutex
	members map[*member]struct{}
	empty   chan struct{} // closed when the set is empty; nil: nobody waits
}

type member struct {
	name  func() string
	since time.Time
}

// Begin adds a member. The caller must call end, once, when the operation is over. Until then,
// Names calls name, from any goroutine.
func (s *Set) Begin(name func() string) (end func()) {
	m := &member{name: name, since: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members == nil {
		s.members = make(map[*member]struct{})
	}
	s.members[m] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.members, m)
		if len(s.members) == 0 && s.empty != nil {
			close(s.empty)
			s.empty = nil
		}
	}
}

// Wait waits until the set is empty.
func (s *Set) Wait() {
	s.mu.Lock()
	if len(s.members) == 0 {
		s.mu.Unlock()
		return
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	empty := s.empty
	s.mu.Unlock()
	<-empty
}

// Names returns the names of the members, the oldest first.
func (s *Set) Names() []string {
	s.mu.Lock()
	members := make([]*member, 0, len(s.members))
	for m := range s.members {
		members = append(members, m)
	}
	s.mu.Unlock()
	slices.SortFunc(members, func(a, b *member) int { return cmp.Compare(a.since.UnixNano(), b.since.UnixNano()) })
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name()
	}
	return names
}
