package app

import (
	"context"
	"time"

	credentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

// signTime bounds one signature with the client's own retries.
const signTime = 5 * time.Second

// signer signs by the portal's own service account, with a key that Google
// keeps.
type signer struct {
	client  *credentials.IamCredentialsClient
	account string
}

// SignJWT implements request.Signer. Errors are *activation.Outage.
func (s signer) SignJWT(ctx context.Context, payload string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, signTime)
	defer cancel()
	answer, err := s.client.SignJwt(ctx, &credentialspb.SignJwtRequest{
		Name: "projects/-/serviceAccounts/" + s.account, Payload: payload,
	})
	if err == nil {
		return answer.GetSignedJwt(), nil
	}
	outage := &activation.Outage{Service: "IAM Credentials", Err: err}
	if code := status.Code(err); code == codes.PermissionDenied || code == codes.NotFound {
		outage.Permission, outage.Resource = "iam.serviceAccounts.signJwt", s.account
	}
	return "", outage
}
