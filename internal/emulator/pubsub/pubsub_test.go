package pubsub_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/pubsub/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// The demo's world: there is one topic, and the portal may publish to it.
const (
	portal = "portal@jit-access.iam.gserviceaccount.com"
	topic  = "projects/jit-access/topics/activations"
)

func client(t *testing.T, e *emulator.Emulator, caller string) *pubsub.ProjectsTopicsService {
	t.Helper()
	s, err := pubsub.NewService(t.Context(), option.WithEndpoint(e.URL()+"/pubsub.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})))
	if err != nil {
		t.Fatal(err)
	}
	return s.Projects.Topics
}

func request(messages ...*pubsub.PubsubMessage) *pubsub.PublishRequest {
	return &pubsub.PublishRequest{Messages: messages}
}

func TestPublish_KeepsWhatWasPublished(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	e := emulatortest.Start(t, emulator.Options{Clock: func() time.Time { return now }})
	topics := client(t, e, portal)
	text := []byte("a text that base64 writes with all it has: \xfb\xff?>")
	first, err := topics.Publish(topic, request(
		&pubsub.PubsubMessage{Data: base64.StdEncoding.EncodeToString(text)},
		&pubsub.PubsubMessage{Data: base64.RawURLEncoding.EncodeToString(text), Attributes: map[string]string{"k": "v"}},
	)).Do()
	if err != nil {
		t.Fatal(err)
	}
	second, err := topics.Publish("projects/200000000100/topics/activations", request(&pubsub.PubsubMessage{Attributes: map[string]string{"only": "this"}})).Do()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]world.Message{topic: {
		{ID: first.MessageIds[0], Data: text, Published: now},
		{ID: first.MessageIds[1], Data: text, Attributes: map[string]string{"k": "v"}, Published: now},
		{ID: second.MessageIds[0], Data: []byte{}, Attributes: map[string]string{"only": "this"}, Published: now},
	}}
	if diff := cmp.Diff(want, e.World().Published()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

func TestPublish_RefusesAsGoogleDoes(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	full, empty := request(&pubsub.PubsubMessage{Data: "YQ"}), request(&pubsub.PubsubMessage{})
	for name, c := range map[string]struct {
		caller, topic string
		request       *pubsub.PublishRequest
		code          int
		want          string
	}{
		"no such topic":     {portal, "projects/jit-access/topics/nosuch", full, 404, "Resource not found (resource=nosuch)."},
		"not allowed":       {"alice@example.com", topic, full, 403, "User not authorized to perform this action."},
		"not allowed, none": {"alice@example.com", "projects/nosuch/topics/nosuch", full, 403, "User not authorized to perform this action."},
		"empty":             {portal, topic, empty, 400, "One or more messages in the publish request is empty."},
		"not base64":        {portal, topic, request(&pubsub.PubsubMessage{Data: "§"}), 400, "Base64 decoding failed"},
	} {
		_, err := client(t, e, c.caller).Publish(c.topic, c.request).Do()
		var refused *googleapi.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(refused.Message, c.want) {
			t.Errorf("%s: %v, want %d with %q", name, err, c.code, c.want)
		}
	}
	_, err := client(t, e, portal).Get(topic).Do()
	var refused *googleapi.Error
	if !errors.As(err, &refused) || refused.Code != 501 {
		t.Errorf("topics.get: %v, want 501", err)
	}
	if got := e.World().Published()[topic]; len(got) != 0 {
		t.Errorf("published: %v, want nothing", got)
	}
}
