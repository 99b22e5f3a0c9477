package provider

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// caution is a warning of what may be meant but is risky or of no use.
type caution struct {
	at              string // the attribute, "" for none
	summary, detail string
	// limits says what was not looked at, or is "". Two cautions that differ in
	// nothing else say the same.
	limits string
}

func (c caution) diagnostic() diag.Diagnostic {
	detail := c.detail
	if c.limits != "" {
		detail += " " + c.limits
	}
	if c.at == "" {
		return diag.NewWarningDiagnostic(c.summary, detail)
	}
	return diag.NewAttributeWarningDiagnostic(path.Root(c.at), c.summary, detail)
}

// told keeps what was warned about, so that one walk of Terraform says it once.
type told struct {
	mu   sync.Mutex
	seen map[string]bool
}

// anew returns the warnings that were not returned before.
func (t *told) anew(all []caution) diag.Diagnostics {
	t.mu.Lock()
	defer t.mu.Unlock()
	var fresh diag.Diagnostics
	for _, c := range all {
		said := c.summary + "\n" + c.detail
		if t.seen[said] {
			continue
		}
		if t.seen == nil {
			t.seen = map[string]bool{}
		}
		t.seen[said] = true
		fresh = append(fresh, c.diagnostic())
	}
	return fresh
}
