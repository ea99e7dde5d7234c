package wamediaxtest

// RefuseTokens makes the media hosts answer 401 to every auth token issued so far. Requests in
// progress continue, because a host checks the token when a request arrives.
func (s *Server) RefuseTokens() {
	s.cdn.RefuseTokens()
}

// RefuseTokensWith is [Server.RefuseTokens] with another HTTP status, for example 403.
func (s *Server) RefuseTokensWith(status int) {
	s.cdn.RefuseTokensWith(status)
}
