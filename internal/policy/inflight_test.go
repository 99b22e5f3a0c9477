package policy

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
)

// A write that broke on its way may arrive as long as the policy has the etag that it was sent
// under. Until then, a response to another write, or a read that misses it, is no proof that
// nothing was written.
func TestModify_AWriteThatBrokeMayArriveUntilTheEtagMoves(t *testing.T) {
	elsewhere := func(s *store) {
		s.edit(project, func(p *Policy) { p.Bindings = append(p.Bindings, &Binding{Role: "roles/editor"}) })
	}
	for name, c := range map[string]struct {
		between   func(*store) // the broken write and the next response
		status    int
		unsettled bool
	}{
		"refused":                                  {func(*store) {}, http.StatusForbidden, true},
		"refused after somebody else's write":      {elsewhere, http.StatusForbidden, false},
		"failing for ever":                         {func(*store) {}, http.StatusServiceUnavailable, true},
		"failing after somebody else's write":      {elsewhere, http.StatusServiceUnavailable, false},
		"raced for ever":                           {func(*store) {}, http.StatusConflict, true},
		"raced for ever by somebody else's writes": {elsewhere, http.StatusConflict, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(project)
				s.onSet = func(n int, _ *Policy) error {
					if n > 1 {
						return statusError(c.status)
					}
					c.between(s)
					return errBroken
				}
				_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
				if err == nil || errors.Is(err, ErrUnsettled) != c.unsettled {
					t.Errorf("err = %v, want ErrUnsettled: %v", err, c.unsettled)
				}
			})
		})
	}
}
