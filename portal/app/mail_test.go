package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/api/option"
	pubsub "google.golang.org/api/pubsub/v1"
	"google.golang.org/api/secretmanager/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// metered answers every call that a limiter lets through.
type metered struct {
	limiter *quota.Limiter
	answer  string
}

func (m metered) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := m.limiter.Before(r.Context(), r.URL.Host, r.URL.Path); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(m.answer)),
	}, nil
}

// Whoever used up their calls and activated a role with the last of them was not told of: the
// message to the topic was held back as one more call of theirs.
func TestTopic_HearsOfWhoeverHasNoCallsLeft(t *testing.T) {
	t.Parallel()
	limiter := quota.New(quota.Options{CallsPerPerson: 1})
	act, err := limiter.Begin("mallory@example.com", quota.Act)
	if err != nil {
		t.Fatal(err)
	}
	defer act.End(false)
	ctx := quota.With(t.Context(), act)
	for range 2 {
		err = quota.Reserve(ctx, quota.PolicyReads, 1)
	}
	if err == nil {
		t.Fatal("she has calls left")
	}
	client := func(answer string) option.ClientOption {
		return option.WithHTTPClient(&http.Client{Transport: metered{limiter, answer}})
	}
	topics, err := pubsub.NewService(context.Background(), client("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := (topic{topics, "projects/jit-access/topics/activations"}).Publish(ctx, []byte("{}")); err != nil {
		t.Errorf("publishing: %v", err)
	}
	secrets, err := secretmanager.NewService(context.Background(), client(`{"payload":{"data":"cGFzc3dvcmQ="}}`))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := (secret{secrets, "projects/jit-access/secrets/smtp/versions/latest"}).read(ctx); text != "password" {
		t.Errorf("the password of the mail server is %q, %v", text, err)
	}
}
