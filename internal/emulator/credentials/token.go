package credentials

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const (
	refreshPrefix   = "1//"
	refreshLifetime = 365 * 24 * time.Hour
)

// TokenEndpoint serves https://oauth2.googleapis.com/token: refresh tokens made by UserFile become
// access tokens for an hour. No other grant is served: nobody has the private key that an assertion
// needs.
func (s *Server) TokenEndpoint() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.exchange)
	return mux
}

// UserFile returns credentials of a caller in the form that gcloud writes for application default
// credentials, with a new refresh token.
func (s *Server) UserFile(email string) ([]byte, error) {
	return json.MarshalIndent(map[string]string{
		"type":          "authorized_user",
		"client_id":     "emulator.apps.googleusercontent.com",
		"client_secret": "emulator",
		"refresh_token": refreshPrefix + s.world.TokenFor(email, refreshLifetime),
	}, "", "  ")
}

// exchange responds as RFC 6749 section 5 requires, with Google's texts.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	refresh, ok := strings.CutPrefix(r.PostFormValue("refresh_token"), refreshPrefix)
	email, known := s.world.Caller(refresh)
	code, body := http.StatusBadRequest, map[string]any{}
	switch grant := r.PostFormValue("grant_type"); {
	case grant != "refresh_token":
		body["error"], body["error_description"] = "unsupported_grant_type", "Invalid grant_type: "+grant
	case !ok || !known:
		body["error"], body["error_description"] = "invalid_grant", "Bad Request"
	default:
		code = http.StatusOK
		body["access_token"], body["token_type"] = s.world.TokenFor(email, maxLifetime), "Bearer"
		body["expires_in"] = int(maxLifetime.Seconds()) - 1
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client is gone
}
