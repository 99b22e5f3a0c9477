package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-retry"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
)

const group = "oncall@example.com"

// workspace answers like admin.googleapis.com, and writes down what it is asked.
type workspace struct {
	has  []reply // to hasMember, one after the other, the last one for ever
	list map[string][]reply

	mu    sync.Mutex
	asked []string
}

type reply struct {
	status int
	body   string
}

func yes() reply { return reply{200, `{"isMember":true}`} }
func no() reply  { return reply{200, `{}`} } // false is left out

// errorReply has the Directory API's own envelope, which knows no status names.
func errorReply(code int, reason, message string) reply {
	return reply{code, fmt.Sprintf(`{"error":{"code":%d,"message":%q,"errors":[{"message":%q,"domain":"global","reason":%q}]}}`, code, message, message, reason)}
}

func page(next string, members ...string) reply {
	for i, m := range members {
		kind, email, _ := strings.Cut(m, ":")
		members[i] = fmt.Sprintf(`{"kind":"admin#directory#member","email":%q,"role":"MEMBER","type":%q}`, email, kind)
	}
	return reply{200, fmt.Sprintf(`{"kind":"admin#directory#members","nextPageToken":%q,"members":[%s]}`, next, strings.Join(members, ","))}
}

var (
	invalidMember = errorReply(400, "invalid", "Invalid Input: memberKey")
	unknownMember = errorReply(404, "notFound", "Resource Not Found: memberKey")
	unknownGroup  = errorReply(404, "notFound", "Resource Not Found: groupKey")
	notAllowed    = errorReply(403, "forbidden", "Not Authorized to access this resource/api")
	tooFast       = errorReply(403, "quotaExceeded", "Quota exceeded")
	busy          = errorReply(503, "backendError", "Backend Error")
	slowDown      = errorReply(429, "rateLimitExceeded", "Too many requests")
	cutOff        = reply{200, `{"isMember":tr`}
)

func (w *workspace) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const root = "/admin/directory/v1/groups/oncall@example.com/"
	var a reply
	switch path := strings.TrimPrefix(r.URL.Path, root); {
	case strings.HasPrefix(path, "hasMember/"):
		w.asked = append(w.asked, path)
		a = next(&w.has)
	case path == "members":
		token := r.URL.Query().Get("pageToken")
		w.asked = append(w.asked, "members "+token)
		if r.URL.Query().Get("includeDerivedMembership") != "true" {
			a = errorReply(400, "invalid", "direct members only")
			break
		}
		pages := w.list[token]
		a = next(&pages)
		w.list[token] = pages
	default:
		a = errorReply(400, "invalid", "unexpected path "+r.URL.Path)
	}
	out.Header().Set("Content-Type", "application/json; charset=UTF-8")
	out.WriteHeader(a.status)
	_, _ = io.WriteString(out, a.body)
}

func next(replies *[]reply) reply {
	if len(*replies) == 0 {
		return errorReply(500, "backendError", "nothing prepared")
	}
	r := (*replies)[0]
	if len(*replies) > 1 {
		*replies = (*replies)[1:]
	}
	return r
}

// directory returns one that asks w over the wire and does not wait.
func (w *workspace) directory(t *testing.T) *Directory {
	t.Helper()
	w.list = maps.Clone(w.list) // cases that run side by side may share one
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	service, err := admin.NewService(t.Context(), option.WithEndpoint(s.URL), option.WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	d := New(service, "")
	d.backoff = func() retry.Backoff { return retry.WithMaxRetries(2, retry.NewConstant(time.Nanosecond)) }
	return d
}

func TestHasMember_OwnDomain(t *testing.T) {
	t.Parallel()
	has := func(path ...string) []string { return path }
	const asked, listed = "hasMember/alice@example.com", "members "
	tests := map[string]struct {
		has   []reply
		list  []reply
		found bool
		err   error // nil: no error
		asked []string
	}{
		"yes":                            {has: []reply{yes()}, found: true, asked: has(asked)},
		"no":                             {has: []reply{no()}, asked: has(asked)},
		"unknown group":                  {has: []reply{unknownGroup}, err: ErrUnreadable, asked: has(asked)},
		"not allowed":                    {has: []reply{notAllowed}, err: ErrUnreadable, asked: has(asked)},
		"refused as outsider, listed":    {has: []reply{invalidMember}, list: []reply{page("", "USER:alice@example.com")}, found: true, asked: has(asked, listed)},
		"refused as outsider, not there": {has: []reply{invalidMember}, list: []reply{page("", "USER:bob@example.com")}, asked: has(asked, listed)},
		"unknown person, listed":         {has: []reply{unknownMember}, list: []reply{page("", "EXTERNAL:Alice@Example.com")}, found: true, asked: has(asked, listed)},
		"refused, list not allowed":      {has: []reply{invalidMember}, list: []reply{notAllowed}, err: ErrUnreadable, asked: has(asked, listed)},
		"busy twice":                     {has: []reply{busy, slowDown, yes()}, found: true, asked: has(asked, asked, asked)},
		"quota as 403":                   {has: []reply{tooFast, yes()}, found: true, asked: has(asked, asked)},
		"half a response":                {has: []reply{cutOff, yes()}, found: true, asked: has(asked, asked)},
		"not signed in":                  {has: []reply{errorReply(401, "authError", "Invalid Credentials")}, err: new(googleapi.Error), asked: has(asked)},
		"busy for ever":                  {has: []reply{busy}, err: new(googleapi.Error), asked: has(asked, asked, asked)},
		"quota for ever":                 {has: []reply{tooFast}, err: new(googleapi.Error), asked: has(asked, asked, asked)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &workspace{has: tt.has, list: map[string][]reply{"": tt.list}}
			found, err := w.directory(t).HasMember(t.Context(), "OnCall@example.com", "Alice@example.com")
			if found != tt.found || !sameKind(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v", found, err, tt.found, tt.err)
			}
			if diff := cmp.Diff(tt.asked, w.asked); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if err != nil && !strings.Contains(err.Error(), group) {
				t.Errorf("got %v, want the group's name in it", err)
			}
		})
	}
}

// sameKind compares kinds: any *googleapi.Error stands for one that is not ErrUnreadable.
func sameKind(err, want error) bool {
	if _, ok := errors.AsType[*googleapi.Error](want); ok {
		_, ok := errors.AsType[*googleapi.Error](err)
		return ok && !errors.Is(err, ErrUnreadable)
	}
	return errors.Is(err, want)
}

func TestHasMember_OtherDomain(t *testing.T) {
	t.Parallel()
	const carol = "carol@partner.example"
	long := map[string][]reply{
		"":  {page("2", "USER:alice@example.com", "GROUP:nested@example.com")},
		"2": {page("3", "USER:bob@example.com")},
		"3": {page("", "EXTERNAL:Carol@Partner.example")},
	}
	tests := map[string]struct {
		has   []reply
		list  map[string][]reply
		found bool
		err   error
	}{
		"refused, on the last page":     {[]reply{invalidMember}, long, true, nil},
		"no, on the last page":          {[]reply{no()}, long, true, nil},
		"yes, not listed":               {[]reply{yes()}, map[string][]reply{"": {page("")}}, true, nil},
		"yes, list not allowed":         {[]reply{yes()}, map[string][]reply{"": {notAllowed}}, true, nil},
		"not allowed, listed":           {[]reply{notAllowed}, long, true, nil},
		"neither":                       {[]reply{no()}, map[string][]reply{"": {page("", "USER:bob@example.com")}}, false, nil},
		"no, list not allowed":          {[]reply{no()}, map[string][]reply{"": {notAllowed}}, false, ErrUnreadable},
		"not allowed, not listed":       {[]reply{notAllowed}, map[string][]reply{"": {page("")}}, false, ErrUnreadable},
		"unknown group":                 {[]reply{unknownGroup}, map[string][]reply{"": {unknownGroup}}, false, ErrUnreadable},
		"a group of that name":          {[]reply{no()}, map[string][]reply{"": {page("", "GROUP:"+carol)}}, false, nil},
		"a customer of that name":       {[]reply{no()}, map[string][]reply{"": {page("", "CUSTOMER:"+carol)}}, false, nil},
		"second page breaks, then not":  {[]reply{no()}, map[string][]reply{"": {page("2")}, "2": {busy, page("", "USER:"+carol)}}, true, nil},
		"second page breaks for ever":   {[]reply{no()}, map[string][]reply{"": {page("2")}, "2": {busy}}, false, new(googleapi.Error)},
		"second page is a look-alike's": {[]reply{no()}, map[string][]reply{"": {page("2")}, "2": {page("", "USER:carol@partner.example.com")}}, false, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &workspace{has: tt.has, list: tt.list}
			found, err := w.directory(t).HasMember(t.Context(), group, carol)
			if found != tt.found || !sameKind(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v, asked %q", found, err, tt.found, tt.err, w.asked)
			}
		})
	}
}

func TestHasMember_ListThatNeverEndsIsAnError(t *testing.T) {
	t.Parallel()
	w := &workspace{has: []reply{no()}, list: map[string][]reply{"": {page("2")}, "2": {page("2")}}}
	if found, err := w.directory(t).HasMember(t.Context(), group, "carol@partner.example"); found || err == nil {
		t.Errorf("got %v, %v, want an error", found, err)
	}
}

// wire is a transport without sockets, for bubbles of their own time.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func (w wire) directory(t *testing.T) *Directory {
	t.Helper()
	s, err := admin.NewService(t.Context(), option.WithHTTPClient(&http.Client{Transport: w}))
	if err != nil {
		t.Fatal(err)
	}
	return New(s, "")
}

func TestHasMember_AsksBothInOneStepForOtherDomains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := wire(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})
		before := time.Now()
		found, err := slow.directory(t).HasMember(t.Context(), group, "carol@partner.example")
		if took := time.Since(before); found || err != nil || took != time.Second {
			t.Errorf("got %v, %v after %v, want no after the time of one call", found, err, took)
		}
	})
}

func TestHasMember_BrokenConnectionsEndAfterThreeTriesWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		broken := wire(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, io.ErrUnexpectedEOF
		})
		before := time.Now()
		_, err := broken.directory(t).HasMember(t.Context(), group, "alice@example.com")
		if took := time.Since(before); !errors.Is(err, io.ErrUnexpectedEOF) || calls != 3 || took > 5*time.Second {
			t.Errorf("got %v after %d calls in %v, want the cause after 3 within 5 s", err, calls, took)
		}
	})
}

func TestHasMember_BeginsNoTryAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		slow := wire(func(*http.Request) (*http.Response, error) {
			calls++
			time.Sleep(6 * time.Second)
			return nil, io.ErrUnexpectedEOF
		})
		if _, err := slow.directory(t).HasMember(t.Context(), group, "alice@example.com"); err == nil || calls != 1 {
			t.Errorf("got %v after %d calls, want an error after one", err, calls)
		}
	})
}

func TestHasMember_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		hanging := wire(func(r *http.Request) (*http.Response, error) {
			calls++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := hanging.directory(t).HasMember(ctx, group, "alice@example.com")
		if !errors.Is(err, context.DeadlineExceeded) || calls != 1 {
			t.Errorf("got %v after %d calls, want the deadline after one", err, calls)
		}
	})
}
