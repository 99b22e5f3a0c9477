package systemtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// takes walks from the list to the question, and answers it.
func (g *guest) takes(t *testing.T, p plot) (address string, fields map[string][]string, a *answer) {
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

// What an administrator takes is told to its beneficiary, once, whoever approved it.
func TestParty_AnAdministratorsRevocationTellsTheBeneficiaryOnce(t *testing.T) {
	t.Parallel()
	for _, how := range []mood{"", refusing} {
		t.Run("mail "+string(how), func(t *testing.T) {
			t.Parallel()
			mails := openMailbox(t)
			s := newParty(t, 1, mails.environment()...)
			portal, p := s.portal(), plot{0}
			request := s.guest(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			if a := must(t)(s.guest(portal, p.reviewer(0)).decides(t.Context(), request, "approve")); a.status != http.StatusSeeOther {
				t.Fatalf("approving answers %d, %q", a.status, a.heading())
			}
			before, admin := s.policy(p.project()), s.guest(portal, testbed.Administrator)
			mails.treat(p.person(), how)
			address, fields, a := admin.takes(t, p)
			if err := oneRevoked(before, s.policy(p.project())); err != nil {
				t.Error(err)
			}
			text := admin.mustGet(t, a.location).Find("main").Text()
			if told := strings.Contains(text, p.person()+" was told by e-mail."); told != (how == "") {
				t.Errorf("the list says that it was told: %t: %s", told, text)
			}
			if untold := strings.Contains(text, "The e-mail to "+p.person()); untold != (how == refusing) || strings.Contains(text, "upstream said") {
				t.Errorf("the list says that it was not told: %t: %s", untold, text)
			}
			again := must(t)(admin.post(t.Context(), address, fields))
			if again.status != http.StatusSeeOther || strings.Contains(admin.mustGet(t, again.location).Find("main").Text(), "told") {
				t.Errorf("the form sent again answers %d to %q", again.status, again.location)
			}
			if how == "" {
				wantTaken(t, mails, p)
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

// wantTaken fails where the letter of a revocation did not come once, or not to both.
func wantTaken(t *testing.T, mails *mailbox, p plot) {
	t.Helper()
	isTaken := func(l letter) bool { return strings.Contains(l.Subject, "was revoked from "+p.person()) }
	letters := slices.DeleteFunc(mails.to(testbed.Administrator), func(l letter) bool { return !isTaken(l) })
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
