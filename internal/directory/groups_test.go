package directory

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-retry"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/option"
)

// customer answers like groups.list, by the member asked for and the page.
type customer map[string]reply

func groups(next string, emails ...string) reply {
	for i, email := range emails {
		emails[i] = fmt.Sprintf(`{"email":%q}`, email)
	}
	return reply{200, fmt.Sprintf(`{"kind":"admin#directory#groups","nextPageToken":%q,"groups":[%s]}`, next, strings.Join(emails, ","))}
}

func (c customer) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	a, ok := c[strings.TrimPrefix(query.Get("query"), "memberKey=")+query.Get("pageToken")]
	switch {
	case r.URL.Path != "/admin/directory/v1/groups" || query.Get("customer") != "C01example":
		a = notAllowed
	case !ok:
		a = groups("")
	}
	out.Header().Set("Content-Type", "application/json; charset=UTF-8")
	out.WriteHeader(a.status)
	_, _ = io.WriteString(out, a.body)
}

func (c customer) directory(t *testing.T) *Directory {
	t.Helper()
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	service, err := admin.NewService(t.Context(), option.WithEndpoint(s.URL), option.WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	d := New(service, "C01example")
	d.backoff = func() retry.Backoff { return retry.WithMaxRetries(2, retry.NewConstant(time.Nanosecond)) }
	return d
}

func TestGroupsOf_ClimbsToTheTopAndToTheLastPage(t *testing.T) {
	t.Parallel()
	d := customer{
		"alice@example.com":   groups("2", "A@Example.com", "b@example.com"),
		"alice@example.com2":  groups("", "c@example.com"),
		"a@example.com":       groups("", "above@example.com", "b@example.com"),
		"above@example.com":   groups("", "top@example.com"),
		"top@example.com":     groups("", "a@example.com"), // a circle, which Google refuses to make
		"mallory@example.com": groups("", "hers@example.com"),
	}.directory(t)
	got, err := d.GroupsOf(t.Context(), "Alice@Example.com")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a@example.com", "above@example.com", "b@example.com", "c@example.com", "top@example.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestGroupsOf_IsWholeOrAnError(t *testing.T) {
	t.Parallel()
	many := make([]string, maxGroups+1)
	for i := range many {
		many[i] = fmt.Sprintf("%04d@example.com", i)
	}
	for name, c := range map[string]customer{
		"the first list refused":   {"alice@example.com": notAllowed},
		"a quota that ran out":     {"alice@example.com": groups("", "a@example.com"), "a@example.com": tooFast},
		"an outage above":          {"alice@example.com": groups("", "a@example.com"), "a@example.com": busy},
		"a second page that fails": {"alice@example.com": groups("2", "a@example.com"), "alice@example.com2": busy},
		"pages without end":        {"alice@example.com": groups("2", "a@example.com"), "alice@example.com2": groups("2", "a@example.com")},
		"more than a thousand":     {"alice@example.com": groups("", many...)},
		"half a response":          {"alice@example.com": {200, `{"groups":[{"email":"a@exa`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := c.directory(t).GroupsOf(t.Context(), "alice@example.com"); err == nil {
				t.Errorf("got %d groups, want an error", len(got))
			}
		})
	}
}
