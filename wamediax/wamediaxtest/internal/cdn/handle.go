package cdn

import "strings"

// NewsletterObject returns the complete newsletter object with that handle.
func (s *objectStore) NewsletterObject(handle string) (Object, bool) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	for key, obj := range s.byKey {
		if obj.handle == handle && strings.HasPrefix(key.path, "/newsletter/") {
			return obj.export(), true
		}
	}
	return Object{}, false
}
