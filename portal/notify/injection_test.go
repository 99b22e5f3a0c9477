package notify

import (
	"net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// hostile is what somebody may try to inject.
func hostile() map[string]string {
	return map[string]string{
		"CR LF":            "x\r\nBcc: eve@example.com\r\nX-Evil: 1",
		"LF":               "x\nBcc: eve@example.com\nX-Evil: 1",
		"CR":               "x\rBcc: eve@example.com\rX-Evil: 1",
		"an end of header": "x\r\n\r\nX-Evil: 1",
		"an end of DATA":   "x\r\n.\r\nMAIL FROM:<eve@example.com>\r\nX-Evil: 1",
		"NUL":              "x\x00X-Evil: 1",
		"a line separator": "x\u2028X-Evil: 1\u2029X-Evil: 1\u0085X-Evil: 1",
		"markup":           `<script>alert(1)</script><img src=x onerror=alert(1)><a href="https://evil.example.com">x</a>`,
		"an attribute":     `" onmouseover="alert(1)" style="display:none`,
		"a template":       `{{.Secret}} {{template "x"}}`,
		"an entity":        "&lt;script&gt;",
		"an encoded word":  "=?UTF-8?Q?=0D=0ABcc:_eve@example.com?= =?utf-8?B?ZXZl?=",
		"direction":        "\u202eevil\u202c \u2066x\u2069 \u200b\ufeff",
		"look-alikes":      "\u0430lice@ex\u0430mple.com",
		"a second address": "bob@example.com, eve@example.com",
		"a display name":   `"bob@example.com" <eve@example.com>`,
		"a group":          "everyone:eve@example.com;",
		"bad UTF-8":        "x\xff\xfe\x80",
		"a bare boundary":  "--boundary--\r\n--\r\n",
		"10,000 letters":   strings.Repeat("a", 10_000),
		"10,000 words":     strings.Repeat("a ", 10_000),
		"10,000 newlines":  strings.Repeat("\r\n", 10_000),
		"10,000 points":    strings.Repeat("\u00e4", 10_000),
		"nothing":          "",
	}
}

var allowedHeaders = []string{
	"Auto-Submitted", "Cc", "Content-Type", "Date", "From", "In-Reply-To", "Message-Id", "Mime-Version", "References", "Subject", "To",
}

// checkHarmless checks a mail that was made with something hostile in it.
func checkHarmless(t *testing.T, got received) {
	t.Helper()
	for _, to := range got.To {
		if !slices.Contains([]string{"alice@example.com", "bob@example.com", "carol@example.com"}, to) {
			t.Errorf("a mail to %q", to)
		}
	}
	m := open(t, got.Data)
	for key, values := range m.header {
		if !slices.Contains(allowedHeaders, key) || len(values) != 1 {
			t.Errorf("a header %s: %q", key, values)
		}
		for _, c := range values[0] {
			if c < ' ' || c > '~' {
				t.Errorf("%s holds %q: %q", key, c, values[0])
			}
		}
		if key != "Content-Type" && key != "From" && strings.Contains(values[0], "=?") {
			t.Errorf("%s holds an encoded word: %q", key, values[0])
		}
	}
	for _, key := range []string{"To", "Cc"} {
		if _, err := mail.ParseAddressList(m.header.Get(key)); m.header.Get(key) != "" && err != nil {
			t.Errorf("%s: %q: %v", key, m.header.Get(key), err)
		}
	}
	if len(got.Data) > 60_000 {
		t.Errorf("a mail of %d bytes", len(got.Data))
	}
	for line := range strings.SplitSeq(m.text, "\n") {
		if strings.HasPrefix(line, "X-Evil") || strings.HasPrefix(line, "Bcc") || len(line) > 4*width && !strings.HasPrefix(line, "https://") {
			t.Errorf("a line of the text: %q", line)
		}
	}
	if strings.ContainsAny(m.text+m.html, "\x00\r\u2028\u2029\u0085\u202e\u2066\u200b\ufeff\ufffd") {
		t.Error("a body holds what nobody sees")
	}
	checkHarmlessMarkup(t, m.html)
}

func checkHarmlessMarkup(t *testing.T, html string) {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatalf("reading the HTML: %v", err)
	}
	page.Find("*").Each(func(_ int, e *goquery.Selection) {
		if slices.Contains([]string{"script", "img", "iframe", "form", "object", "svg", "input"}, goquery.NodeName(e)) {
			t.Errorf("an element %s", goquery.NodeName(e))
		}
		for _, a := range e.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("an attribute %s", a.Key)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://jit.example.com/") && !strings.HasPrefix(a.Val, "https://console.cloud.google.com/") {
				t.Errorf("a link to %s", a.Val)
			}
		}
	})
	if n := page.Find("h1").Length(); n != 1 {
		t.Errorf("%d headings", n)
	}
}

func TestInjection_NothingLeavesItsPlace(t *testing.T) {
	t.Parallel()
	for field, set := range map[string]func(*notice, string){
		"justification":      func(d *notice, s string) { d.Justification = s },
		"reason":             func(d *notice, s string) { d.Reason = s },
		"decider":            func(d *notice, s string) { d.By.Email = s },
		"beneficiary":        func(d *notice, s string) { d.Beneficiary = s },
		"reviewer":           func(d *notice, s string) { d.Reviewers = []string{s, "carol@example.com"} },
		"role":               func(d *notice, s string) { d.Grants[0].Role = s },
		"project":            func(d *notice, s string) { d.Resource = "projects/" + s },
		"resource condition": func(d *notice, s string) { d.Grants[0].Condition = s },
		"id":                 func(d *notice, s string) { d.ID = s },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			for what, s := range hostile() {
				d := approval()
				set(&d, s)
				server := &mailServer{}
				n := newNotifier(t, Options{SMTP: server.start(t, nil)})
				asked, answered := n.notify(t.Context(), requestOf(d)), n.notify(t.Context(), d)
				want := map[string]string(nil)
				if field == "beneficiary" || field == "reviewer" {
					want = map[string]string{s: Configuration}
				}
				check(t, asked, want)
				check(t, answered, want)
				if got := server.inbox(); len(got) != 2 {
					t.Errorf("%s: %d mails, want 2", what, len(got))
				}
				for _, got := range server.inbox() {
					checkHarmless(t, got)
				}
				if t.Failed() {
					t.Fatalf("with %s in the %s", what, field)
				}
			}
		})
	}
}

func TestInjection_LookAlikesAreWrittenAsCodePoints(t *testing.T) {
	t.Parallel()
	d := approval()
	d.By.Email = "b\u043eb@example.com"
	if m := decided(t, d); !strings.Contains(m.text, `b\u{43e}b@example.com`) || strings.Contains(m.text+m.html, d.By.Email) {
		t.Errorf("a Cyrillic letter in an address is not shown as such:\n%s", m.text)
	}
}

func TestInjection_AJustificationCannotBeginALine(t *testing.T) {
	t.Parallel()
	r := request()
	r.Justification = strings.Repeat("x ", 40) + "https://evil.example.com/"
	for line := range strings.SplitSeq(requested(t, r).text, "\n") {
		if strings.HasPrefix(line, "https://") && line != r.Request {
			t.Errorf("a line with an address that is not the portal's: %q", line)
		}
	}
}

func TestInjection_ManyReviewersAreCut(t *testing.T) {
	t.Parallel()
	r := request()
	r.Reviewers = slices.Repeat([]string{"bob@example.com"}, 150)
	server := &mailServer{}
	n := newNotifier(t, Options{SMTP: server.start(t, nil), Limits: Limits{PerReviewer: Rate{Burst: 1000, Every: 1}}})
	failures := n.notify(t.Context(), r)
	check(t, failures, map[string]string{"bob@example.com": Limit})
	if len(failures) != 50 {
		t.Errorf("%d failures, want 50", len(failures))
	}
	if got, want := server.only(t).To, []string{"bob@example.com", "alice@example.com"}; !slices.Equal(got, want) {
		t.Errorf("recipients: got %v, want %v", got, want)
	}
}
