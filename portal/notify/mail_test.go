package notify

import (
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for machines that know no time zones
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// opened is a mail as a client sees it.
type opened struct {
	header     mail.Header
	text, html string
}

// open reads a mail with the standard library's parsers.
func open(t *testing.T, data string) opened {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("reading the mail: %v\n%s", err, data)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the mail is of type %q, %v", kind, err)
	}
	o := opened{header: m.Header}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	o.text = body(t, parts, "text/plain; charset=UTF-8")
	o.html = body(t, parts, "text/html; charset=UTF-8")
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("the mail has a third part, or none ends it: %v", err)
	}
	return o
}

func body(t *testing.T, parts *multipart.Reader, kind string) string {
	t.Helper()
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatalf("reading a part: %v", err)
	}
	if got := part.Header.Get("Content-Type"); got != kind {
		t.Errorf("a part is of type %q, want %q", got, kind)
	}
	if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
		t.Errorf("a part is encoded as %q", got)
	}
	decoded, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatalf("decoding a part: %v", err)
	}
	return strings.ReplaceAll(string(decoded), "\r\n", "\n")
}

// mailSentBy is what a server receives for what send sends.
func mailSentBy(t *testing.T, o Options, send func(*Notifier) []failure) received {
	t.Helper()
	server := &mailServer{}
	o.SMTP = server.start(t, nil)
	if failures := send(newNotifier(t, o)); len(failures) > 0 {
		t.Errorf("failures: %v", failures)
	}
	return server.only(t)
}

func requested(t *testing.T, r notice) opened {
	t.Helper()
	return open(t, mailSentBy(t, Options{}, func(n *Notifier) []failure { return n.notify(t.Context(), r) }).Data)
}

func decided(t *testing.T, d notice) opened {
	t.Helper()
	return open(t, mailSentBy(t, Options{}, func(n *Notifier) []failure { return n.notify(t.Context(), d) }).Data)
}

func revoked(t *testing.T, r notice) opened {
	t.Helper()
	return open(t, mailSentBy(t, Options{}, func(n *Notifier) []failure { return n.notify(t.Context(), r) }).Data)
}

func TestMail_HeadersNamePeopleAndTheRequest(t *testing.T) {
	t.Parallel()
	const subject = "alice@example.com asks for roles/cloudsql.admin on payments-prod"
	for name, c := range map[string]struct {
		mail opened
		want map[string]string
	}{
		"of a request": {requested(t, request()), map[string]string{
			"From":           `"JIT Access" <portal@example.com>`,
			"To":             "<bob@example.com>, <carol@example.com>",
			"Cc":             "<alice@example.com>",
			"Subject":        subject,
			"Message-Id":     "<mpa-8qvY2wAbCdEf_-09.request@example.com>",
			"Auto-Submitted": "auto-generated",
			"Date":           "Thu, 19 Nov 2026 02:14:00 +0000",
			"Mime-Version":   "1.0",
		}},
		"of a decision": {decided(t, approval()), map[string]string{
			"From":           `"JIT Access" <portal@example.com>`,
			"To":             "<alice@example.com>",
			"Cc":             "<bob@example.com>, <carol@example.com>",
			"Subject":        "Re: " + subject,
			"Message-Id":     "<mpa-8qvY2wAbCdEf_-09.approved@example.com>",
			"In-Reply-To":    "<mpa-8qvY2wAbCdEf_-09.request@example.com>",
			"References":     "<mpa-8qvY2wAbCdEf_-09.request@example.com>",
			"Auto-Submitted": "auto-generated",
			"Date":           "Thu, 19 Nov 2026 02:14:00 +0000",
			"Mime-Version":   "1.0",
		}},
		"of a revocation": {revoked(t, adminRevocation()), map[string]string{
			"From":           `"JIT Access" <portal@example.com>`,
			"To":             "<alice@example.com>",
			"Cc":             "<admin@example.com>",
			"Subject":        "roles/cloudsql.admin on payments-prod was revoked from alice@example.com",
			"Message-Id":     "<jit-Zm9vYmFyMTIzNDU2.revoked@example.com>",
			"Auto-Submitted": "auto-generated",
			"Date":           "Thu, 19 Nov 2026 02:14:00 +0000",
			"Mime-Version":   "1.0",
		}},
	} {
		got := map[string]string{}
		for key, values := range c.mail.header {
			got[key] = strings.Join(values, " | ")
		}
		delete(got, "Content-Type")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("headers %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMail_ReadsAsTheGoldenFiles(t *testing.T) {
	t.Parallel()
	narrow := request()
	narrow.Grants[0].Condition = `resource.name.startsWith("projects/payments-prod/instances/orders")`
	narrow.GrantsMore = true
	declined := approval()
	declined.Verb, declined.Reason, declined.End = event.Decline, "The restore runs tonight anyway.", declined.Start
	for name, m := range map[string]opened{
		"request":        requested(t, request()),
		"request-grants": requested(t, narrow),
		"approved":       decided(t, approval()),
		"declined":       decided(t, declined),
		"revoked":        revoked(t, adminRevocation()),
	} {
		golden(t, name+".txt", m.text)
		golden(t, name+".html", m.html)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatalf("writing %s: %v", path, err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got, go test -update writes it anew):\n%s", path, diff)
	}
}

func TestMail_OnlyAddressesOfPagesAreWiderThan76(t *testing.T) {
	t.Parallel()
	r := request()
	r.Justification = strings.Repeat("a rather long justification ", 10) + strings.Repeat("x", 200) + strings.Repeat(" \u00e4\u00f6\u00fc", 30)
	r.Grants[0].Condition = strings.Repeat(`resource.name == "projects/p/instances/i" || `, 5) + "true"
	r.Request += strings.Repeat("A", 1500)
	m := requested(t, r)
	links := 0
	for _, line := range strings.Split(m.text, "\n") {
		switch {
		case line == r.Request:
			links++
		case utf8.RuneCountInString(line) > width:
			t.Errorf("a line of %d characters: %q", utf8.RuneCountInString(line), line)
		}
	}
	if links != 1 {
		t.Errorf("the link stands on %d lines of its own, want 1", links)
	}
}

func TestMail_TheWireHasShortLinesOfASCII(t *testing.T) {
	t.Parallel()
	r := request()
	r.Justification = "Überprüfung \U0001F600"
	data := mailSentBy(t, Options{}, func(n *Notifier) []failure { return n.notify(t.Context(), r) }).Data
	for _, line := range strings.Split(data, "\r\n") {
		if len(line) > 100 || strings.ContainsFunc(line, func(c rune) bool { return c > '~' || c < ' ' && c != '\t' }) {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	if !strings.Contains(open(t, data).text, "Überprüfung \U0001F600") {
		t.Error("the justification did not arrive as it was")
	}
}

func TestMail_DecisionsSayWhoDecidedAndWhy(t *testing.T) {
	t.Parallel()
	for verb, c := range map[event.Verb]struct{ heading, lead, by string }{
		event.Approve:  {"Active until 03:20 UTC: roles/cloudsql.admin on payments-prod", "bob@example.com approved your request.", "Approved by"},
		event.Decline:  {"Declined: roles/cloudsql.admin on payments-prod", "Nothing was activated", "Declined by"},
		event.Withdraw: {"Withdrawn: roles/cloudsql.admin on payments-prod", "can no longer be approved", "Withdrawn by"},
		event.Revoke:   {"Revoked: roles/cloudsql.admin on payments-prod", "until the role stops working everywhere", "Revoked by"},
	} {
		d := approval()
		d.Verb, d.Reason = verb, "Because it is so."
		m := decided(t, d)
		page, err := goquery.NewDocumentFromReader(strings.NewReader(m.html))
		if err != nil {
			t.Fatalf("reading the HTML: %v", err)
		}
		if got := page.Find("h1").Text(); got != c.heading || page.Find("h1").Length() != 1 {
			t.Errorf("%s: the heading is %q, want %q", verb, got, c.heading)
		}
		for _, want := range []string{c.heading, c.by, "bob@example.com", "Because it is so.", "CASE-9876 restore the orders table"} {
			if !strings.Contains(m.text, want) || !strings.Contains(page.Text(), want) {
				t.Errorf("%s: text or HTML lacks %q:\n%s", verb, want, m.text)
			}
		}
		if got := strings.Join(strings.Fields(m.text), " "); !strings.Contains(got, c.lead) {
			t.Errorf("%s: the text lacks %q:\n%s", verb, c.lead, m.text)
		}
		if want := fmt.Sprintf("<mpa-8qvY2wAbCdEf_-09.%s@example.com>", verb.Decision()); m.header.Get("Message-Id") != want {
			t.Errorf("%s: Message-ID %q, want %q", verb, m.header.Get("Message-Id"), want)
		}
	}
	n := newNotifier(t, Options{SMTP: smtpAt(t, "127.0.0.1:1")})
	d := approval()
	d.Verb = "postpone a request"
	check(t, n.notify(t.Context(), d), everyoneFor(Configuration))
}

func TestMail_LinksLeadToThePortalOnly(t *testing.T) {
	t.Parallel()
	r := request()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(requested(t, r).html))
	if err != nil {
		t.Fatalf("reading the HTML: %v", err)
	}
	var links []string
	page.Find("a").Each(func(_ int, a *goquery.Selection) { links = append(links, a.AttrOr("href", "")) })
	if want := []string{r.Request, r.Request}; !slices.Equal(links, want) {
		t.Errorf("links: got %q, want %q", links, want)
	}
	if page.Find("script, img, link, iframe, form, object").Length() > 0 {
		t.Error("the mail loads or runs something")
	}
}

func TestMail_BadLinks_AreNotSent(t *testing.T) {
	t.Parallel()
	n := newNotifier(t, Options{SMTP: smtpAt(t, "127.0.0.1:1")})
	for _, link := range []string{
		"", "jit.example.com/requests/x", "javascript:alert(1)", "https://", "https:///path", "ftp://jit.example.com/",
		"https://jit.example.com/\r\nhttps://evil.example.com", "https://jit.example.com/ x", `https://jit.example.com/"><script>`,
		"https://jit.example.com/\u202e", "https://alice@evil.example.com/", "https://jit.ex\u0430mple.com/",
		"https://jit.example.com/" + strings.Repeat("a", 2048), "https://%zz/",
	} {
		r := request()
		r.Request = link
		check(t, n.notify(t.Context(), r), everyoneFor(Configuration))
		d := approval()
		d.Home = link
		check(t, n.notify(t.Context(), d), everyoneFor(Configuration))
	}
}

func TestMail_TimesAreInTheZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatalf("loading a time zone: %v", err)
	}
	for name, c := range map[string]struct {
		start, end time.Time
		want       string
	}{
		"a day":          {noon, noon.Add(time.Hour), "Thu 19 Nov 2026, 03:14 to 04:14 CET"},
		"over midnight":  {noon.Add(20 * time.Hour), noon.Add(21 * time.Hour), "Thu 19 Nov 2026, 23:14 to Fri 20 Nov 2026, 00:14 CET"},
		"over the clock": {time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), "Sun 25 Oct 2026, 02:30 CEST to 02:30 CET"},
	} {
		d := approval()
		d.Start, d.End = c.start, c.end
		m := open(t, mailSentBy(t, Options{Zone: zone}, func(n *Notifier) []failure { return n.notify(t.Context(), d) }).Data)
		if !strings.Contains(m.text, c.want) {
			t.Errorf("%s: the text lacks %q:\n%s", name, c.want, m.text)
		}
	}
}

func TestDurationText_CountsHoursAndMinutes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Minute: "1 minute", 30 * time.Minute: "30 minutes", time.Hour: "1 hour",
		90 * time.Minute: "1 hour 30 minutes", 121 * time.Minute: "2 hours 1 minute", 12 * time.Hour: "12 hours", 0: "0 minutes",
	} {
		if got := durationText(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestMessageID_IsStableAndTellsRequestsApart(t *testing.T) {
	t.Parallel()
	n := newNotifier(t, Options{SMTP: smtpAt(t, "127.0.0.1:1")})
	r := request()
	r.ID = "foreign id\r\nBcc: eve@example.com"
	again := r
	other := r
	other.Beneficiary = "carol@example.com"
	got := n.messageID(r, "request")
	if got != n.messageID(again, "request") || got == n.messageID(other, "request") {
		t.Errorf("Message-IDs: %q, %q, %q", got, n.messageID(again, "request"), n.messageID(other, "request"))
	}
	if !plainAddress(got) {
		t.Errorf("the Message-ID %q is not in the form of an address", got)
	}
}

// An activation of JIT Access 1.8.1 has no id: two of one role get a mail each.
func TestMail_RevocationsWithoutAnIDHaveMessageIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, start := range []time.Time{noon.Add(-time.Hour), noon.Add(-time.Minute)} {
		r := adminRevocation()
		r.ID, r.Start = "", start
		ids[revoked(t, r).header.Get("Message-Id")] = true
	}
	if len(ids) != 2 {
		t.Errorf("the mails are called %v", ids)
	}
}

// An administrator who takes their own gets one mail.
func TestMail_OwnRevocationsGoToOnePerson(t *testing.T) {
	t.Parallel()
	r := adminRevocation()
	r.By.Email = r.Beneficiary
	if cc := revoked(t, r).header.Get("Cc"); cc != "" {
		t.Errorf("a copy goes to %s", cc)
	}
}
