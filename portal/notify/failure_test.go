package notify

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// What a mail server answers is for the log: people read whether they, somebody else or time can
// help.
func TestFailure_WhyIsWhatPeopleCanDoAboutIt(t *testing.T) {
	t.Parallel()
	got := map[string]event.Why{}
	for _, reason := range []string{Refused, Timeout, Connection, TLS, Authentication, Limit, Configuration} {
		got[reason] = failure{reason: reason}.why()
	}
	want := map[string]event.Why{
		"refused": "server", "timeout": "server", "connection": "server", "tls": "server", "authentication": "server",
		"limit": "limit", "configuration": "setup",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
}

// Who sets the portal up reads which variable is missing. Without a mail server that is what is
// missing first.
func TestNotify_WithoutAnAddressToLinkToSaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options Options
		want    event.Why
	}{{Options{SMTP: smtpAt(t, "127.0.0.1:1")}, event.WhyAddress}, {Options{}, event.WhySetUp}} {
		n := newNotifier(t, c.options)
		for _, m := range []notice{request(), approval()} {
			got := n.Notify(t.Context(), m.Event, event.Addresses{})
			if len(got) != 3 {
				t.Fatalf("%+v were not reached, want everybody", got)
			}
			for _, u := range got {
				if u.Why != c.want {
					t.Errorf("%s was not reached for %q, want %q", u.Email, u.Why, c.want)
				}
			}
		}
	}
}

// Pages say whom no mail was sent, and the log also what the mail server or Pub/Sub replied.
func TestNotify_ReturnsPeopleAndLogsEverything(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	down := errors.New("the topic is gone")
	n := newNotifier(t, Options{Topic: &fakeTopic{err: down}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	m := request()
	got := n.Notify(t.Context(), m.Event, m.Addresses)
	want := []event.Unreached{
		{Email: "bob@example.com", Why: event.WhySetUp}, {Email: "carol@example.com", Why: event.WhySetUp}, {Email: "alice@example.com", Why: event.WhySetUp},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unreached (-want +got):\n%s", diff)
	}
	for _, part := range []string{"activation_id=" + m.ID, "address=carol@example.com reason=configuration", `address="" reason=`, down.Error()} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q: %s", part, log.String())
		}
	}
}

// A decision that came too late, or once more, would read as if it had been made now.
func TestNotify_NotifiesNobodyOfWhatChangedNothing(t *testing.T) {
	t.Parallel()
	server, to := &mailServer{}, &fakeTopic{}
	n := newNotifier(t, Options{SMTP: server.start(t, nil), Topic: to})
	refused, repeated := approval(), approval()
	refused.Refusal, repeated.Repeated = &event.Refusal{Reason: "REQUEST_SPENT"}, true
	for _, m := range []notice{refused, repeated} {
		check(t, n.notify(t.Context(), m), nil)
	}
	if len(server.inbox()) > 0 || len(to.published) > 0 {
		t.Errorf("%d mails and %d messages went out", len(server.inbox()), len(to.published))
	}
}
