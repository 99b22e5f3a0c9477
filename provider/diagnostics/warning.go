// Package diagnostics words what goes wrong, and what may, for practitioners: what failed, on which
// attribute, why and what to do; what Google said comes last. It says each warning once in a walk
// of Terraform, and bounds the texts of others.
package diagnostics

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// Warning tells a practitioner of what may be meant but is risky or of no use.
type Warning struct {
	Attribute       string // "" for none
	Summary, Detail string
	// Remark follows the detail, or is "": what was not looked at, or what Google said. Two
	// warnings that differ in nothing else say the same.
	Remark string
}

// Once returns the warnings that a client did not give before.
func Once(c *client.Client, all []Warning) diag.Diagnostics {
	var fresh diag.Diagnostics
	for _, w := range all {
		if c.FirstTime(w.Summary + "\n" + w.Detail) {
			fresh = append(fresh, w.diagnostic())
		}
	}
	return fresh
}

func (w Warning) diagnostic() diag.Diagnostic {
	detail := w.Detail
	if w.Remark != "" {
		detail += " " + w.Remark
	}
	if w.Attribute == "" {
		return diag.NewWarningDiagnostic(w.Summary, detail)
	}
	return diag.NewAttributeWarningDiagnostic(path.Root(w.Attribute), w.Summary, detail)
}
