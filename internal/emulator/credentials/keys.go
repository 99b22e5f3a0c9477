package credentials

import (
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// Keys serves the public keys of every service account as www.googleapis.com does: a JWK set below
// /service_accounts/v1/metadata/jwk/. Anybody may read it.
func (s *Server) Keys() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /service_accounts/v1/metadata/jwk/{email}", s.publish)
	return mux
}

func (s *Server) publish(w http.ResponseWriter, r *http.Request) {
	email := r.PathValue("email")
	if !s.world.Exists("serviceAccount", email) {
		wire.WriteJSON(w, r, nil, status.Error(codes.NotFound, "Requested entity was not found."))
		return
	}
	s.keysOf(email).ServeHTTP(w, r)
}

// keysOf returns the keys of a service account. They are made when they are first used, so an
// account does not wait for the keys of another.
func (s *Server) keysOf(email string) *keys.Ring {
	s.mu.Lock()
	defer s.mu.Unlock()
	email = strings.ToLower(email)
	if s.keys[email] == nil {
		s.keys[email] = keys.RS256()
	}
	return s.keys[email]
}
