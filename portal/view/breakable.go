package view

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// breakable is a text in which a narrow page breaks the id of a role behind its joints rather than within its words:
// "roles/", "compute.", "admin". Addresses of people stay whole: to a screen reader, a place to break is a blank. It is
// written here because a template would put blanks between the parts.
func breakable(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		parts := joints(text)
		for i, part := range parts {
			parts[i] = templ.EscapeString(part)
		}
		_, err := io.WriteString(w, strings.Join(parts, "<wbr>"))
		return err
	})
}

// joints cuts a text behind each slash and point within the ids of roles.
func joints(text string) []string {
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
