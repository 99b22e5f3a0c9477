package web

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

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
	separator := ""
	for _, sign := range []string{";", "|", "~", "#", "%", "!"} {
		if !strings.Contains(strings.Join(parts, ""), sign) {
			separator = sign
			break
		}
	}
	for n := 0; separator == ""; n++ {
		if mark := fmt.Sprintf("~%d~", n); slices.Equal(strings.Split(strings.Join(parts, mark), mark), parts) {
			separator = mark
		}
	}
	return fmt.Sprintf("gcloud projects remove-iam-policy-binding %s \\\n  --member=%s \\\n  --role=%s \\\n  --condition=%s",
		shellQuoted(project), shellQuoted(b.Members[0]), shellQuoted(b.Role), shellQuoted("^"+separator+"^"+strings.Join(parts, separator)))
}

// shellQuoted is a text as one word of a POSIX shell. What no page shows is written as its number,
// because a terminal acts on it while it is pasted; the command then finds no binding.
func shellQuoted(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\'':
			b.WriteString(`'\''`)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return "'" + b.String() + "'"
}
