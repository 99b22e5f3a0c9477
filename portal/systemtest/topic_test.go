package systemtest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// The topic is one of the portal's own project, and gets the activation by its id.
func TestTopic_GetsTheActivation(t *testing.T) {
	t.Parallel()
	const person, role, page = "alice@example.com", "roles/compute.admin", "/projects/payments-prod"
	s := newScene(t, emulator.Options{}, "NOTIFICATION_TOPIC=activations")
	s.eligible("projects/payments-prod", role, "user:"+person)
	g := s.client(s.portal(), person)
	fields := activationForm(t, g.mustGet(t, page).reference(role))
	if a, err := g.post(t.Context(), page+"/activate", fields); err != nil || a.status != http.StatusSeeOther {
		t.Fatalf("activating: %v, %v, want 303", a, err)
	}
	messages := s.World().Published()["projects/"+testbed.PortalProject+"/topics/activations"]
	if len(messages) != 1 {
		t.Fatalf("published: %v, want one message", messages)
	}
	var got struct {
		Type       string
		Attributes map[string]any
	}
	if err := json.Unmarshal(messages[0].Data, &got); err != nil {
		t.Fatalf("%s: %v", messages[0].Data, err)
	}
	if got.Type != "ActivationSelfApproved" || got.Attributes["beneficiary"] != person {
		t.Errorf("published %s, want ActivationSelfApproved of %s", messages[0].Data, person)
	}
}
