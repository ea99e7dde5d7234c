package wamediaxtest

// RefuseTokens makes the server refuse every auth token that it has issued until now, with 401.
// What is under way goes on: a token is looked at when a request comes in.
func (s *Server) RefuseTokens() {
	s.cdn.RefuseTokens()
}

// RefuseTokensWith is [Server.RefuseTokens] with another HTTP status, for example 403.
func (s *Server) RefuseTokensWith(status int) {
	s.cdn.RefuseTokensWith(status)
}
