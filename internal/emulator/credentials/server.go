// Package credentials issues the credentials of a world's service accounts: it signs tokens in
// their name, publishes the keys that verify them, and issues access tokens.
//
// It is IAM Credentials v1 (signJwt, generateAccessToken), the published keys of www.googleapis.com
// and the token endpoint of oauth2.googleapis.com. It refuses callers without the permission on the
// service account, whether the account exists or not, and payloads that Google would not sign.
// Every access token is one that the world knows.
package credentials

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	// maxLifetime is the longest that an access token lasts, and the default.
	maxLifetime = time.Hour
	// maxValidity is how far ahead a signed token may expire.
	maxValidity = 12 * time.Hour
)

// Server is everything that issues credentials. It is safe for concurrent use.
type Server struct {
	credentialspb.UnimplementedIAMCredentialsServer

	world *world.World

	mu   sync.Mutex
	keys map[string]*keys.Ring // by address
}

// New returns a server for the service accounts of the world.
func New(w *world.World) *Server { return &Server{world: w, keys: map[string]*keys.Ring{}} }

// Rotate makes a new key of the service account sign from now on. The key before it stays published
// until the next rotation.
func (s *Server) Rotate(email string) error { return s.keysOf(email).Rotate() }

// SignJwt signs the payload, byte for byte as it came, as the service account.
func (s *Server) SignJwt(ctx context.Context, r *credentialspb.SignJwtRequest) (*credentialspb.SignJwtResponse, error) {
	email, err := s.authorize(ctx, "iam.serviceAccounts.signJwt", r.GetName(), r.GetDelegates())
	if err != nil {
		return nil, err
	}
	if problem := unsignable(r.GetPayload(), s.world.Now()); problem != "" {
		return nil, invalid("payload", problem)
	}
	id, signed, err := s.keysOf(email).Sign([]byte(r.GetPayload()))
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &credentialspb.SignJwtResponse{KeyId: id, SignedJwt: signed}, nil
}

// unsignable returns why Google would not sign the payload, or "". A payload without an expiry is
// signed.
func unsignable(payload string, now time.Time) string {
	var claims map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &claims); err != nil || claims == nil {
		return "The payload must be a JSON object that contains a JWT Claims Set."
	}
	raw, ok := claims["exp"]
	if !ok {
		return ""
	}
	seconds, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case err != nil:
		return "exp must be an integer timestamp."
	case seconds < now.Unix():
		return "exp must not be in the past."
	case seconds > now.Add(maxValidity).Unix():
		return "exp must be no more than 12 hours in the future."
	}
	return ""
}

// GenerateAccessToken returns an access token of the service account.
func (s *Server) GenerateAccessToken(ctx context.Context, r *credentialspb.GenerateAccessTokenRequest) (*credentialspb.GenerateAccessTokenResponse, error) {
	email, err := s.authorize(ctx, "iam.serviceAccounts.getAccessToken", r.GetName(), r.GetDelegates())
	if err != nil {
		return nil, err
	}
	if len(r.GetScope()) == 0 {
		return nil, invalid("scope", "At least one scope is required.")
	}
	lifetime := maxLifetime
	if r.GetLifetime() != nil {
		lifetime = r.GetLifetime().AsDuration()
	}
	if lifetime <= 0 || lifetime > maxLifetime {
		return nil, invalid("lifetime", "The lifetime must be positive and at most 3600 seconds.")
	}
	return &credentialspb.GenerateAccessTokenResponse{
		AccessToken: s.world.TokenFor(email, lifetime),
		ExpireTime:  timestamppb.New(s.world.Now().Add(lifetime).Truncate(time.Second)),
	}, nil
}

// accountName is the only form of a service account's name here: a project in place of the wildcard
// is invalid.
var accountName = regexp.MustCompile(`^projects/-/serviceAccounts/([^/]+)$`)

// authorize returns the address of the named service account if the caller has the permission on
// it. Chains of delegates are not served.
func (s *Server) authorize(ctx context.Context, permission, name string, delegates []string) (string, error) {
	match := accountName.FindStringSubmatch(name)
	switch {
	case match == nil:
		return "", invalid("name", "The name must be projects/-/serviceAccounts/{ACCOUNT_EMAIL_OR_UNIQUEID}.")
	case len(delegates) > 0:
		return "", status.Error(codes.Unimplemented, "Delegates are not served here.")
	}
	email, _ := s.world.Address(match[1])
	if !s.world.Allowed(wire.Caller(ctx), permission, "projects/-/serviceAccounts/"+email) {
		return "", wire.Denied("iam.googleapis.com", permission, name, "Permission '%s' denied on resource (or it may not exist).", permission)
	}
	return email, nil
}

func invalid(field, description string) error {
	return wire.Detailed(codes.InvalidArgument, &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: description}},
	}, "Request contains an invalid argument.")
}
