package restcall

import "testing"

func TestSafeInPath_KeepsRequestsWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"roles/viewer":           true,
		"roles/_x.y":             true,
		"projects/payments-prod": true,
		"projects/123456789012":  true,
		"folders/123":            true,
		"projects/example.com:payments/roles/op_1": true,
		"organizations/123/roles/operator":         true,
		"roles/..":                                 false,
		"roles/.":                                  false,
		"projects/..":                              false,
		"projects/../roles/viewer":                 false,
		"projects/-":                               false,
		"projects/-/roles/viewer":                  false,
		"projects/:x":                              false,
		"projects/":                                false,
		"":                                         false,
	} {
		if got := SafeInPath(name); got != want {
			t.Errorf("SafeInPath(%q) = %v", name, got)
		}
	}
}
