package systemtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A late decision was logged as the one that holds, by the person who pressed it: "User bob
// declined", who had pressed Approve.
func TestOvertaken_TheLogSaysWhatEachPersonPressed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second   string // acts
		by              int    // which reviewer does the second
		want            map[string]string
		message, within string
	}{
		"declined, then approved by another": {
			"decline", "approve", 1, map[string]string{"event": "api.activateRole", "error": "REQUEST_SPENT"},
			"tried to approve", ": it was declined before, by FIRST",
		},
		"approved, then approved by another": {
			"approve", "approve", 1, map[string]string{"event": "api.activateRole", "error": "REQUEST_SPENT"},
			"tried to approve", ": it was approved before, by FIRST",
		},
		"approved, then declined by the same": {
			"approve", "decline", 0, map[string]string{"event": "api.declineRequest", "error": "REQUEST_SPENT"},
			"tried to decline", ": it was approved before, by FIRST",
		},
		"approved, then approved by the same": {
			"approve", "approve", 0, map[string]string{"event": "api.activateRole", "repeated": "true"}, "approved", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newRequestScene(t, 1), tenant{0}
			portal := s.portal()
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
			late := s.client(portal, p.reviewer(c.by))
			fields, err := late.decisionForm(t.Context(), request, c.second)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.client(portal, p.reviewer(0)).decide(t.Context(), request, c.first); err != nil {
				t.Fatal(err)
			}
			a, err := late.post(t.Context(), request+"/"+c.second, fields)
			if err != nil || a.location != request+"?before=decided" {
				t.Fatalf("the second ends with %v, %+v", err, a)
			}
			if err := portal.Stop(); err != nil {
				t.Fatal(err)
			}
			all := portal.Events(c.want["event"])
			last := all[len(all)-1]
			got := map[string]string{"event": last.Labels["event"]}
			for _, label := range []string{"error", "repeated"} {
				if last.Labels[label] != "" {
					got[label] = last.Labels[label]
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || last.Labels["user"] != p.reviewer(c.by) || last.Labels["beneficiary"] != p.person() {
				t.Errorf("the last event has %v (-want +got):\n%s", last.Labels, diff)
			}
			within := strings.ReplaceAll(c.within, "FIRST", p.reviewer(0))
			if !strings.HasPrefix(last.Message, "User "+p.reviewer(c.by)+" "+c.message+" '") || !strings.HasSuffix(last.Message, within) {
				t.Errorf("it says %q, want %q and %q", last.Message, c.message, within)
			}
		})
	}
}
