package cdn

// NewsletterObject returns the complete newsletter object with that handle.
func (s *objectStore) NewsletterObject(handle string) (Object, bool) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	for key, obj := range s.byKey {
		if obj.handle == handle && ofNewsletter(key.path) {
			return obj.export(), true
		}
	}
	return Object{}, false
}
