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

// withAliases is a page of one group that has other addresses.
func withAliases(email, alias, fixed string) reply {
	return reply{200, fmt.Sprintf(`{"groups":[{"email":%q,"aliases":[%q],"nonEditableAliases":[%q]}]}`, email, alias, fixed)}
}

// A policy may name a group by any of its addresses.
func TestGroupsOf_KnowsAGroupByItsAliasesAndClimbsFromItOnce(t *testing.T) {
	t.Parallel()
	d := customer{
		"alice@example.com": withAliases("Ops@Example.com", "Operations@Example.com", "ops@example.net"),
		"ops@example.com":   groups("", "top@example.com"),
		// Never asked: it would be a call for a group that was asked already.
		"operations@example.com": busy,
	}.directory(t)
	got, err := d.GroupsOf(t.Context(), "alice@example.com")
	want := []string{"operations@example.com", "ops@example.com", "ops@example.net", "top@example.com"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("groups: %v (-want +got):\n%s", err, diff)
	}
}

func TestCustomerGroups_ListsAllOrWhatItCould(t *testing.T) {
	t.Parallel()
	endless := customer{}
	for i := range maxCustomerPages + 1 {
		endless[pageToken(i)] = groups(pageToken(i+1), fmt.Sprintf("%03d@example.com", i))
	}
	for name, c := range map[string]struct {
		customer customer
		want     []string
		whole    bool
	}{
		"two pages":                      {customer{"": groups("2", "B@Example.com"), "2": groups("", "a@example.com")}, []string{"a@example.com", "b@example.com"}, true},
		"aliases":                        {customer{"": withAliases("ops@example.com", "Operations@Example.com", "ops@example.net")}, []string{"operations@example.com", "ops@example.com", "ops@example.net"}, true},
		"none":                           {customer{}, nil, true},
		"null":                           {customer{"": {200, `{"groups":[null,{"email":""},{"email":"a@example.com"}]}`}}, []string{"a@example.com"}, true},
		"refused":                        {customer{"": notAllowed}, nil, false},
		"an outage after the first page": {customer{"": groups("2", "a@example.com"), "2": busy}, []string{"a@example.com"}, false},
		"pages without end":              {customer{"": groups("2", "a@example.com"), "2": groups("2", "b@example.com")}, []string{"a@example.com", "b@example.com"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.customer.directory(t).CustomerGroups(t.Context())
			if diff := cmp.Diff(c.want, got); diff != "" || c.whole != (err == nil) {
				t.Errorf("%v, want an error: %t; groups (-want +got):\n%s", err, !c.whole, diff)
			}
		})
	}
	t.Run("more than it reads", func(t *testing.T) {
		t.Parallel()
		if got, err := endless.directory(t).CustomerGroups(t.Context()); len(got) != maxCustomerPages || err != nil {
			t.Errorf("got %d groups, %v; want those of %d pages", len(got), err, maxCustomerPages)
		}
	})
}

func pageToken(page int) string {
	if page == 0 {
		return ""
	}
	return fmt.Sprintf("page-%d", page)
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
