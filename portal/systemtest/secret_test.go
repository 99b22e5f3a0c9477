package systemtest

import (
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const mailSecret = "projects/" + testbed.PortalProject + "/secrets/smtp-password"

// newPasswordScene is a request scene whose mail server requires the password that Secret Manager
// holds, with the line break that the documentation of JIT Access 1.8.1 leaves at its end.
func newPasswordScene(t *testing.T) (*scene, *mailbox) {
	t.Helper()
	mails := openMailbox(t)
	s := newRequestScene(t, 1, append(mails.environment(), "SMTP_USERNAME="+mailUser, "SMTP_SECRET="+mailSecret+"/versions/latest")...)
	s.edit("projects/"+testbed.PortalProject, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{
			Role: "roles/secretmanager.secretAccessor", Members: []string{"serviceAccount:" + testbed.PortalAccount},
		})
	})
	s.rotate(mails, "correct horse")
	return s, mails
}

// rotate gives the mail server and the secret another password.
func (s *scene) rotate(mails *mailbox, password string) {
	s.t.Helper()
	if err := s.World().AddSecretVersion(mailSecret, password+"\n"); err != nil {
		s.t.Fatal(err)
	}
	mails.requirePassword(password)
}

// secretReads is how often the secret was asked for.
func (s *scene) secretReads() (n int) {
	for _, c := range s.Journal().Calls() {
		if c.Host == "secretmanager.googleapis.com" {
			n++
		}
	}
	return n
}

// A password that was replaced is read again when the log-in fails, once, without a restart.
func TestSecret_APasswordThatIsReplacedIsReadAgain(t *testing.T) {
	t.Parallel()
	s, mails := newPasswordScene(t)
	portal, p := s.portal(), tenant{0}
	asker := s.client(portal, p.person())
	for i, password := range []string{"", "", "battery staple"} {
		if password != "" {
			s.rotate(mails, password)
		}
		a := asker.mustAskPage(t, p)
		if a.heading() != "Waiting for approval" {
			t.Errorf("request %d is headed %q", i+1, a.heading())
		}
		if got := len(mails.to(p.reviewer(0))); got != i+1 {
			t.Fatalf("after %d requests the reviewer got %d mails", i+1, got)
		}
		if got, want := s.secretReads(), []int{1, 1, 2}[i]; got != want {
			t.Errorf("after %d requests the secret was read %d times, want %d", i+1, got, want)
		}
	}
}

// mustAskPage asks the first reviewer, and returns the page that says who was notified.
func (g *client) mustAskPage(t *testing.T, p tenant) *response {
	t.Helper()
	fields, err := g.requestForm(t.Context(), p, p.reviewer(0))
	if err != nil {
		t.Fatal(err)
	}
	return g.mustGet(t, must(t)(g.post(t.Context(), p.page()+"/request", fields)).location)
}

// Without the secret nobody is notified: the request stands, its page says so, and the log says
// what the portal lacks.
func TestSecret_OneThatCannotBeReadIsSaidAndChangesNothing(t *testing.T) {
	t.Parallel()
	s, mails := newPasswordScene(t)
	s.edit("projects/"+testbed.PortalProject, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetRole() == "roles/secretmanager.secretAccessor" })
	})
	portal, p := s.portal(), tenant{0}
	page := s.client(portal, p.person()).mustAskPage(t, p)
	if page.heading() != "Not sent" || page.Find("#link").Length() != 1 || strings.Contains(page.body, "secret") || len(mails.to(p.reviewer(0))) > 0 {
		t.Errorf("the request is headed %q, with %d links to copy: %s", page.heading(), page.Find("#link").Length(), page.Find("main").Text())
	}
	request := page.Find(`form[action$="/withdraw"]`).AttrOr("action", "")
	a := must(t)(s.client(portal, p.reviewer(0)).decide(t.Context(), strings.TrimSuffix(request, "/withdraw"), "approve"))
	if !strings.Contains(a.location, "done=approved") {
		t.Errorf("approving answers %d to %q, %q", a.status, a.location, a.heading())
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	named := slices.ContainsFunc(s.log.all(), func(line string) bool {
		return strings.Contains(line, "Somebody was not told") && strings.Contains(line, "secretmanager.versions.access") && strings.Contains(line, mailSecret)
	})
	if !named {
		t.Errorf("the log does not say what is missing:\n%s", strings.Join(s.log.all(), "\n"))
	}
}
