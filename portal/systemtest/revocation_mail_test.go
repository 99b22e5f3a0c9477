package systemtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// revokeFromList opens the list of activations and the form that revokes the only one, and sends
// it.
func (g *client) revokeFromList(t *testing.T, p tenant) (address string, fields map[string][]string, a *response) {
	t.Helper()
	links := g.mustGet(t, p.page()+"/holdings").Find(`a[href*="/revoke?"]`)
	if links.Length() != 1 {
		t.Fatalf("the list has %d activations, want 1", links.Length())
	}
	form := g.mustGet(t, links.AttrOr("href", "")).Find("main form[method=post]")
	address, fields = form.AttrOr("action", ""), testbed.Fields(form)
	a = must(t)(g.post(t.Context(), address, fields))
	if a.status != http.StatusSeeOther {
		t.Fatalf("revoking answers %d, %q", a.status, a.heading())
	}
	return address, fields, a
}

// The beneficiary is notified once of what an administrator revokes, whoever approved it.
func TestRevocation_ByAnAdministratorNotifiesTheBeneficiaryOnce(t *testing.T) {
	t.Parallel()
	for _, how := range []mailFault{"", refusing} {
		t.Run("mail "+string(how), func(t *testing.T) {
			t.Parallel()
			mails := openMailbox(t)
			s := newRequestScene(t, 1, mails.environment()...)
			portal, p := s.portal(), tenant{0}
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			if a := must(t)(s.client(portal, p.reviewer(0)).decide(t.Context(), request, "approve")); a.status != http.StatusSeeOther {
				t.Fatalf("approving answers %d, %q", a.status, a.heading())
			}
			before, admin := s.policy(p.project()), s.client(portal, testbed.Administrator)
			mails.setFault(p.person(), how)
			address, fields, a := admin.revokeFromList(t, p)
			if err := oneRevoked(before, s.policy(p.project())); err != nil {
				t.Error(err)
			}
			text := admin.mustGet(t, a.location).Find("main").Text()
			if notified := strings.Contains(text, p.person()+" was told by e-mail."); notified != (how == "") {
				t.Errorf("the list says that it was told: %t: %s", notified, text)
			}
			if notNotified := strings.Contains(text, "The e-mail to "+p.person()); notNotified != (how == refusing) || strings.Contains(text, "upstream said") {
				t.Errorf("the list says that it was not told: %t: %s", notNotified, text)
			}
			again := must(t)(admin.post(t.Context(), address, fields))
			if again.status != http.StatusSeeOther || strings.Contains(admin.mustGet(t, again.location).Find("main").Text(), "told") {
				t.Errorf("the form sent again answers %d to %q", again.status, again.location)
			}
			if how == "" {
				wantRevocationMail(t, mails, p)
			}
			if err := portal.Stop(); err != nil {
				t.Fatal(err)
			}
			events := portal.Events("api.revokeRole")
			if len(events) != 2 || events[0].Labels["beneficiary"] != p.person() || events[0].Labels["repeated"] != "" || events[1].Labels["repeated"] != "true" {
				t.Errorf("events = %+v, want the revocation and its repetition", events)
			}
		})
	}
}

// wantRevocationMail fails unless one mail about the revocation went to both people.
func wantRevocationMail(t *testing.T, mails *mailbox, p tenant) {
	t.Helper()
	isTaken := func(l receivedMail) bool { return strings.Contains(l.Subject, "was revoked from "+p.person()) }
	letters := slices.DeleteFunc(mails.to(testbed.Administrator), func(l receivedMail) bool { return !isTaken(l) })
	if len(letters) != 1 {
		t.Fatalf("the administrator got %d letters, want 1", len(letters))
	}
	if to, cc := letters[0].Header.Get("To"), letters[0].Header.Get("Cc"); !strings.Contains(to, p.person()) || !strings.Contains(cc, testbed.Administrator) {
		t.Errorf("the letter is to %s with a copy to %s", to, cc)
	}
	if !slices.ContainsFunc(mails.to(p.person()), isTaken) {
		t.Error("the beneficiary did not get it")
	}
}
