package providertest

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Printed are diagnostics as a failing test shows them.
func Printed(found []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range found {
		b.WriteString("\n" + d.Severity.String() + " at " + d.Attribute.String() + ": " + d.Summary + ": " + d.Detail)
	}
	return b.String()
}

// Says wants exactly one diagnostic.
func Says(t *testing.T, found []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity, path, text string) {
	t.Helper()
	if len(found) != 1 || found[0].Severity != severity || found[0].Attribute.String() != path ||
		!strings.Contains(found[0].Summary+": "+found[0].Detail, text) {
		t.Errorf("got %s\nwant one %s at %s with %q", Printed(found), severity, path, text)
	}
}

// Silent wants no diagnostics.
func Silent(t *testing.T, what string, found []*tfprotov6.Diagnostic) {
	t.Helper()
	if len(found) > 0 {
		t.Errorf("%s: got %s, want no diagnostics", what, Printed(found))
	}
}

// At is how a diagnostic's path is printed.
func At(attribute string) string { return `AttributeName("` + attribute + `")` }
