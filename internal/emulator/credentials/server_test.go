package credentials_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/google/go-cmp/cmp"
	"github.com/googleapis/gax-go/v2/apierror"
	"golang.org/x/oauth2"
	rest "google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func TestSignJwt_SignsThePayloadAsItCame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	payload := `{ "b": 12345678901234567890, "a": "<é>" }`
	got, err := s.sign(t, payload)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(got.GetSignedJwt(), ".")
	if len(parts) != 3 {
		t.Fatalf("signedJwt = %q, want three parts", got.GetSignedJwt())
	}
	signed, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || string(signed) != payload {
		t.Errorf("the token carries %q (%v), want %q", signed, err, payload)
	}
	if err := s.verify(t, got.GetSignedJwt(), portal, got.GetKeyId()); err != nil {
		t.Errorf("the token does not verify against the published key %s: %v", got.GetKeyId(), err)
	}
}

func TestSignJwt_RefusesWhatGoogleDoesNotSign(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	now := s.clock.Now()
	for name, c := range map[string]struct {
		payload string
		want    codes.Code
	}{
		"no expiry":         {`{"sub":"a"}`, codes.OK},
		"in twelve hours":   {fmt.Sprintf(`{"exp":%d}`, now.Add(12*time.Hour).Unix()), codes.OK},
		"beyond":            {fmt.Sprintf(`{"exp":%d}`, now.Add(12*time.Hour).Unix()+1), codes.InvalidArgument},
		"in the past":       {fmt.Sprintf(`{"exp":%d}`, now.Unix()-1), codes.InvalidArgument},
		"a fraction":        {fmt.Sprintf(`{"exp":%d.5}`, now.Unix()+60), codes.InvalidArgument},
		"a string":          {fmt.Sprintf(`{"exp":"%d"}`, now.Unix()+60), codes.InvalidArgument},
		"an exponent":       {`{"exp":2e9}`, codes.InvalidArgument},
		"null":              {`null`, codes.InvalidArgument},
		"a list":            {`[]`, codes.InvalidArgument},
		"text":              {`exp`, codes.InvalidArgument},
		"nothing":           {``, codes.InvalidArgument},
		"two objects":       {`{}{}`, codes.InvalidArgument},
		"null as an expiry": {`{"exp":null}`, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.sign(t, c.payload)
			if got := status.Code(err); got != c.want {
				t.Errorf("signing %s = %v (%v), want %v", c.payload, got, err, c.want)
			}
		})
	}
}

func TestPermissionsDecide(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	grant(t, s.world, deployer, "serviceAccount:"+terraform)
	account, _ := s.world.ServiceAccount(portal)
	for name, c := range map[string]struct {
		caller, name string
		delegates    []string
		want         codes.Code
	}{
		"on itself":              {portal, wildcard + portal, nil, codes.OK},
		"by unique id":           {portal, wildcard + account.UniqueID, nil, codes.OK},
		"in another case":        {portal, wildcard + strings.ToUpper(portal), nil, codes.OK},
		"on another":             {portal, wildcard + deployer, nil, codes.PermissionDenied},
		"not granted":            {"bob@example.com", wildcard + portal, nil, codes.PermissionDenied},
		"unknown account":        {"admin@example.com", wildcard + "nobody@jit-access.iam.gserviceaccount.com", nil, codes.PermissionDenied},
		"a project for the dash": {portal, "projects/jit-access/serviceAccounts/" + portal, nil, codes.InvalidArgument},
		"a chain":                {terraform, wildcard + deployer, []string{wildcard + portal}, codes.Unimplemented},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := s.client(t, c.caller)
			_, err := client.SignJwt(t.Context(), &credentialspb.SignJwtRequest{Name: c.name, Delegates: c.delegates, Payload: "{}"})
			if got := status.Code(err); got != c.want {
				t.Errorf("SignJwt(%s) of %s = %v (%v), want %v", c.name, c.caller, got, err, c.want)
			}
			_, err = client.GenerateAccessToken(t.Context(), &credentialspb.GenerateAccessTokenRequest{
				Name: c.name, Delegates: c.delegates, Scope: []string{"https://www.googleapis.com/auth/cloud-platform"},
			})
			if got := status.Code(err); got != c.want {
				t.Errorf("GenerateAccessToken(%s) of %s = %v (%v), want %v", c.name, c.caller, got, err, c.want)
			}
		})
	}
}

func grant(t *testing.T, w *world.World, account, member string) {
	t.Helper()
	err := w.Edit(wildcard+account, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/iam.serviceAccountTokenCreator", Members: []string{member}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARefusalNamesThePermission(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	_, err := s.client(t, "bob@example.com").SignJwt(t.Context(), &credentialspb.SignJwtRequest{Name: wildcard + portal, Payload: "{}"})
	var refused *apierror.APIError
	if !errors.As(err, &refused) {
		t.Fatalf("SignJwt of Bob = %v, want an APIError", err)
	}
	if got, want := status.Convert(err).Message(), "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist)."; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
	want := map[string]string{"permission": "iam.serviceAccounts.signJwt", "resource": wildcard + portal}
	if diff := cmp.Diff(want, refused.Metadata()); diff != "" || refused.Reason() != "IAM_PERMISSION_DENIED" || refused.Domain() != "iam.googleapis.com" {
		t.Errorf("%s of %s, metadata (-want +got):\n%s", refused.Reason(), refused.Domain(), diff)
	}
}

func TestGenerateAccessToken_IsATokenOfTheAccountForAsLongAsAsked(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, c := range map[string]struct {
		lifetime *durationpb.Duration
		scope    []string
		want     time.Duration
		code     codes.Code
	}{
		"an hour unless asked": {nil, []string{"a"}, time.Hour, codes.OK},
		"as long as asked":     {durationpb.New(5 * time.Minute), []string{"a"}, 5 * time.Minute, codes.OK},
		"more than an hour":    {durationpb.New(3601 * time.Second), []string{"a"}, 0, codes.InvalidArgument},
		"no time":              {durationpb.New(0), []string{"a"}, 0, codes.InvalidArgument},
		"no scope":             {nil, nil, 0, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := s.client(t, portal).GenerateAccessToken(t.Context(), &credentialspb.GenerateAccessTokenRequest{
				Name: wildcard + portal, Scope: c.scope, Lifetime: c.lifetime,
			})
			if status.Code(err) != c.code {
				t.Fatalf("GenerateAccessToken = %v, want %v", err, c.code)
			}
			if c.code != codes.OK {
				return
			}
			if left := got.GetExpireTime().AsTime().Sub(s.clock.Now()); left != c.want {
				t.Errorf("the token expires in %v, want %v", left, c.want)
			}
			if caller, ok := s.world.Caller(got.GetAccessToken()); !ok || caller != portal {
				t.Errorf("the token is of %q (%v), want %s", caller, ok, portal)
			}
		})
	}
}

func TestGenerateAccessToken_TheTokenExpires(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	got, err := s.client(t, portal).GenerateAccessToken(t.Context(), &credentialspb.GenerateAccessTokenRequest{
		Name: wildcard + portal, Scope: []string{"a"}, Lifetime: durationpb.New(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	if caller, ok := s.world.Caller(got.GetAccessToken()); ok {
		t.Errorf("after its minute the token is still of %s, want of nobody", caller)
	}
}

func TestRESTIsTheSameService(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	service, err := rest.NewService(t.Context(), option.WithEndpoint(s.url+"/iamcredentials.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.world.Token(portal)})))
	if err != nil {
		t.Fatal(err)
	}
	accounts := service.Projects.ServiceAccounts
	signed, err := accounts.SignJwt(wildcard+portal, &rest.SignJwtRequest{Payload: `{"sub":"a"}`}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.verify(t, signed.SignedJwt, portal, signed.KeyId); err != nil {
		t.Errorf("the token does not verify: %v", err)
	}
	token, err := accounts.GenerateAccessToken(wildcard+portal, &rest.GenerateAccessTokenRequest{Scope: []string{"a"}, Lifetime: "300s"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if caller, _ := s.world.Caller(token.AccessToken); caller != portal {
		t.Errorf("the token is of %q, want %s", caller, portal)
	}
}
