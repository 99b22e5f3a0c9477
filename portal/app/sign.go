package app

import (
	"context"
	"net/http"
	"time"

	credentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/googleapis/gax-go/v2"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// signTime bounds one signature with its retries.
const signTime = 5 * time.Second

// signAgain asks again after whatever may be over a moment later. The client's
// own rule knows an outage alone, and waits up to a minute.
var signAgain = gax.WithRetry(func() gax.Retryer {
	return gax.OnErrorFunc(gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second, Multiplier: 2},
		func(err error) bool { return cause.Of(err).Retryable })
})

// signer signs by the portal's own service account, with a key that Google
// keeps.
type signer struct {
	client  *credentials.IamCredentialsClient
	account string
}

// SignJWT implements request.Signer. Errors are *upstream.Outage.
func (s signer) SignJWT(ctx context.Context, payload string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, signTime)
	defer cancel()
	answer, err := s.client.SignJwt(ctx, &credentialspb.SignJwtRequest{
		Name: "projects/-/serviceAccounts/" + s.account, Payload: payload,
	}, signAgain)
	if err == nil {
		return answer.GetSignedJwt(), nil
	}
	outage := &upstream.Outage{Service: "IAM Credentials", Err: err}
	if status := cause.Of(err).Status; status == http.StatusForbidden || status == http.StatusNotFound {
		outage.Permission, outage.Resource = "iam.serviceAccounts.signJwt", s.account
	}
	return "", outage
}
