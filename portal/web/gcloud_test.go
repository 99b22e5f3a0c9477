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
		"with every separator":  {eligibility.Condition{Title: "JIT access activation", Description: ";|~#%!", Expression: "true"}, "^~0~^expression=true~0~title=JIT access activation~0~description=;|~#%!"},
		"with a hostile separator": {
			eligibility.Condition{Title: "JIT access activation", Description: ";|#%!~0~title=x~1~", Expression: "true"},
			"^~2~^expression=true~2~title=JIT access activation~2~description=;|#%!~0~title=x~1~",
		},
		"with what a terminal acts on": {
			eligibility.Condition{Title: "JIT access activation", Description: "\x1b[201~\nrm -rf ~\r\u202e", Expression: "true"},
			"^;^expression=true;title=JIT access activation;description=<U+001B>[201~<U+000A>rm -rf ~<U+000D><U+202E>",
		},
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
