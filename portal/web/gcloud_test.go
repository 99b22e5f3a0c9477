package web

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// The shell has to hand gcloud the condition as it stands in the policy, whatever is in it.
func TestRemovalCommand_NamesTheWholeCondition(t *testing.T) {
	t.Parallel()
	const window = `(request.time >= timestamp("2026-11-19T02:00:00Z") && request.time < timestamp("2026-11-19T04:00:00Z"))`
	for name, c := range map[string]struct {
		condition eligibility.Condition
		want      string
	}{
		"an activation": {
			eligibility.Condition{Title: "JIT access activation", Description: "Self-approved, justification: it's \"down\" $HOME `id` [jit-AAAAAAAAAAAAAAAA]", Expression: window},
			"^;^expression=" + window + ";title=JIT access activation;description=Self-approved, justification: it's \"down\" $HOME `id` [jit-AAAAAAAAAAAAAAAA]",
		},
		"without a description": {eligibility.Condition{Title: "JIT access activation", Expression: window}, "^;^expression=" + window + ";title=JIT access activation"},
		"with the separator":    {eligibility.Condition{Title: "JIT access activation", Description: "a;b", Expression: window}, "^|^expression=" + window + "|title=JIT access activation|description=a;b"},
		"with every separator":  {eligibility.Condition{Title: "JIT access activation", Description: ";|~#%!", Expression: "true"}, "^~#~^expression=true~#~title=JIT access activation~#~description=;|~#%!"},
	} {
		b := eligibility.Binding{Role: "roles/compute.admin", Members: []string{"user:o'neil@example.com"}, Condition: &c.condition}
		command := removalCommand("example.com:payments", b)
		words, err := exec.CommandContext(t.Context(), "sh", "-c", "for word in "+command+`; do printf '%s\n' "$word"; done`).Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		want := []string{
			"gcloud", "projects", "remove-iam-policy-binding", "example.com:payments", "--member=user:o'neil@example.com", "--role=roles/compute.admin",
			"--condition=" + c.want,
		}
		if diff := cmp.Diff(want, strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
