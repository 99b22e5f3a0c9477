package credentials

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Keys serves the public keys of every service account as www.googleapis.com does: a JWK set below
// /service_accounts/v1/metadata/jwk/ (and the shorter /service_accounts/v1/jwk/), certificates by key id below
// /service_accounts/v1/metadata/x509/. It asks nobody who they are.
func (s *Server) Keys() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /service_accounts/v1/metadata/jwk/{email}", s.publish(jwkSet))
	mux.HandleFunc("GET /service_accounts/v1/jwk/{email}", s.publish(jwkSet))
	mux.HandleFunc("GET /service_accounts/v1/metadata/x509/{email}", s.publish(certificates))
	return mux
}

func (s *Server) publish(render func([]key) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		email := strings.ToLower(r.PathValue("email"))
		if _, ok := s.world.ServiceAccount(email); !ok {
			const message = "Requested entity was not found."
			answer(w, http.StatusNotFound, map[string]any{"error": map[string]any{
				"code": http.StatusNotFound, "message": message, "status": "NOT_FOUND",
			}})
			return
		}
		keys, err := s.keys.current(email)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		answer(w, http.StatusOK, render(keys))
	}
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone away cannot be told
}
