//go:build browser

package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	multiPartyRole = "roles/cloudsql.admin"
	partyReason    = `CASE-1042 fail over <i>the ledger</i>`
)

// person is somebody who is eligible for multiPartyRole alone, so that their request concerns no
// other test.
func person(n int) string { return fmt.Sprintf("person-%02d@example.com", n) }

// people is how many there are.
const people = 21

// prepareRequests makes people eligible for roles that need a peer: one with many, one with few,
// one with none.
func prepareRequests(t *testing.T, w *world.World) {
	t.Helper()
	many := []string{"user:" + alice, "user:" + bob, "user:" + carol, "user:" + dave}
	for n := range people {
		w.AddUser(person(n), "Person")
		many = append(many, "user:"+person(n))
	}
	grant(t, w, "projects/"+project,
		eligible("cloudsql.admin", multiParty, many...),
		eligible("storage.objectAdmin", multiParty+" && "+longLimit, "user:"+alice, "user:"+bob, "user:"+carol),
		eligible("spanner.databaseAdmin", multiParty, "user:"+alice),
	)
}

// removeEligibility removes the binding that makes somebody eligible for multiPartyRole.
func (s *scene) removeEligibility(t *testing.T, email string) {
	t.Helper()
	err := s.World().Edit("projects/"+project, func(p *iampb.Policy) {
		for _, b := range p.Bindings {
			if b.Role != multiPartyRole || b.GetCondition().GetExpression() != multiParty {
				continue
			}
			var rest []string
			for _, m := range b.Members {
				if m != "user:"+email {
					rest = append(rest, m)
				}
			}
			b.Members = rest
		}
	})
	if err != nil {
		t.Fatalf("editing the policy of %s: %v", project, err)
	}
}

// request is one that somebody made. Its methods work without a browser: they prepare the page that
// a browser is then shown.
type request struct {
	t        *testing.T
	s        *scene
	page     string // its address, without a query
	madePage string // where the browser was sent when it was made
}

// ask makes a request to bob and carol, or to others.
func (s *scene) ask(t *testing.T, email string, reviewers ...string) request {
	t.Helper()
	if len(reviewers) == 0 {
		reviewers = []string{bob, carol}
	}
	v := s.visitor(t, email)
	project := s.openPage(t, v, "/projects/"+project)
	reference := ""
	for _, entry := range project.Find("li.entry").EachIter() {
		if strings.Contains(entry.Text(), multiPartyRole) {
			reference = entry.Find("input[name=role]").AttrOr("value", "")
		}
	}
	form := s.openPage(t, v, project.Address.Path+"/request?"+url.Values{"role": {reference}}.Encode())
	filled := url.Values{"justification": {partyReason}, "duration": {"30m"}}
	for _, input := range form.Find("input[name=reviewer]").EachIter() {
		for _, reviewer := range reviewers {
			if value := input.AttrOr("value", ""); strings.HasPrefix(value, reviewer+" ") {
				filled.Add("reviewer", value)
			}
		}
	}
	page, err := v.Send(t.Context(), form, "form[method=post]", filled)
	if err != nil || page.Heading() != "Not sent" {
		t.Fatalf("asking for %s: %v, and the page says %q", email, err, page.Heading())
	}
	return request{t, s, page.Address.Path, page.Address.RequestURI()}
}

// act sends a form of the request's page for somebody, and returns the address of the redirect.
func (r request) act(email, act string) (address string) {
	r.t.Helper()
	v := r.s.visitor(r.t, email)
	from := r.page
	if act == "revoke" {
		from += "/revoke"
	}
	done, err := v.Send(r.t.Context(), r.s.openPage(r.t, v, from), `form[action$="/`+act+`"]`, url.Values{"reason": {"use the replica"}})
	if err != nil || done.Status != http.StatusOK {
		r.t.Fatalf("%s by %s: %v, and the page says %q", act, email, err, done.Heading())
	}
	return done.Address.RequestURI()
}

func (s *scene) visitor(t *testing.T, email string) *testbed.Visitor {
	t.Helper()
	v, err := testbed.SignIn(t.Context(), s.base, email)
	if err != nil {
		t.Fatalf("signing in as %s: %v", email, err)
	}
	return v
}

func (s *scene) openPage(t *testing.T, v *testbed.Visitor, address string) *testbed.Page {
	t.Helper()
	page, err := v.Open(t.Context(), address)
	if err != nil || page.Status != http.StatusOK {
		t.Fatalf("opening %s as %s: %v, and the page says %q", address, v.Email, err, page.Heading())
	}
	return page
}

// expire returns the same request, made so much earlier that it is about to expire. The portal's
// own account signs it again. It signs nothing that has expired, so the new one has a second or two
// left.
func (r request) expire() request {
	r.t.Helper()
	said := r.claims()
	exp, err := said["exp"].(json.Number).Int64()
	if err != nil {
		r.t.Fatalf("reading when a request expires: %v", err)
	}
	by := exp - r.s.World().Now().Unix() - 2
	for name, value := range said {
		if at, ok := value.(json.Number); ok && name != "v" && name != "duration" {
			seconds, _ := at.Int64() // a token holds whole seconds
			said[name] = seconds - by
		}
	}
	r.page = "/requests/" + r.s.sign(r.t, said)
	v := r.s.visitor(r.t, bob)
	eventually(r.t, func() error {
		page, err := v.Open(r.t.Context(), r.page)
		if err == nil && page.Status != http.StatusGone {
			err = fmt.Errorf("the page of what has expired says %q, with status %d", page.Heading(), page.Status)
		}
		return err
	})
	return r
}

// claims are what the token of a request says.
func (r request) claims() map[string]any {
	r.t.Helper()
	parts := strings.Split(strings.TrimPrefix(r.page, "/requests/"), ".")
	if len(parts) != 3 {
		r.t.Fatalf("%s has no token", r.page)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		r.t.Fatalf("reading %s: %v", r.page, err)
	}
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber()
	var said map[string]any
	if err := numbers.Decode(&said); err != nil {
		r.t.Fatalf("reading %s: %v", text, err)
	}
	return said
}

// sign signs a payload as the portal's account, by the emulated IAM Credentials.
func (s *scene) sign(t *testing.T, payload any) string {
	t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("writing a payload: %v", err)
	}
	body, err := json.Marshal(map[string]string{"payload": string(text)})
	if err != nil {
		t.Fatalf("writing a payload: %v", err)
	}
	address := s.URL() + "/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + testbed.PortalAccount + ":signJwt"
	call, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	call.Header.Set("Authorization", "Bearer "+s.World().Token(testbed.PortalAccount))
	call.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	var signed struct{ SignedJwt string }
	if err != nil || json.Unmarshal(content, &signed) != nil || signed.SignedJwt == "" {
		t.Fatalf("signing: %v, answered with %d: %s", err, response.StatusCode, content)
	}
	return signed.SignedJwt
}
