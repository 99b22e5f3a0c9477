package systemtest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// What a portal writes about a request is enough to find it again, and to tell what became of it.
func TestRecord_ARequestIsReadBackFromTheLog(t *testing.T) {
	t.Parallel()
	s, p := newRequestScene(t, 1), tenant{0}
	portal := s.portal()
	request := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
	late := s.client(portal, p.reviewer(1))
	fields, err := late.decisionForm(t.Context(), request, "decline")
	if err != nil {
		t.Fatal(err)
	}
	reviewer := s.client(portal, p.reviewer(0))
	if err := reviewer.approve(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if a, err := late.post(t.Context(), request+"/decline", fields); err != nil || a.location != request+"?before=decided" {
		t.Fatalf("the second decision: %v, %+v", err, a)
	}
	if a, err := reviewer.post(t.Context(), request+"/revoke", nil); err != nil || !strings.HasPrefix(a.location, request+"?") {
		t.Fatalf("the revocation: %v, %+v", err, a)
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}

	type said struct {
		Verb     event.Verb
		By       string
		Token    bool
		Refused  bool
		Decision event.Decision
	}
	var got []said
	grants := map[event.Grant]int{}
	for _, e := range portal.Events("") {
		record, ok := audit.Read([]byte(e.Line))
		if !ok {
			continue
		}
		got = append(got, said{record.Verb, record.By.Email, request == "/requests/"+record.Token, record.Refusal != nil, record.Decision})
		for _, g := range record.Grants {
			grants[g]++
		}
		if !record.HasRequest() || record.Beneficiary != p.person() {
			t.Errorf("of the request is known: %+v", record)
		}
	}
	want := []said{
		{event.Request, p.person(), true, false, ""},
		{event.Approve, p.reviewer(0), false, false, ""},
		{event.Decline, p.reviewer(1), false, true, event.Approved},
		{event.Revoke, p.reviewer(0), false, false, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	for g := range grants {
		if len(grants) != 1 || g.Role != multiPartyRole || g.Resource != p.project() || len(g.Digest) != 43 {
			t.Errorf("its events are about %+v", grants)
		}
	}
}

// Instances of one portal have a name each.
func TestRecord_EachInstanceHasAName(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	form := regexp.MustCompile(`"instance":"([A-Za-z0-9_-]{16})"`)
	names := map[string]bool{}
	for range 2 {
		portal := s.portal()
		if _, err := s.client(portal, tenant{0}.person()).get(t.Context(), "/"); err != nil {
			t.Fatal(err)
		}
		for _, e := range portal.Events("runtime.startup") {
			if found := form.FindStringSubmatch(e.Line); found != nil {
				names[found[1]] = true
			}
		}
	}
	if len(names) != 2 {
		t.Errorf("the instances are called %v", names)
	}
}
