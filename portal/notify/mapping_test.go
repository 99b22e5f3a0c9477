package notify

import (
	"net/mail"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestMapping_GivesAnAddress(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"":                       "alice@example.com",
		" \n":                    "alice@example.com",
		"''":                     "alice@example.com",
		"'  '":                   "alice@example.com",
		"user.email":             "alice@example.com",
		"' ' + user.email + ' '": "alice@example.com",
		"user.email.extract('{handle}@example.com') + '@mail.example.com'":                                           "alice@mail.example.com",
		"user.email.extract('{handle}@example.org')":                                                                 "alice@example.com",
		"user.email.endsWith('@example.com') ? user.email.extract('{all}') : 'nobody@example.com'":                   "alice@example.com",
		"has(user.email) && ['a', 'b'].exists(x, user.email.startsWith(x)) ? 'team-a@example.com' : 'b@example.com'": "team-a@example.com",
		"user.email.matches('^a.*') ? 'a@example.com' : ''":                                                          "a@example.com",
	} {
		m, err := newMapping(expression)
		if err != nil {
			t.Errorf("newMapping(%q): %v", expression, err)
			continue
		}
		if got, err := m.address(t.Context(), "alice@example.com"); err != nil || got != want {
			t.Errorf("%q maps to %q, %v, want %q", expression, got, err, want)
		}
	}
}

func TestMapping_ThatGivesNoAddress(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"'bob@example.com, eve@example.com'":        "one e-mail address",
		"user.email + '\\r\\nBcc: eve@example.com'": "one e-mail address",
		"'Eve <eve@example.com>'":                   "one e-mail address",
		"'alice'":                                   "one e-mail address",
		"'\u0430lice@example.com'":                  "one e-mail address",
		"user.nickname":                             "no such key",
		"user.email.extract('x')":                   "has no {name}",
		"['" + strings.Repeat("a','", 300) + "'].all(x, ['" + strings.Repeat("a','", 300) + "'].exists(y, x == y + 'z') || true) ? user.email : ''": "cost limit",
	} {
		m, err := newMapping(expression)
		if err != nil {
			t.Errorf("newMapping(%q): %v", expression, err)
			continue
		}
		if got, err := m.address(t.Context(), "alice@example.com"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q maps to %q, %v, want an error with %q", expression, got, err, want)
		}
	}
}

func TestMapping_MailGoesToTheMappedAddressAndFailuresNameThePerson(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	n := newNotifier(t, Options{
		SMTP:    server.start(t, nil),
		Mapping: "user.email == 'carol@example.com' ? 'none' : 'all@example.com'",
	})
	check(t, n.notify(t.Context(), request()), map[string]string{"carol@example.com": Configuration})
	got := server.only(t)
	if want := []string{"all@example.com"}; !slices.Equal(got.To, want) {
		t.Errorf("recipients: got %v, want %v", got.To, want)
	}
	if m := open(t, got.Data); m.header.Get("To") != "<all@example.com>" || !strings.Contains(m.text, "bob@example.com, carol@example.com") {
		t.Errorf("the mail is to %q and says:\n%s", m.header.Get("To"), m.text)
	}
}

func TestExtract_AsInIAM(t *testing.T) {
	t.Parallel()
	const resource = "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876"
	for template, want := range map[string]string{
		"/order_date={date}/": "2019-11-03", "buckets/{name}/": "acme-orders-aaa", "/orders/{empty}order_date": "",
		"{all}": resource, "{start}/objects/data_lake": "projects/_/buckets/acme-orders-aaa", "orders/{end}": "order_date=2019-11-03/aef87g87ae0876",
		"/order_date={date}!": "", "nothing/{x}": "",
	} {
		m, err := newMapping("'" + resource + "'.extract('" + template + "') + '|@'")
		if err != nil {
			t.Fatalf("newMapping: %v", err)
		}
		value, _, err := m.program.Eval(map[string]any{"user": map[string]string{}})
		if err != nil || value.Value() != want+"|@" {
			t.Errorf("%q extracts %v, %v, want %q", template, value, err, want)
		}
	}
}

func TestPlainAddress_TakesOneAddressOfPlainASCII(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"alice@example.com", "a.b+c@x-y.example.co", "o'hara@example.com", strings.Repeat("a", 64) + "@example.com"} {
		if !plainAddress(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{
		"", "alice", "@example.com", "alice@", "alice@example", "alice@@example.com", "a@b@example.com", "a b@example.com", " alice@example.com",
		"alice@example.com\n", "alice@example.com,bob@example.com", "<alice@example.com>", `"a b"@example.com`, "a..b@example.com", ".a@example.com",
		"a.@example.com", "alice@[127.0.0.1]", "alice@-x.com", "alice@x-.com", "\u0430lice@example.com", "alice@ex\u0430mple.com", "alice(x)@example.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("a.", 130) + "com", "a@" + strings.Repeat("a", 64) + ".com",
	} {
		if plainAddress(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

func FuzzPlainAddress(f *testing.F) {
	for _, s := range []string{"alice@example.com", "alice@example.com, eve@example.com", "\"a\"@example.com", "a@b.c\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !plainAddress(s) {
			return
		}
		all, err := mail.ParseAddressList(s)
		if err != nil || len(all) != 1 || all[0].Address != s || all[0].Name != "" {
			t.Errorf("%q is taken, and the standard library reads %v, %v", s, all, err)
		}
		if strings.ContainsAny(s, " \r\n<>\"\\,;:()[]") {
			t.Errorf("%q is taken", s)
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, n, h := prose(s, maxName), name(s), subject(s)
		if !utf8.ValidString(p) || utf8.RuneCountInString(p) > maxName || p != prose(p, maxName) {
			t.Errorf("prose(%q) = %q", s, p)
		}
		if strings.ContainsFunc(p, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
			t.Errorf("prose(%q) = %q holds controls", s, p)
		}
		if strings.ContainsFunc(n, func(r rune) bool { return r <= ' ' || r > '~' }) || len(n) > maxName {
			t.Errorf("name(%q) = %q", s, n)
		}
		if strings.Contains(h, "=?") {
			t.Errorf("subject(%q) = %q", s, h)
		}
	})
}
