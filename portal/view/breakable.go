package view

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// breakable is a text with places at which a narrow page may break the id of a role, such as
// "roles/", "compute.", "admin". Addresses of people have none, because a screen reader reads such
// a place as a space. It is no template, because a template would put spaces between the parts.
func breakable(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		parts := splitIdentifiers(text)
		for i, part := range parts {
			parts[i] = templ.EscapeString(part)
		}
		_, err := io.WriteString(w, strings.Join(parts, "<wbr>"))
		return err
	})
}

// splitIdentifiers splits a text after each slash and dot within the ids of roles.
func splitIdentifiers(text string) []string {
	var parts []string
	start, word := 0, 0
	for i := range len(text) - 1 {
		switch text[i] {
		case ' ':
			word = i + 1
		case '/', '.':
			id, _, _ := strings.Cut(text[word:], " ")
			if strings.Contains(id, "roles/") && text[i+1] != ' ' {
				parts = append(parts, text[start:i+1])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}
