package credentials

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// maxForm bounds the body of a token request.
	maxForm = 64 << 10
	// skew is how far the clocks of client and server may differ.
	skew = 30 * time.Second
)

// refusal is an error of RFC 6749, section 5.2, with Google's texts.
type refusal struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (r *refusal) Error() string { return r.Code + ": " + r.Description }

var (
	errAudience  = &refusal{"invalid_grant", "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token"}
	errLifetime  = &refusal{"invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}
	errSignature = &refusal{"invalid_grant", "Invalid JWT Signature."}
	errAccount   = &refusal{"invalid_grant", "Invalid grant: account not found"}
	errRefresh   = &refusal{"invalid_grant", "Bad Request"}
	errScope     = &refusal{"invalid_scope", "Invalid OAuth scope or ID token audience provided."}
	errSubject   = &refusal{"unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."}
)

// TokenEndpoint serves https://oauth2.googleapis.com/token: refresh tokens made by RefreshToken and assertions that a
// service account signed about itself become access tokens for an hour. Identity tokens and domain-wide delegation are
// refused.
func (s *Server) TokenEndpoint() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.exchange)
	return mux
}

// RefreshToken returns a new token that the token endpoint exchanges for access tokens of this caller, a person or a
// service account.
func (s *Server) RefreshToken(email string) string {
	token := "1//" + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh[token] = strings.ToLower(email)
	return token
}

// UserFile returns credentials of a caller in the form that gcloud writes for application default credentials, with a
// new refresh token.
func (s *Server) UserFile(email string) ([]byte, error) {
	return json.MarshalIndent(map[string]string{
		"type":          "authorized_user",
		"client_id":     "emulator.apps.googleusercontent.com",
		"client_secret": "emulator",
		"refresh_token": s.RefreshToken(email),
	}, "", "  ")
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	email, scope, err := s.redeem(r)
	if err != nil {
		answer(w, http.StatusBadRequest, err)
		return
	}
	grant := map[string]any{
		"access_token": s.world.TokenFor(email, maxLifetime), "expires_in": int(maxLifetime.Seconds()) - 1, "token_type": "Bearer",
	}
	if scope != "" {
		grant["scope"] = scope
	}
	w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	answer(w, http.StatusOK, grant)
}

// redeem tells whose access token the request has earned.
func (s *Server) redeem(r *http.Request) (email, scope string, err *refusal) {
	switch grant := r.PostFormValue("grant_type"); grant {
	case "refresh_token":
		s.mu.Lock()
		email, ok := s.refresh[r.PostFormValue("refresh_token")]
		s.mu.Unlock()
		if !ok {
			return "", "", errRefresh
		}
		return email, r.PostFormValue("scope"), nil
	case jwtBearer:
		email, err := s.redeemAssertion(r.PostFormValue("assertion"))
		return email, "", err
	default:
		return "", "", &refusal{"unsupported_grant_type", "Invalid grant_type: " + grant}
	}
}

type assertion struct {
	jwt.RegisteredClaims
	Scope string `json:"scope"`
}

func (s *Server) redeemAssertion(text string) (string, *refusal) {
	var claims assertion
	_, err := jwt.ParseWithClaims(text, &claims, s.verificationKey, jwt.WithValidMethods([]string{"RS256"}),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(s.clock), jwt.WithLeeway(skew))
	var known *refusal
	switch {
	case errors.As(err, &known):
		return "", known
	case errors.Is(err, jwt.ErrTokenInvalidClaims):
		return "", errLifetime
	case err != nil:
		return "", errSignature
	case claims.IssuedAt == nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > maxLifetime:
		return "", errLifetime
	case len(claims.Audience) != 1 || !ours(claims.Audience[0]):
		return "", errAudience
	case claims.Subject != "" && !strings.EqualFold(claims.Subject, claims.Issuer):
		return "", errSubject
	case claims.Scope == "":
		return "", errScope
	}
	return strings.ToLower(claims.Issuer), nil
}

// ours tells whether an audience is the token endpoint: Google's own, or the emulator's address for it.
func ours(audience string) bool {
	return strings.HasSuffix(audience, "/oauth2.googleapis.com/token")
}

// verificationKey finds the key by which the token says that it is signed, among those of the account that it says
// signed it.
func (s *Server) verificationKey(token *jwt.Token) (any, error) {
	issuer, err := token.Claims.GetIssuer()
	if err != nil {
		return nil, fmt.Errorf("reading iss: %w", err)
	}
	if _, ok := s.world.ServiceAccount(issuer); !ok {
		return nil, errAccount
	}
	keys, err := s.keys.current(strings.ToLower(issuer))
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.id == token.Header["kid"] {
			return &k.private.PublicKey, nil
		}
	}
	return nil, errSignature
}
