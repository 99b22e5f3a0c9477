package request_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	iamcredentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	portal  = "portal@jit-access.iam.gserviceaccount.com"
	another = "terraform@jit-access.iam.gserviceaccount.com"
)

// signer signs by Google's own client.
type signer struct {
	client  *iamcredentials.IamCredentialsClient
	account string
}

func (s signer) SignJWT(ctx context.Context, payload string) (string, error) {
	answer, err := s.client.SignJwt(ctx, &credentialspb.SignJwtRequest{Name: "projects/-/serviceAccounts/" + s.account, Payload: payload})
	return answer.GetSignedJwt(), err
}

func newSigner(t *testing.T, e *emulator.Emulator, caller, account string) signer {
	t.Helper()
	client, err := iamcredentials.NewIamCredentialsClient(t.Context(),
		option.WithEndpoint(strings.TrimPrefix(e.URL(), "http://")),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return signer{client, account}
}

func newRedeemer(e *emulator.Emulator, account string) *request.Redeemer {
	address := e.URL() + "/" + strings.TrimPrefix(request.KeysURL(account), "https://")
	return request.NewRedeemer(account, keyset.New(address, http.DefaultClient, keyset.Options{MinRefetch: time.Nanosecond}), nil)
}

// typicalRequest is a request to n reviewers, issued now.
func typicalRequest(n int) request.Claims {
	issued := time.Now().UTC().Truncate(time.Second)
	c := request.Claims{
		ID: "mpa-Zm9vYmFyYmF6cXV4", Beneficiary: "alice.anderson@example.com", Subject: "accounts.google.com:118133858486581853996",
		Key:           eligibility.Key{Resource: "projects/payments-production", Role: "roles/compute.instanceAdmin.v1"},
		Justification: "BUG-12345: the disk of the batch server is full", Duration: 2 * time.Hour,
		IssuedAt: issued, Expires: issued.Add(time.Hour), Binding: strings.Repeat("a", 43),
	}
	for i := range n {
		c.Reviewers = append(c.Reviewers, fmt.Sprintf("firstname.lastname-%d@example.com", i))
	}
	return c
}

func TestSign_RoundTripThroughGooglesClientAcrossRotations(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	mint, redeemer := request.NewMint(portal, newSigner(t, e, portal, portal)), newRedeemer(e, portal)
	want := typicalRequest(2)
	want.Key.ResourceCondition = `resource.type == "compute.googleapis.com/Disk"`
	sign := func() string {
		token, err := mint.Sign(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	first := sign()
	for _, known := range []bool{true, true, false} { // two keys of an account are published
		got, err := redeemer.Redeem(t.Context(), first)
		if known && err != nil || !known && !isReason(err, request.UnknownKey) {
			t.Errorf("the first token, its key published: %v: got %v", known, err)
		}
		if diff := cmp.Diff(want, got); known && diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := e.Credentials().Rotate(portal); err != nil {
			t.Fatal(err)
		}
		if got, err := redeemer.Redeem(t.Context(), sign()); err != nil || got.ID != want.ID {
			t.Errorf("a token of the new key: got %+v, %v, want %s", got, err, want.ID)
		}
	}
}

func TestRedeem_RefusesAnotherAccountsToken(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	own := newSigner(t, e, portal, portal)
	theirs, err := request.NewMint(another, own).Sign(t.Context(), typicalRequest(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newRedeemer(e, portal).Redeem(t.Context(), theirs); !isReason(err, request.WrongIssuer) {
		t.Errorf("in another's name: got %v, want the issuer refused", err)
	}
	token, err := request.NewMint(portal, own).Sign(t.Context(), typicalRequest(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newRedeemer(e, another).Redeem(t.Context(), token); !isReason(err, request.UnknownKey) {
		t.Errorf("by another's redeemer: got %v, want the key refused", err)
	}
}

func TestSign_WhoMayNotSignGetsNoToken(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	token, err := request.NewMint(portal, newSigner(t, e, "alice@example.com", portal)).Sign(t.Context(), typicalRequest(1))
	if status.Code(errors.Unwrap(err)) != codes.PermissionDenied || token != "" {
		t.Errorf("got %q, %v, want permission denied", token, err)
	}
}

func TestSign_TypicalLinksAreShortEnough(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	mint := request.NewMint(portal, newSigner(t, e, portal, portal))
	for reviewers, want := range map[int]int{1: 1210, 10: 1630} {
		c := typicalRequest(reviewers)
		token, err := mint.Sign(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		link := "https://jit-access-a1b2c3d4e5-ew.a.run.app/?" +
			url.Values{"activation": {request.Obscure(token)}, "projectId": {c.Key.Project()}}.Encode()
		if len(token) != want || len(link) > request.MaxLink {
			t.Errorf("%d reviewers: a token of %d characters, want %d; a link of %d, want at most %d",
				reviewers, len(token), want, len(link), request.MaxLink)
		}
	}
}

func isReason(err error, want request.Reason) bool {
	e, ok := errors.AsType[*request.Error](err)
	return ok && e.Reason == want
}
