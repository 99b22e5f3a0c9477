package web

import (
	"fmt"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// removalCommand is the command that removes a conditional binding of one person from the policy of
// a project. gcloud finds the binding by its whole condition:
// cloud.google.com/sdk/gcloud/reference/projects/remove-iam-policy-binding.
func removalCommand(project string, b eligibility.Binding) string {
	parts := []string{"expression=" + b.Condition.Expression, "title=" + b.Condition.Title}
	if b.Condition.Description != "" {
		parts = append(parts, "description="+b.Condition.Description)
	}
	// gcloud separates the parts by commas unless another text is named, which no part may hold:
	// cloud.google.com/sdk/gcloud/reference/topic/escaping.
	separator := "~#~"
	for _, sign := range []string{";", "|", "~", "#", "%", "!"} {
		if !strings.Contains(strings.Join(parts, ""), sign) {
			separator = sign
			break
		}
	}
	return fmt.Sprintf("gcloud projects remove-iam-policy-binding %s --member=%s --role=%s --condition=%s",
		shellQuoted(project), shellQuoted(b.Members[0]), shellQuoted(b.Role), shellQuoted("^"+separator+"^"+strings.Join(parts, separator)))
}

// shellQuoted is a text as one word of a POSIX shell.
func shellQuoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
