package credentials_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// verify checks a token against the published JWK set of the account, under the key id alone.
func (s *scene) verify(t *testing.T, token, account, id string) error {
	t.Helper()
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"})).Parse(token, func(token *jwt.Token) (any, error) {
		key := s.published(t, account)[id]
		if token.Header["kid"] != id || token.Header["typ"] != "JWT" || key == nil {
			return nil, errors.New("another key")
		}
		return key, nil
	})
	return err
}

func (s *scene) published(t *testing.T, account string) map[string]*rsa.PublicKey {
	t.Helper()
	var set struct {
		Keys []struct{ Kid, Kty, Alg, Use, N, E string }
	}
	if code := s.get(t, "/www.googleapis.com/service_accounts/v1/metadata/jwk/"+account, &set); code != http.StatusOK {
		t.Fatalf("the keys of %s = %d, want 200", account, code)
	}
	found := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if got, want := []string{k.Kty, k.Alg, k.Use}, []string{"RSA", "RS256", "sig"}; !slices.Equal(got, want) || len(k.Kid) != 40 {
			t.Errorf("key %s is %v, want %v under an id of 40 characters", k.Kid, got, want)
		}
		n, errN := base64.RawURLEncoding.DecodeString(k.N)
		e, errE := base64.RawURLEncoding.DecodeString(k.E)
		if errN != nil || errE != nil {
			t.Fatalf("key %s: %v, %v", k.Kid, errN, errE)
		}
		found[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return found
}

func (s *scene) get(t *testing.T, path string, into any) int {
	t.Helper()
	response, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return response.StatusCode
}

func TestKeys_AreMadeOnceForEachAccount(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ids := make([]string, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			for id, key := range s.published(t, portal) {
				ids[i] = id
				if key.N.BitLen() != 2048 {
					t.Errorf("the key has %d bits, want 2048", key.N.BitLen())
				}
			}
		})
	}
	group.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(distinct) != 1 || distinct[0] == "" {
		t.Errorf("eight readers saw the keys %v, want one key", distinct)
	}
	if own, others := s.published(t, portal), s.published(t, deployer); others[ids[0]] != nil || len(own) != 1 || len(others) != 1 {
		t.Errorf("two accounts publish %v and %v, want one key each, not the same", own, others)
	}
}

func TestKeys_OfAnUnknownAccountAre404(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var refused struct{ Error struct{ Status string } }
	code := s.get(t, "/www.googleapis.com/service_accounts/v1/metadata/jwk/nobody@jit-access.iam.gserviceaccount.com", &refused)
	if code != http.StatusNotFound || refused.Error.Status != "NOT_FOUND" {
		t.Errorf("keys of an unknown account = %d %s, want 404 NOT_FOUND", code, refused.Error.Status)
	}
}

func TestRotate_KeepsTheKeyBeforeUntilTheNextRotation(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	old, err := s.sign(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if err := s.Rotate(portal); err != nil {
			t.Fatal(err)
		}
		if err := s.verify(t, old.GetSignedJwt(), portal, old.GetKeyId()); (err == nil) != want {
			t.Errorf("after the rotation the token verifies: %v (%v), want %v", err == nil, err, want)
		}
	}
	fresh, err := s.sign(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if fresh.GetKeyId() == old.GetKeyId() || s.verify(t, fresh.GetSignedJwt(), portal, fresh.GetKeyId()) != nil {
		t.Errorf("after two rotations key %s signs (before: %s), want another one, and published", fresh.GetKeyId(), old.GetKeyId())
	}
}
