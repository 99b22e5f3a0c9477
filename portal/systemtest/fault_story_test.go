package systemtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// explain logs, for an experiment that failed, what the portal logged for its request, and its
// calls. A rare failure can be understood only from the output of its run.
func (x *experiment) explain(t *testing.T) {
	if t.Failed() {
		t.Log(strings.Join(x.report(), "\n"))
	}
}

// report is what explain logs. It is complete once the portal has ended.
func (x *experiment) report() []string {
	if x.response == nil {
		return append([]string{"it was not sent, or not answered"}, x.logged(x.tenant.id())...)
	}
	story := []string{fmt.Sprintf("answered %d, %q", x.response.status, x.response.heading())}
	number := x.response.Find("footer code").Text() // that of the request: lines without a trace have it
	for _, e := range eventsOf(x.portal, x.response.trace) {
		number = e.Labels["request"]
	}
	story = append(story, x.logged(x.response.trace, number)...)
	for _, c := range x.scene.Journal().Calls() {
		if x.about(c) && slices.Contains(x.operation.calls, kindOf(c)) && !c.Start.Before(x.began) && !c.Start.After(x.ended) {
			story = append(story, fmt.Sprintf("call: %s after %v for %v, %s: %d %s, fault %q",
				kindOf(c), c.Start.Sub(x.began), c.End.Sub(c.Start), c.Resource, c.HTTP, c.Code, c.Fault))
		}
	}
	return story
}

// logged are the lines of the log with one of these words.
func (x *experiment) logged(words ...string) (lines []string) {
	if x.scene == nil {
		return nil
	}
	for _, line := range x.scene.log.all() {
		if slices.ContainsFunc(words, func(word string) bool { return word != "" && strings.Contains(line, word) }) {
			lines = append(lines, "log: "+line)
		}
	}
	return lines
}

func TestFaults_AFailureTellsWhatThePortalLoggedAndAsked(t *testing.T) {
	t.Parallel()
	s := faultScene(t, 1)
	x := &experiment{operation: operation{name: activates, calls: []callKind{callMember}, status: http.StatusSeeOther}, call: callMember, fault: "403", times: always}
	p := s.portal()
	x.run(t.Context(), s, p)
	if x.err != nil {
		t.Fatal(x.err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	story := strings.Join(x.report(), "\n")
	for _, want := range []string{
		`answered 403, "You have no access to this role"`, `"error":"NOT_ELIGIBLE"`, "group:" + x.tenant.outerGroup() + " could not be read: ",
		`"pattern":"POST /projects/{project}/activate"`, "call: is the person in the group after ", `403 PermissionDenied, fault "refuse"`,
	} {
		if !strings.Contains(story, want) {
			t.Errorf("the story lacks %q", want)
		}
	}
	if strings.Contains(story, "GET /projects/{project}\"") {
		t.Error("the story has the visit before, too")
	}
	if t.Failed() {
		t.Log(story)
	}
}
