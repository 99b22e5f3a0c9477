package systemtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
)

// wantHeaders checks the headers that every response has.
func wantHeaders(t *testing.T, a *response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
			"form-action 'self' https://accounts.google.com; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":              "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Strict-Transport-Security":    "max-age=31536000",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), microphone=(), geolocation=()",
	} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if cookies := a.header.Values("Set-Cookie"); len(cookies) > 0 {
		t.Errorf("Set-Cookie = %q, want none", cookies)
	}
	if cache := a.header.Get("Cache-Control"); cache != "no-store" && !strings.Contains(cache, "immutable") {
		t.Errorf("Cache-Control = %q", cache)
	}
}

func TestForm_EveryAnswerHasTheHeaders(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	form := activationForm(t, d.tenant.groupReference())
	result := d.tenant.page() + "/activations/" + form.Get("id")
	asset := static.Asset(static.Stylesheet)
	for _, c := range []struct {
		method, address string
		status          int
	}{
		{http.MethodGet, "/", http.StatusOK},
		{http.MethodGet, d.tenant.page(), http.StatusOK},
		{http.MethodHead, d.tenant.page(), http.StatusOK},
		{http.MethodGet, d.tenant.page() + "/activate", http.StatusSeeOther},
		{http.MethodGet, d.tenant.page() + "/activate?role=" + d.tenant.groupReference(), http.StatusOK},
		{http.MethodGet, d.tenant.page() + "/activate?role=x", http.StatusBadRequest},
		{http.MethodPost, d.tenant.page() + "/activate", http.StatusSeeOther},
		{http.MethodGet, result, http.StatusOK},
		{http.MethodGet, "/?projectId=" + d.tenant.id(), http.StatusSeeOther},
		{http.MethodGet, "/no/such/page", http.StatusNotFound},
		{http.MethodPost, "/", http.StatusNotFound},
		{http.MethodPut, d.tenant.page(), http.StatusNotFound},
		{http.MethodDelete, result, http.StatusNotFound},
		{http.MethodGet, "/projects/no-such-project", http.StatusForbidden},
		{http.MethodGet, "/health/alive", http.StatusOK},
		{http.MethodGet, "/health/ready", http.StatusOK},
		{http.MethodGet, asset, http.StatusOK},
		{http.MethodGet, "/static/no-such.css", http.StatusNotFound},
	} {
		var fields url.Values
		if c.method == http.MethodPost {
			fields = form
		}
		a := must(t)(d.send(t.Context(), c.method, c.address, fields, formHeaders))
		if a.status != c.status {
			t.Errorf("%s %s answers %d, want %d", c.method, c.address, a.status, c.status)
		}
		if want := c.address == asset; strings.Contains(a.header.Get("Cache-Control"), "immutable") != want {
			t.Errorf("Cache-Control of %s = %q", c.address, a.header.Get("Cache-Control"))
		}
		if c.method == http.MethodHead && a.body != "" {
			t.Errorf("HEAD has a body of %d bytes", len(a.body))
		}
	}
	if err := oneMore(d.before, d.policy(d.tenant.project())); err != nil {
		t.Errorf("after one form: %v", err)
	}
}

func TestForm_JustificationsThatAreRefusedComeBackInTheForm(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	for name, text := range map[string]string{
		"empty":                     "",
		"blank":                     " \t ",
		"100 characters":            strings.Repeat("x", 100),
		"100 UTF-16 units":          strings.Repeat("\U0001F525", 50),
		"a line break":              "CASE-1\r\nX-Injected: yes",
		"a line feed":               "CASE-1\n{\"severity\":\"INFO\"}",
		"a carriage return":         "CASE-1\rand more",
		"a control character":       "CASE-1 \x07",
		"an escape sequence":        "CASE-1 \x1b[2J",
		"NUL":                       "CASE-1 \x00",
		"a next line of Latin 1":    "CASE-1 \u0085 more",
		"a line separator":          "CASE-1 \u2028 more",
		"text in another direction": "CASE-1 \u202egnp.exe",
		"an isolate":                "CASE-1 \u2066x\u2069",
		"no UTF-8":                  "CASE-1 \xff",
	} {
		t.Run(name, func(t *testing.T) {
			form := activationForm(t, d.tenant.groupReference())
			form.Set("justification", text)
			a := d.wantUnchanged(t, func() *response { return must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form)) })
			if a.status != http.StatusUnprocessableEntity {
				t.Fatalf("answers %d, %q, want 422", a.status, a.heading())
			}
			if a.Find(`a[href="#justification"]`).Length() != 1 || a.Find("#justification").Length() != 1 {
				t.Error("the summary does not lead to the field")
			}
			if got := a.Find("input[name=id]").AttrOr("value", ""); got != form.Get("id") {
				t.Errorf("the form has the id %q, want %q", got, form.Get("id"))
			}
			if got := a.Find("input[name=role]").AttrOr("value", ""); got == "" {
				t.Error("the form has lost its role")
			}
		})
	}
	d.wantOneObjectALine(t)
}

func TestForm_JustificationsThatAreOddButPlainAreTextEverywhere(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	for name, text := range map[string]string{
		"99 characters": strings.Repeat("x", 99),
		"HTML":          `<script>alert(1)</script><img src=x onerror="alert(2)">`,
		"quotes":        `"'` + "`" + `${jndi:ldap://x} {{.}} %s %0a %0d%0a`,
		"JSON":          `","severity":"EMERGENCY","x":"`,
		"other scripts": "Größe geändert, 障害対応 \U0001F525",
		"like an id":    "[jit-AAAAAAAAAAAAAAAA]",
		"like a window": `request.time < timestamp("2099-01-01T00:00:00Z")`,
	} {
		t.Run(name, func(t *testing.T) {
			if err := d.World().SetPolicy(d.tenant.project(), d.before); err != nil {
				t.Fatal(err)
			}
			form := activationForm(t, d.tenant.groupReference())
			form.Set("justification", text)
			d.Journal().Reset()
			a := must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form))
			if a.status != http.StatusSeeOther {
				t.Fatalf("answers %d, %q", a.status, a.heading())
			}
			found := activations(d.policy(d.tenant.project()))
			if want := "Self-approved, justification: " + text; len(found) != 1 || found[0].Description != want || found[0].ID != form.Get("id") {
				t.Errorf("activations = %+v, want one that says %q", found, want)
			}
			page := d.mustGet(t, a.location)
			if !strings.Contains(page.Text(), text) || page.Find("main script, main img").Length() > 0 {
				t.Errorf("the page does not show %q as text", text)
			}
			d.wantReason(t, text)
		})
	}
	d.wantOneObjectALine(t)
}

// wantReason: the audit log of Google has the justification, on one line.
func (d *fixture) wantReason(t *testing.T, text string) {
	t.Helper()
	for _, c := range d.Journal().Calls() {
		if c.Method == "SetIamPolicy" && (!strings.Contains(c.Reason, text) || strings.ContainsAny(c.Reason, "\r\n")) {
			t.Errorf("the reason of the write is %q", c.Reason)
		}
	}
	if !slices.ContainsFunc(d.Journal().Calls(), func(c wire.Call) bool { return c.Method == "SetIamPolicy" }) {
		t.Error("nothing was written")
	}
}

// wantOneObjectALine: whatever people write, the log stays one object a line.
func (d *fixture) wantOneObjectALine(t *testing.T) {
	t.Helper()
	if err := d.portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, line := range d.log.all() {
		var event struct{ Severity, Message string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Message == "" || event.Severity == "EMERGENCY" {
			t.Errorf("the log has the line %q: %v", line, err)
		}
	}
}

func TestForm_DurationsThatAreRefusedComeBackInTheForm(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	for _, fields := range []url.Values{
		{"duration": {""}}, {"duration": {"soon"}}, {"duration": {"-30m"}}, {"duration": {"0s"}}, {"duration": {"59s"}}, {"duration": {"2h1m"}},
		{"duration": {"9999999h"}}, {"duration": {"other"}, "minutes": {""}}, {"duration": {"other"}, "minutes": {"-5"}},
		{"duration": {"other"}, "minutes": {"121"}}, {"duration": {"other"}, "minutes": {"1e3"}}, {"duration": {"other"}, "minutes": {"99999999999999999999"}},
	} {
		form := activationForm(t, d.tenant.groupReference())
		for name, values := range fields {
			form[name] = values
		}
		a := d.wantUnchanged(t, func() *response { return must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form)) })
		if value := a.Find("#justification").AttrOr("value", ""); a.status != http.StatusUnprocessableEntity || value != form.Get("justification") {
			t.Errorf("%v answers %d, %q, with the justification %q", fields, a.status, a.heading(), value)
		}
	}
}

func TestForm_FormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	tried := map[string]string{} // by trace
	for name, setHeaders := range map[string]func(http.Header){
		"cross-site":            func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":             func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
		"origin of another":     func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "https://evil.example") },
		"origin of a null page": func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "null") },
	} {
		for action, event := range map[string]string{"/activate": "api.activateRole", "/end": "api.endRole"} {
			a := d.wantUnchanged(t, func() *response {
				return must(t)(d.send(t.Context(), http.MethodPost, d.tenant.page()+action, activationForm(t, d.tenant.groupReference()), formHeaders, setHeaders))
			})
			if a.status != http.StatusForbidden || a.heading() != "This came from another site" {
				t.Errorf("%s: %s answers %d, %q", name, action, a.status, a.heading())
			}
			tried[a.trace] = event
		}
	}
	if err := d.portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for trace, event := range tried {
		events := eventsOf(d.portal, trace)
		if len(events) != 1 || events[0].Labels["error"] != "FOREIGN_FORM" || events[0].Labels["user"] != d.email || events[0].Labels["event"] != event {
			t.Errorf("events = %+v, want one %s of %s with FOREIGN_FORM", events, event, d.email)
		}
	}
}

func TestForm_ARepeatedPostHasTheSameResult(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	form := activationForm(t, d.tenant.groupReference())
	var traces []string
	var locations []string
	for range 3 {
		a := must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form))
		if a.status != http.StatusSeeOther {
			t.Fatalf("answers %d, %q", a.status, a.heading())
		}
		traces, locations = append(traces, a.trace), append(locations, a.location)
	}
	want := d.tenant.page() + "/activations/" + form.Get("id")
	if diff := cmp.Diff([]string{want, want, want}, locations); diff != "" {
		t.Errorf("locations (-want +got):\n%s", diff)
	}
	if err := oneMore(d.before, d.policy(d.tenant.project())); err != nil {
		t.Error(err)
	}
	if err := d.portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for i, trace := range traces {
		events := eventsOf(d.portal, trace)
		if len(events) != 1 || (events[0].Labels["repeated"] == "true") != (i > 0) || events[0].Labels["activation_id"] != form.Get("id") {
			t.Errorf("events of post %d = %+v", i+1, events)
		}
	}
}

func TestForm_WhatNoPageSendsIsRefused(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	good := activationForm(t, d.tenant.groupReference())
	with := func(name string, values ...string) string {
		form := url.Values{}
		for n, v := range good {
			form[n] = v
		}
		form[name] = values
		return form.Encode()
	}
	for name, c := range map[string]struct {
		action, body string
		setHeaders   func(http.Header)
		status       int
	}{
		"an oversized form":         {"/activate", with("justification", strings.Repeat("x", 70_000)), formHeaders, http.StatusBadRequest},
		"a reference of garbage":    {"/activate", with("role", "AAAA"), formHeaders, http.StatusBadRequest},
		"a reference of no base 64": {"/activate", with("role", "../../etc/passwd"), formHeaders, http.StatusBadRequest},
		"an over-long reference":    {"/activate", with("role", strings.Repeat("A", 5000)), formHeaders, http.StatusBadRequest},
		"a hundred and one roles":   {"/activate", with("role", slices.Repeat([]string{d.tenant.groupReference()}, 101)...), formHeaders, http.StatusBadRequest},
		"no role":                   {"/activate", with("role"), formHeaders, http.StatusUnprocessableEntity},
		"no id":                     {"/activate", with("id"), formHeaders, http.StatusConflict},
		"an id of garbage":          {"/activate", with("id", "jit-x] [y"), formHeaders, http.StatusConflict},
		"a broken encoding":         {"/activate", "role=%zz", formHeaders, http.StatusBadRequest},
		"JSON":                      {"/activate", "{}", func(h http.Header) { formHeaders(h); h.Set("Content-Type", "application/json") }, http.StatusConflict},
		"an end without a role":     {"/end", with("role"), formHeaders, http.StatusBadRequest},
		"an end of garbage":         {"/end", with("role", "AAAA"), formHeaders, http.StatusBadRequest},
		"an end with garbage as id": {"/end", with("id", "jit-x] [y"), formHeaders, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			a := d.wantUnchanged(t, func() *response {
				return must(t)(d.sendBody(t.Context(), http.MethodPost, d.tenant.page()+c.action, c.body, c.setHeaders))
			})
			if a.status != c.status || a.heading() == "" {
				t.Errorf("answers %d, %q, want %d", a.status, a.heading(), c.status)
			}
		})
	}
}
