package binding

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

const (
	// defaultTitle is what IAM's console shows beside an eligible binding.
	defaultTitle = "Eligible for JIT access"
	// The longest texts that are written into a condition, in characters.
	longestTitle       = 100
	longestDescription = 256
	// trailer begins the terms in the description of an eligible binding.
	trailer = "[jitaccess"
)

func refuseTitle(title string) validators.Refusal {
	if r := refuseHidden("title", title); r != (validators.Refusal{}) {
		return r
	}
	switch n := utf8.RuneCountInString(title); {
	case strings.TrimSpace(title) == "":
		return validators.Refuse("Empty title", fmt.Sprintf("IAM wants a title for every condition. Write one, or remove the attribute for the default, %q.", defaultTitle))
	case n > longestTitle:
		return validators.Refuse("Title too long", fmt.Sprintf("The title has %d characters; at most %d are allowed. Put the rest into the description.", n, longestTitle))
	case strings.EqualFold(strings.TrimSpace(title), eligibility.ActivationTitle):
		return validators.Refuse("The title of an activation", fmt.Sprintf("%q is the title by which activations are recognised, and an eligible binding is none. Choose another title.", eligibility.ActivationTitle))
	}
	return validators.Refusal{}
}

func refuseDescription(description string) validators.Refusal {
	if r := refuseHidden("description", description); r != (validators.Refusal{}) {
		return r
	}
	if n := utf8.RuneCountInString(description); n > longestDescription {
		return validators.Refuse("Description too long", fmt.Sprintf("The description has %d characters; at most %d are allowed.", n, longestDescription))
	}
	if strings.Contains(strings.ToLower(description), trailer) {
		return validators.Refuse("Terms in the description", fmt.Sprintf("%q begins the terms of an eligible binding, such as its maximum duration. This version of the provider writes none, and a binding that seems to have some cannot be activated. Remove that part.", trailer))
	}
	return validators.Refusal{}
}

// refuseHidden refuses line breaks, control characters and those that show nothing or turn the
// direction of text: what a policy holds reads the same in every console, plan and log. Joiners
// stay, because scripts and emoji need them.
func refuseHidden(attribute, text string) validators.Refusal {
	position := 0
	for _, r := range text {
		position++
		if !hidden(r) {
			continue
		}
		detail := fmt.Sprintf("Character %d of the %s is %U, which shows nothing. Write one line of visible characters and blanks.", position, attribute, r)
		if r == '\n' {
			detail = fmt.Sprintf("Character %d of the %s is U+000A, a line break. Write one line; chomp() removes the line break at the end of a heredoc.", position, attribute)
		}
		return validators.Refuse("Hidden characters in the "+attribute, detail)
	}
	return validators.Refusal{}
}

func hidden(r rune) bool {
	const notJoined, joined, blankPattern = '\u200c', '\u200d', '\u2800'
	switch r {
	case notJoined, joined:
		return false
	case blankPattern:
		return true
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}
