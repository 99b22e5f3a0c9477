package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// excerptServer is Resource Manager with one response to everything.
func excerptServer(t *testing.T, status int, body string) (u ExcerptUpstream, requests *[]string) {
	t.Helper()
	requests = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		*requests = append(*requests, r.Method+" "+r.URL.RequestURI()+" "+string(sent))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return NewExcerptUpstream(server.Client(), server.URL+"/"), requests
}

const mixedPolicy = `{
  "version": 3,
  "auditConfigs": [{"service": "storage.googleapis.com", "bindings": [null]}],
  "bindings": [
    {"role": "roles/viewer", "members": ["user:bob@example.com", "group:oncall@example.com"]},
    {"role": "roles/compute.admin", "members": ["group:oncall@example.com"], "condition": {"title": "Eligible", "expression": "has({}.jitAccessConstraint)"}},
    {"role": "roles/storage.admin", "members": ["user:bob@example.com"], "condition": {"title": "Bucket", "expression": "resource.name == \"x\"", "location": "a:1"}},
    {"role": "roles/dns.admin", "members": ["user:alice@example.com"], "condition": {"title": "JIT access activation", "description": "x [jit-AAAAAAAAAAAAAAAA]",
     "expression": "(request.time >= timestamp(\"2026-11-19T02:00:00Z\") && request.time < timestamp(\"2026-11-19T03:00:00Z\"))"}},
    {"role": "roles/run.admin", "members": ["user:bob@example.com"], "cond\u0069tion": {"title": "Misspelt", "expression": "has({}.jitAccesConstraint)"}},
    {"members": ["user:alice@example.com"], "role": "roles/pubsub.admin", "condition": {"title": "JIT access activation", "expression": "unreadable"}},
    {"role": "roles/owner", "members": ["user:admin@example.com"], "condition": null}
  ],
  "etag": "BwX"
}`

func TestExcerpt_HoldsTheRelevantBindingsOfThePolicyInTheirOrder(t *testing.T) {
	t.Parallel()
	upstream, requests := excerptServer(t, http.StatusOK, mixedPolicy)
	got, err := upstream.GetExcerpt(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	var whole Policy
	if err := json.Unmarshal([]byte(mixedPolicy), &whole); err != nil {
		t.Fatal(err)
	}
	all := BindingsOf(&whole)
	if diff := cmp.Diff([]eligibility.Binding{all[1], all[3], all[4], all[5]}, got); diff != "" {
		t.Errorf("excerpt (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(eligibility.Findings(project, all), eligibility.Findings(project, got)); diff != "" {
		t.Errorf("findings (-whole +excerpt):\n%s", diff)
	}
	want := []string{"POST /v3/projects/payments-prod:getIamPolicy?alt=json&prettyPrint=false " + `{"options":{"requestedPolicyVersion":3}}`}
	if diff := cmp.Diff(want, *requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestExcerpt_RefusesWhatIsNoPolicy(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		nullPolicy:                     ErrNullBinding,
		`{"version":3,"bindings":[]}`:  ErrNoEtag,
		`{"etag":""}`:                  ErrNoEtag,
		`{}`:                           ErrNoEtag,
		`null`:                         ErrNoEtag,
		`[]`:                           errNotAnObject,
		`"policy"`:                     errNotAnObject,
		`{"etag":"BwX","bindings":{}}`: errNotAnObject,
		`{"etag":"BwX"} {}`:            errNotAnObject,
		``:                             io.ErrUnexpectedEOF,
		`{"etag":"BwX","bindings":[{"role":"roles/x"}`:    io.ErrUnexpectedEOF,
		`{"etag":"BwX","bindings":[{"role":"roles/x"},{"`: io.ErrUnexpectedEOF,
	} {
		if got, err := decodeExcerpt(strings.NewReader(body)); !errors.Is(err, want) || got != nil {
			t.Errorf("%s: %v, %v; want %v", body, got, err, want)
		}
	}
	for _, body := range []string{`<html>`, `{"etag":5}`, `{"etag":"BwX","bindings":[5]}`, `{"etag":"BwX","bindings":[{"condition":5}]}`, `{"etag" "BwX"}`} {
		if got, err := decodeExcerpt(strings.NewReader(body)); err == nil {
			t.Errorf("%s is read as %v", body, got)
		}
	}
	for _, body := range []string{`{"etag":"BwX"}`, `{"etag":"BwX","bindings":null}`, `{"bindings":[],"etag":"BwX"} `} {
		if got, err := decodeExcerpt(strings.NewReader(body)); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v; want no bindings", body, got, err)
		}
	}
}

func TestExcerpt_ARefusalHasTheSameCauseAsThatOfTheGeneratedClient(t *testing.T) {
	t.Parallel()
	body := `{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",` +
		`"reason":"IAM_PERMISSION_DENIED","domain":"cloudresourcemanager.googleapis.com","metadata":{"permission":"resourcemanager.projects.getIamPolicy"}}]}}`
	upstream, _ := excerptServer(t, http.StatusForbidden, body)
	_, err := upstream.GetExcerpt(t.Context(), project)
	var answer *googleapi.Error
	if !errors.As(err, &answer) || answer.Code != http.StatusForbidden {
		t.Fatalf("err = %v, want the answer of Google", err)
	}
	generated := statusServer(t, http.StatusForbidden, body)
	_, want := generated.Get(t.Context(), project)
	if diff := cmp.Diff(cause.Of(want), cause.Of(err)); diff != "" {
		t.Errorf("cause (-generated +ours):\n%s", diff)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := upstream.GetExcerpt(over, project); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is given up: %v", err)
	}
	if _, err := upstream.GetExcerpt(t.Context(), "buckets/x"); err == nil {
		t.Error("a bucket was asked about")
	}
}

// FuzzExcerpt holds an excerpt to what the generated client's type makes of the same text.
func FuzzExcerpt(f *testing.F) {
	for _, seed := range []string{mixedPolicy, nullPolicy, `{}`, `{"etag":"x","bindings":[{}]}`, `{"bindings":[{"condition":{}}],"bindings":[],"etag":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		excerpt, err := decodeExcerpt(bytes.NewReader(text))
		var whole *Policy
		if json.Unmarshal(text, &whole) != nil || err != nil || checkComplete(whole) != nil || hasOddKeys(text) {
			return
		}
		want := slices.DeleteFunc(BindingsOf(whole), func(b eligibility.Binding) bool { return !eligibility.Relevant(b) })
		if len(want)+len(excerpt) > 0 && !cmp.Equal(want, excerpt) {
			t.Errorf("%s (-whole +excerpt):\n%s", text, cmp.Diff(want, excerpt))
		}
	})
}

// hasOddKeys is true for texts with keys that Google does not write, and that encoding/json takes
// all the same: in other cases, or more than once.
func hasOddKeys(text []byte) bool {
	for _, key := range []string{"bindings", "etag", "condition", "role", "members", "title", "description", "expression"} {
		folded := strings.Count(strings.ToLower(string(text)), key)
		if folded != strings.Count(string(text), key) || folded > 1 && (key == "bindings" || key == "etag") {
			return true
		}
	}
	return bytes.ContainsAny(text, "\\\u017f\u212a") // what folds to s and k
}
