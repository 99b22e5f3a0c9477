package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	credentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// sign is a token of JIT Access 1.8.1: signed by the portal's service account, with the claims of
// 1.8.1.
func (s *scene) sign(t *testing.T, claims object) string {
	t.Helper()
	client, err := credentials.NewIamCredentialsClient(t.Context(),
		option.WithEndpoint(strings.TrimPrefix(s.URL(), "http://")),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.Token(testbed.PortalAccount)})),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.SignJwt(t.Context(), &credentialspb.SignJwtRequest{
		Name: "projects/-/serviceAccounts/" + testbed.PortalAccount, Payload: string(payload),
	})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetSignedJwt()
}

// olderClaims are a request as 1.8.1 makes it, for a window.
func olderClaims(p tenant, project string, start, end time.Time) object {
	return object{
		"aud": testbed.PortalAccount, "iss": testbed.PortalAccount, "iat": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		"jti": "mpa-ab+/cdefghijklmn", "beneficiary": p.person(), "reviewers": p.reviewers(2), "entitlement": project + ":" + multiPartyRole,
		"justification": requestReason, "start": start.Unix(), "end": end.Unix(),
	}
}

// obscure is a token as the links of 1.8.1 carry it: eyABC.eyDE.FG is written ABC~~DE~FG.
func obscure(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(token, "ey"), ".ey", "~~"), ".", "~")
}

func TestInterop_ARequestOf181IsApprovedWithItsOwnWindow(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	portal, p := s.portal(), tenant{0}
	start := time.Now().UTC().Truncate(time.Second).Add(-10 * time.Minute)
	token := s.sign(t, olderClaims(p, p.id(), start, start.Add(30*time.Minute)))
	before, reviewer := s.policy(p.project()), s.client(portal, p.reviewer(0))
	link := must(t)(reviewer.get(t.Context(), "/?"+"activation="+obscure(token)+"&projectId="+p.id()))
	if link.status != http.StatusSeeOther || link.location != "/requests/"+token {
		t.Fatalf("the link answers %d to %q", link.status, link.location)
	}
	if a := must(t)(reviewer.decide(t.Context(), link.location, "approve")); a.status != http.StatusSeeOther {
		t.Fatalf("approving answers %d, %q", a.status, a.heading())
	}
	after := s.policy(p.project())
	removed, added := difference(before, after)
	if len(removed) > 0 || len(added) != 1 {
		t.Fatalf("these are gone: %v; these have come: %v", removed, added)
	}
	const layout = "2006-01-02T15:04:05Z"
	want := []string{
		"user:" + p.person(), "JIT access activation",
		`(request.time >= timestamp("` + start.Format(layout) + `") && request.time < timestamp("` + start.Add(30*time.Minute).Format(layout) + `"))`,
	}
	got := []string{strings.Join(added[0].GetMembers(), " "), added[0].GetCondition().GetTitle(), added[0].GetCondition().GetExpression()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("binding (-want +got):\n%s", diff)
	}
	if text := "Approved by " + p.reviewer(0) + ", justification: " + requestReason; !strings.HasPrefix(added[0].GetCondition().GetDescription(), text) {
		t.Errorf("the description is %q, want %q and the id", added[0].GetCondition().GetDescription(), text)
	}
	if a := must(t)(s.client(portal, p.reviewer(1)).post(t.Context(), link.location+"/approve", nil)); a.status != http.StatusSeeOther || checkSame(after, s.policy(p.project())) != nil {
		t.Errorf("approving again answers %d, %q, or has changed the policy", a.status, a.heading())
	}
}

func TestInterop_ARequestOf181IsRefusedWhereItMustBe(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	own, portal, p := "projects/"+testbed.PortalProject, s.portal(), tenant{0}
	s.edit(own, func(policy *iampb.Policy) {
		policy.Bindings = append(policy.Bindings, multiPartyBinding(p.member(), "user:"+p.reviewer(0)))
	})
	now := time.Now().UTC().Truncate(time.Second)
	over := olderClaims(p, p.id(), now.Add(-20*time.Minute), now.Add(-time.Minute))
	for name, c := range map[string]struct {
		claims  object
		by      string
		status  int
		heading string
	}{
		"its window is over":        {over, p.reviewer(0), http.StatusConflict, "This has changed since the page was shown"},
		"the portal's own project":  {olderClaims(p, testbed.PortalProject, now, now.Add(time.Hour)), p.reviewer(0), http.StatusForbidden, "The portal activates nothing on " + testbed.PortalProject},
		"approved by who asked":     {olderClaims(p, p.id(), now, now.Add(time.Hour)), p.person(), http.StatusForbidden, "This is your own request"},
		"approved by somebody else": {olderClaims(p, p.id(), now, now.Add(time.Hour)), "bob@example.com", http.StatusForbidden, "You were not asked to review this"},
	} {
		before, guarded := s.policy(p.project()), s.policy(own)
		a := must(t)(s.client(portal, c.by).post(t.Context(), "/requests/"+s.sign(t, c.claims)+"/approve", url.Values{}))
		if a.status != c.status || a.heading() != c.heading {
			t.Errorf("%s: answers %d, %q, want %d, %q", name, a.status, a.heading(), c.status, c.heading)
		}
		if checkSame(before, s.policy(p.project())) != nil || checkSame(guarded, s.policy(own)) != nil {
			t.Errorf("%s: the policy has changed", name)
		}
	}
}

// What we sign says all that 1.8.1 reads, in its words.
func TestInterop_OurRequestCarriesTheClaimsOf181(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	p := tenant{0}
	request := s.client(s.portal(), p.person()).mustAsk(t, p, p.reviewers(2)...)
	parts := strings.Split(strings.TrimPrefix(request, "/requests/"), ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var said object
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	issued, _ := said["iat"].(float64)
	id, _ := said["jti"].(string)
	want := object{
		"aud": testbed.PortalAccount, "iss": testbed.PortalAccount, "iat": issued, "exp": issued + 3600, "jti": id, "beneficiary": p.person(),
		"reviewers": []any{p.reviewer(0), p.reviewer(1)}, "entitlement": p.id() + ":" + multiPartyRole, "justification": requestReason,
		"start": issued, "end": issued + 1800, "v": 1.0, "use": "approve", "duration": 1800.0, "binding": said["binding"],
		"subject": s.signer.Claims(p.person())["sub"],
	}
	if diff := cmp.Diff(want, said); diff != "" || issued == 0 || !strings.HasPrefix(id, "mpa-") {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}
