// Package diagnostics words what goes wrong, and what may, for practitioners:
// what failed, on which attribute, why and what to do; what Google said comes
// last. It says each warning once in a walk of Terraform, and bounds foreign text.
package diagnostics

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Warning tells a practitioner of what may be meant but is risky or of no use.
type Warning struct {
	Attribute       string // "" for none
	Summary, Detail string
	// Remark follows the detail, or is "": what was not looked at, or what Google
	// said. Two warnings that differ in nothing else say the same.
	Remark string
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

// Once remembers what was warned about, so that one walk of Terraform says it
// once. The zero value is ready.
type Once struct {
	mu     sync.Mutex
	warned map[string]bool
}

// Warn returns the warnings that were not returned before.
func (o *Once) Warn(all []Warning) diag.Diagnostics {
	o.mu.Lock()
	defer o.mu.Unlock()
	var fresh diag.Diagnostics
	for _, w := range all {
		text := w.Summary + "\n" + w.Detail
		if o.warned[text] {
			continue
		}
		if o.warned == nil {
			o.warned = map[string]bool{}
		}
		o.warned[text] = true
		fresh = append(fresh, w.diagnostic())
	}
	return fresh
}
