package iap_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
)

func TestAssertion_SignsAnyClaims(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, forge := range map[string]func(jwt.MapClaims) (string, error){
		"expired": func(c jwt.MapClaims) (string, error) {
			c["exp"] = s.clock.Now().Add(-time.Minute).Unix()
			return s.Assertion(c)
		},
		"foreign audience": func(c jwt.MapClaims) (string, error) {
			c["aud"] = "/projects/1/apps/other"
			return s.Assertion(c)
		},
		"foreign key": func(c jwt.MapClaims) (string, error) { return iap.New(s.world, iap.Options{}).Assertion(c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := forge(s.Claims("alice@example.com"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.verified(t, token); err == nil {
				t.Errorf("an assertion that is %s verifies", name)
			}
		})
	}
	token, err := s.Assertion(s.Claims("alice@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.verified(t, token); err != nil {
		t.Errorf("an assertion as the proxy makes them does not verify: %v", err)
	}
}

func TestKey_PublishesTheKeyBeforeUntilTheNextRotation(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	token, err := s.Assertion(s.Claims("alice@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if err := s.key.Rotate(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.verified(t, token); (err == nil) != want {
			t.Errorf("after the rotation the assertion verifies: %v (%v), want %v", err == nil, err, want)
		}
	}
	fresh, err := s.Assertion(s.Claims("alice@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.verified(t, fresh); err != nil {
		t.Errorf("an assertion under the newest key does not verify: %v", err)
	}
}
