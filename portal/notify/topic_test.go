package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// fakeTopic records what is published, or fails.
type fakeTopic struct {
	published []string
	err       error
}

func (t *fakeTopic) Publish(_ context.Context, data []byte) error {
	if t.err == nil {
		t.published = append(t.published, string(data))
	}
	return t.err
}

// silentTopic never answers.
type silentTopic struct{}

func (silentTopic) Publish(ctx context.Context, _ []byte) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestTopic_MessagesAreThoseOf181AndOurs(t *testing.T) {
	t.Parallel()
	asked := map[string]any{
		"beneficiary": "alice@example.com", "reviewers": []any{"bob@example.com", "carol@example.com"},
		"project_id": "payments-prod", "role": "roles/cloudsql.admin", "resource_condition": "",
		"start_time": "2026-11-19T02:14:00Z", "end_time": "2026-11-19T03:14:00Z",
		"justification": "CASE-9876 restore the orders table", "base_url": "https://jit.example.com/",
	}
	with := func(all ...any) map[string]any {
		more := map[string]any{}
		for key, value := range asked {
			more[key] = value
		}
		for i := 0; i < len(all); i += 2 {
			more[all[i].(string)] = all[i+1]
		}
		return more
	}
	window := []any{"start_time", "2026-11-19T02:20:00Z", "end_time", "2026-11-19T03:20:00Z"}
	decide := func(v event.Verb, opened bool) func(*Notifier) []failure {
		d := approval()
		d.Verb, d.Reason = v, "because"
		if !opened {
			d.Start, d.End = time.Time{}, time.Time{}
		}
		return func(n *Notifier) []failure { return n.notify(t.Context(), d) }
	}
	acted := []any{"actor", "bob@example.com", "reason", "because"}
	for kind, c := range map[string]struct {
		tell func(*Notifier) []failure
		want map[string]any
	}{
		"RequestActivation": {
			func(n *Notifier) []failure { return n.notify(t.Context(), request()) },
			with("request_expiry_time", "2026-11-19T03:14:00Z", "action_url", request().Request),
		},
		"ActivationApproved":  {decide(event.Approve, true), with(append(window, "approver", "bob@example.com")...)},
		"ActivationDeclined":  {decide(event.Decline, false), with(acted...)},
		"ActivationWithdrawn": {decide(event.Withdraw, false), with(acted...)},
		"ActivationRevoked":   {decide(event.Revoke, true), with(append(acted, window...)...)},
		"ActivationRevoked by an administrator": {
			func(n *Notifier) []failure { return n.notify(t.Context(), adminRevocation()) },
			with("reviewers", []any{}, "start_time", "2026-11-19T01:44:00Z", "end_time", "2026-11-19T02:14:00Z",
				"justification", "Self-approved, justification: CASE-9876 restore the orders table", "actor", "admin@example.com", "reason", ""),
		},
		"ActivationEnded": {
			func(n *Notifier) []failure { return n.notify(t.Context(), ownEnd()) },
			with("reviewers", []any{}, "start_time", "2026-11-19T01:44:00Z", "end_time", "2026-11-19T02:14:00Z",
				"justification", "Self-approved, justification: CASE-9876 restore the orders table", "actor", "admin@example.com", "reason", ""),
		},
		"ActivationSelfApproved": {
			func(n *Notifier) []failure {
				m := activation()
				m.ID, m.Beneficiary, m.Resource, m.Justification = "jit-x", "alice@example.com", "projects/payments-prod", "CASE-1 \"look\"\n"
				m.Grants = []event.Grant{{Role: "roles/viewer"}, {Role: "roles/browser"}}
				m.Start, m.End = noon.Add(time.Millisecond), noon.Add(time.Hour)
				return n.notify(t.Context(), m)
			},
			map[string]any{
				"beneficiary": "alice@example.com", "project_id": "payments-prod", "role": "roles/viewer, roles/browser",
				"start_time": "2026-11-19T02:14:00Z", "end_time": "2026-11-19T03:14:00Z", "justification": "CASE-1 \"look\"",
			},
		},
	} {
		to := &fakeTopic{}
		for _, f := range c.tell(newNotifier(t, Options{Topic: to})) {
			if f.address == "" {
				t.Errorf("%s: %v", kind, f)
			}
		}
		if len(to.published) != 1 {
			t.Errorf("%s: published %d messages", kind, len(to.published))
			continue
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(to.published[0]), &got); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		kind, _, _ := strings.Cut(kind, " ")
		if diff := cmp.Diff(map[string]any{"type": kind, "attributes": c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestTopic_FailuresHaveAReason(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for want, err := range map[string]error{
		Refused:    errors.New("googleapi: Error 403: denied"),
		Connection: &url.Error{Op: "Post", URL: "https://pubsub.googleapis.com/", Err: dial},
		TLS:        &url.Error{Op: "Post", URL: "https://pubsub.googleapis.com/", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}},
		Timeout:    &url.Error{Op: "Post", URL: "https://pubsub.googleapis.com/", Err: context.DeadlineExceeded},
	} {
		n := newNotifier(t, Options{Topic: &fakeTopic{err: err}})
		failures := n.notify(t.Context(), activation())
		check(t, failures, map[string]string{"": want})
		if len(failures) == 1 && !errors.Is(failures[0].err, err) {
			t.Errorf("the error %v does not hold %v", failures[0].err, err)
		}
	}
}

func TestTopic_AndMailFailApart(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	n := newNotifier(t, Options{SMTP: server.start(t, nil), Topic: &fakeTopic{err: errors.New("denied")}})
	check(t, n.notify(t.Context(), request()), map[string]string{"": Refused})
	server.only(t)
	to := &fakeTopic{}
	n = newNotifier(t, Options{SMTP: (&mailServer{over: silentAfter("DATA", true)}).start(t, nil), Topic: to})
	check(t, n.notify(t.Context(), request()), everyoneFor(Connection))
	if len(to.published) != 1 {
		t.Errorf("published %d messages", len(to.published))
	}
}

func TestTopic_AndMailHangSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := newInMemory()
		config := (&mailServer{over: silentAfter("DATA", false)}).start(t, memory)
		config.Dial = memory.dial
		n := newNotifier(t, Options{SMTP: config, Topic: silentTopic{}})
		want := everyoneFor(Timeout)
		want[""] = Timeout
		started := time.Now()
		check(t, n.notify(t.Context(), approval()), want)
		check(t, n.notify(t.Context(), activation()), map[string]string{"": Timeout})
		if took := time.Since(started); took != 2*callTimeout {
			t.Errorf("two calls took %v, want %v", took, 2*callTimeout)
		}
	})
}

func TestTopic_LongInputsAreBounded(t *testing.T) {
	t.Parallel()
	for what, s := range hostile() {
		d := approval()
		d.Justification, d.By.Email, d.Resource, d.Home = s, s, "projects/"+s, s
		d.Grants = []event.Grant{{Role: s, Condition: s}}
		d.Reviewers = make([]string, 10_000)
		to := &fakeTopic{}
		newNotifier(t, Options{Topic: to}).notify(t.Context(), d)
		if len(to.published) != 1 || len(to.published[0]) > 50_000 || strings.Contains(to.published[0], "\n") {
			t.Errorf("%s: published %d messages", what, len(to.published))
		}
	}
}
