package credentials

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
)

// KeyFile returns a key of the service account in the form that GOOGLE_APPLICATION_CREDENTIALS names: clients exchange
// what they sign with it for access tokens at tokenURI. It is an error if there is no such account.
func (s *Server) KeyFile(email, tokenURI string) ([]byte, error) {
	account, ok := s.world.ServiceAccount(email)
	if !ok {
		return nil, fmt.Errorf("writing a key file: no service account %s", email)
	}
	keys, err := s.keys.current(account.Email)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(keys[0].private)
	if err != nil {
		return nil, fmt.Errorf("encoding a key of %s: %w", email, err)
	}
	return json.MarshalIndent(map[string]string{
		"type":           "service_account",
		"project_id":     account.Project,
		"private_key_id": keys[0].id,
		"private_key":    string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email":   account.Email,
		"client_id":      account.UniqueID,
		"token_uri":      tokenURI,
	}, "", "  ")
}

// UserFile returns credentials of a caller in the form that gcloud writes for application default credentials, with a
// new refresh token.
func (s *Server) UserFile(email string) ([]byte, error) {
	return json.MarshalIndent(map[string]string{
		"type":          "authorized_user",
		"client_id":     "emulator.apps.googleusercontent.com",
		"client_secret": "emulator",
		"refresh_token": s.RefreshToken(strings.ToLower(email)),
	}, "", "  ")
}
