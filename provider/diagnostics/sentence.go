package diagnostics

import "strings"

// Sentence makes an error's text begin as a sentence does. A name, such as roles/owner or
// impersonate_service_account, keeps its spelling.
func Sentence(err error) string {
	text := strings.TrimSuffix(err.Error(), ".")
	if first, _, _ := strings.Cut(text, " "); strings.ContainsAny(first, "/_") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
