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

// signTimeout bounds one signature, with its retries.
const signTimeout = 5 * time.Second

// signRetry retries every error that may be gone a moment later. The client's own policy retries
// outages alone, and waits up to a minute.
var signRetry = gax.WithRetry(func() gax.Retryer {
	return gax.OnErrorFunc(gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second, Multiplier: 2},
		func(err error) bool { return cause.Of(err).Retryable })
})

// signer signs as the portal's own service account, with a key that only Google has.
type signer struct {
	client  *credentials.IamCredentialsClient
	account string
}

// SignJWT implements request.Signer. Its errors are *upstream.Outage.
func (s signer) SignJWT(ctx context.Context, payload string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	response, err := s.client.SignJwt(ctx, &credentialspb.SignJwtRequest{
		Name: "projects/-/serviceAccounts/" + s.account, Payload: payload,
	}, signRetry)
	if err == nil {
		return response.GetSignedJwt(), nil
	}
	outage := &upstream.Outage{Service: "IAM Credentials", Err: err}
	if status := cause.Of(err).Status; status == http.StatusForbidden || status == http.StatusNotFound {
		outage.Permission, outage.Resource = "iam.serviceAccounts.signJwt", s.account
	}
	return "", outage
}
