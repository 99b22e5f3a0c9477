package systemtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/metadata"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// askAs asks a reviewer with a Host of the asker's own choice, and returns the response.
func (g *client) askAs(t *testing.T, host string, p tenant) *response {
	t.Helper()
	fields, err := g.requestForm(t.Context(), p, p.reviewer(0))
	if err != nil {
		t.Fatal(err)
	}
	r, trace, err := g.request(t.Context(), http.MethodPost, p.page()+"/request", fields.Encode())
	if err != nil {
		t.Fatal(err)
	}
	formHeaders(r.Header)
	r.Host = host
	a := must(t)(do(r, trace))
	if a.status != http.StatusSeeOther {
		t.Fatalf("asking answers %d, %q", a.status, a.heading())
	}
	return a
}

// Without PUBLIC_URL the mailed link led to whatever host the asker had sent.
func TestRequest_TheMailedLinkLeadsToCloudRunsAddressWhateverTheAskersHost(t *testing.T) {
	t.Parallel()
	mails := openMailbox(t)
	s := newRequestScene(t, 1, append(mails.environment(), "PUBLIC_URL=")...)
	p := tenant{0}
	s.client(s.portal(), p.person()).askAs(t, "portal.evil.example", p)
	got := mails.to(p.reviewer(0))
	if len(got) != 1 {
		t.Fatalf("the reviewer got %d mails, want 1", len(got))
	}
	project, _ := s.World().Project(testbed.PortalProject)
	home := "https://" + testbed.PortalService + "-" + project.Number + "." + metadata.Region + ".run.app"
	if text := unfolded(got[0].Raw); !strings.Contains(text, home+"/?activation=") || strings.Contains(text, "evil.example") {
		t.Errorf("the mail does not lead to %s, or to another host:\n%s", home, text)
	}
}

// unfolded is a mail without the line breaks of quoted-printable.
func unfolded(raw string) string { return strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(raw) }

// Behind a load balancer the portal does not know where people open it. Nobody is mailed a link
// that the asker chose, and who set the portal up reads what is missing.
func TestRequest_BehindALoadBalancerWithoutPublicURLNobodyIsMailed(t *testing.T) {
	t.Parallel()
	mails := openMailbox(t)
	s := newRequestScene(t, 1, append(mails.environment(), "PUBLIC_URL=", "IAP_VERIFY_AUDIENCE=false")...)
	p := tenant{0}
	portal := s.portal()
	alice := s.client(portal, p.person())
	page := alice.mustGet(t, alice.askAs(t, "portal.evil.example", p).location)
	if text := page.Find("main").Text(); page.heading() != "Not sent" || !strings.Contains(text, "PUBLIC_URL") {
		t.Errorf("the page is headed %q and does not say what is missing: %s", page.heading(), text)
	}
	if link := page.Find("#link").AttrOr("value", ""); !strings.HasPrefix(link, "https://"+portal.Address()+"/?activation=") {
		t.Errorf("the link to copy is %q", link)
	}
	if got := mails.to(p.reviewer(0)); len(got) > 0 {
		t.Errorf("the reviewer got %q", got[0].Raw)
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	warned := 0
	for _, e := range portal.Events("runtime.startup") {
		if e.Severity == "WARNING" && strings.HasPrefix(e.Message, "PUBLIC_URL is not set") {
			warned++
		}
	}
	if warned != 1 {
		t.Errorf("warned %d times at the start of PUBLIC_URL, want once", warned)
	}
}
