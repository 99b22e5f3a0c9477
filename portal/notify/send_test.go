package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

var noon = time.Date(2026, 11, 19, 2, 14, 0, 0, time.UTC)

func request() notice {
	return notice{
		event.Event{
			Verb: event.Request, By: event.Actor{Email: "alice@example.com"}, ID: "mpa-8qvY2wAbCdEf_-09", Resource: "projects/payments-prod",
			Beneficiary: "alice@example.com", Reviewers: []string{"bob@example.com", "carol@example.com"},
			Grants:        []event.Grant{{Resource: "projects/payments-prod", Role: "roles/cloudsql.admin"}},
			Justification: "CASE-9876 restore the orders table",
			Duration:      time.Hour, Asked: noon, Expiry: noon.Add(time.Hour),
		},
		event.Addresses{
			Request: "https://jit.example.com/requests/eyJhbGciOiJSUzI1NiJ9~~eyJqdGkiOiJtcGEtOHF2WTJ3In0~Qk9Z4w1mN8",
			Home:    "https://jit.example.com/",
		},
	}
}

func approval() notice {
	m := request()
	m.Verb, m.By.Email = event.Approve, "bob@example.com"
	m.Start, m.End = noon.Add(6*time.Minute), noon.Add(66*time.Minute)
	return m
}

// requestOf is the request that a decision is about.
func requestOf(decision notice) notice {
	decision.Verb, decision.By.Email, decision.Reason = event.Request, decision.Beneficiary, ""
	decision.Start, decision.End = time.Time{}, time.Time{}
	return decision
}

// adminRevocation is what an administrator revoked half an hour before its end.
func adminRevocation() notice {
	return notice{
		event.Event{
			Verb: event.Revoke, By: event.Actor{Email: "admin@example.com"}, ID: "jit-Zm9vYmFyMTIzNDU2", Resource: "projects/payments-prod",
			Beneficiary: "alice@example.com", Grants: []event.Grant{{Resource: "projects/payments-prod", Role: "roles/cloudsql.admin"}},
			Description: "Self-approved, justification: CASE-9876 restore the orders table",
			Start:       noon.Add(-30 * time.Minute), End: noon,
		},
		event.Addresses{Home: "https://jit.example.com/"},
	}
}

// ownEnd is what its beneficiary, or in its place an administrator, gave back.
func ownEnd() notice {
	m := adminRevocation()
	m.Verb = event.End
	return m
}

// activation is one that needed nobody's approval.
func activation() notice { return notice{Event: event.Event{Verb: event.Activate}} }

func newNotifier(t *testing.T, o Options) *Notifier {
	t.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return noon }
	}
	n, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return n
}

// reasons of failures, by address.
func reasons(failures []failure) map[string]string {
	if len(failures) == 0 {
		return nil
	}
	all := map[string]string{}
	for _, f := range failures {
		all[f.address] = f.reason
	}
	return all
}

func everyoneFor(reason string) map[string]string {
	return map[string]string{"alice@example.com": reason, "bob@example.com": reason, "carol@example.com": reason}
}

func check(t *testing.T, failures []failure, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, reasons(failures)); diff != "" {
		t.Errorf("failures (-want +got):\n%s%v", diff, failures)
	}
}

func TestRequested_EveryoneIsTheRecipientOfOneMail(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	n := newNotifier(t, Options{SMTP: server.start(t, nil)})
	check(t, n.notify(t.Context(), request()), nil)
	got := server.only(t)
	if want := []string{"bob@example.com", "carol@example.com", "alice@example.com"}; !slices.Equal(got.To, want) {
		t.Errorf("recipients: got %v, want %v", got.To, want)
	}
	if got.From != "portal@example.com" || server.connections != 1 {
		t.Errorf("got a mail from %q in %d connections", got.From, server.connections)
	}
}

func TestRequested_OneRecipientIsRefused_TheOthersGetTheMail(t *testing.T) {
	t.Parallel()
	server := &mailServer{refuse: map[string]error{"bob@example.com": &smtp.SMTPError{Code: 550, Message: "no such mailbox"}}}
	n := newNotifier(t, Options{SMTP: server.start(t, nil)})
	failures := n.notify(t.Context(), request())
	check(t, failures, map[string]string{"bob@example.com": Refused})
	if !strings.Contains(failures[0].err.Error(), "no such mailbox") {
		t.Errorf("the error %q does not say what the server said", failures[0].err)
	}
	if got, want := server.only(t).To, []string{"carol@example.com", "alice@example.com"}; !slices.Equal(got, want) {
		t.Errorf("recipients: got %v, want %v", got, want)
	}
}

func TestRequested_TheServerSaysNo(t *testing.T) {
	t.Parallel()
	no := &smtp.SMTPError{Code: 554, Message: "not today"}
	for name, server := range map[string]*mailServer{
		"to the sender": {sender: no},
		"to the mail":   {taken: no},
		"for a while":   {taken: &smtp.SMTPError{Code: 451, Message: "try later"}},
		"to everybody":  {refuse: map[string]error{"alice@example.com": no, "bob@example.com": no, "carol@example.com": no}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNotifier(t, Options{SMTP: server.start(t, nil)})
			check(t, n.notify(t.Context(), request()), everyoneFor(Refused))
			if got := server.inbox(); len(got) != 0 {
				t.Errorf("the server took %d mails", len(got))
			}
		})
	}
}

func TestRequested_NobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	server := smtpAt(t, l.Addr().String())
	l.Close()
	check(t, newNotifier(t, Options{SMTP: server}).notify(t.Context(), request()), everyoneFor(Connection))
}

func TestRequested_TheConnectionBreaks(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"", "EHLO", "MAIL", "RCPT", "DATA", "."} {
		t.Run("after "+stage, func(t *testing.T) {
			t.Parallel()
			server := &mailServer{over: silentAfter(stage, true)}
			n := newNotifier(t, Options{SMTP: server.start(t, nil)})
			check(t, n.notify(t.Context(), request()), everyoneFor(Connection))
		})
	}
}

func TestRequested_TheServerOnlyBreaksAfterItHasTakenTheMail_IsNoFailure(t *testing.T) {
	t.Parallel()
	server := &mailServer{over: silentAfter("QUIT", true)}
	n := newNotifier(t, Options{SMTP: server.start(t, nil)})
	check(t, n.notify(t.Context(), request()), nil)
	server.only(t)
}

// inMemory connects without sockets, so that time can be a bubble's.
type inMemory struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newInMemory() *inMemory {
	return &inMemory{calls: make(chan net.Conn), closed: make(chan struct{})}
}

func (m *inMemory) Accept() (net.Conn, error) {
	select {
	case c := <-m.calls:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *inMemory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *inMemory) Addr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 587}
}

func (m *inMemory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.calls <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestRequested_TheServerHangs_EndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	for stage, c := range map[string]struct {
		want map[string]string
		took time.Duration
	}{
		"":         {everyoneFor(Timeout), callTimeout},
		"EHLO":     {everyoneFor(Timeout), callTimeout},
		"STARTTLS": {everyoneFor(Timeout), callTimeout},
		"MAIL":     {everyoneFor(Timeout), callTimeout},
		"RCPT":     {everyoneFor(Timeout), callTimeout},
		"DATA":     {everyoneFor(Timeout), callTimeout},
		".":        {everyoneFor(Timeout), callTimeout},
		"QUIT":     {nil, quitTimeout},
	} {
		t.Run("after "+stage, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				memory := newInMemory()
				server := &mailServer{over: silentAfter(stage, false)}
				if stage == "STARTTLS" {
					server.secure, _ = certificate(t)
				}
				config := server.start(t, memory)
				config.Dial, config.StartTLS = memory.dial, stage == "STARTTLS"
				n := newNotifier(t, Options{SMTP: config})
				started := time.Now()
				check(t, n.notify(t.Context(), request()), c.want)
				if took := time.Since(started); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}

func TestRequested_NobodyTakesTheCall_EndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := SMTP{Host: "mail.example.com", Port: 587, SenderAddress: "portal@example.com", Dial: newInMemory().dial}
		n := newNotifier(t, Options{SMTP: server})
		started := time.Now()
		check(t, n.notify(t.Context(), request()), everyoneFor(Timeout))
		if took := time.Since(started); took != callTimeout {
			t.Errorf("took %v, want %v", took, callTimeout)
		}
	})
}

func TestRequested_TheCallerStopsWaiting_EndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := newInMemory()
		server := &mailServer{over: silentAfter("DATA", false)}
		config := server.start(t, memory)
		config.Dial = memory.dial
		n := newNotifier(t, Options{SMTP: config})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		check(t, n.notify(ctx, request()), everyoneFor(Timeout))
		if took := time.Since(started); took != time.Second {
			t.Errorf("took %v, want a second", took)
		}
	})
}

func TestRequested_AServerThatNeverStopsTalking_FillsNoMemory(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	said := make(chan int64, 1)
	go func() {
		defer close(said)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		n, _ := io.Copy(c, endlessGreeting{})
		said <- n
	}()
	t.Cleanup(func() { l.Close() })
	n := newNotifier(t, Options{SMTP: smtpAt(t, l.Addr().String())})
	check(t, n.notify(t.Context(), request()), everyoneFor(Connection))
	if got := <-said; got > 64<<20 {
		t.Errorf("the server could say %d bytes", got)
	}
}

// endlessGreeting is a greeting without an end.
type endlessGreeting struct{}

func (endlessGreeting) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat("220-welcome\r\n", len(p)/13+1)), nil
}

func TestStartTLS_IsRequiredAndVerified(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	untrusted, _ := certificate(t)
	t.Run("encrypts", func(t *testing.T) {
		t.Parallel()
		server := &mailServer{secure: secure}
		config := server.start(t, nil)
		config.StartTLS, config.Roots = true, roots
		check(t, newNotifier(t, Options{SMTP: config}).notify(t.Context(), request()), nil)
		if !server.only(t).Encrypted {
			t.Error("the mail came unencrypted")
		}
	})
	for name, c := range map[string]struct {
		secure *tls.Config
		host   string
	}{
		"is not offered":             {nil, "127.0.0.1"},
		"is of an unknown authority": {untrusted, "127.0.0.1"},
		"comes with another's name":  {secure, "localhost"},
		"speaks a version too old":   {withoutTLS12(secure), "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &mailServer{secure: c.secure}
			config := server.start(t, nil)
			config.StartTLS, config.Roots, config.Host = true, roots, c.host
			config.Dial = ipv4(t, config.Port)
			check(t, newNotifier(t, Options{SMTP: config}).notify(t.Context(), request()), everyoneFor(TLS))
			if got := server.inbox(); len(got) != 0 {
				t.Errorf("the server took %d mails", len(got))
			}
		})
	}
}

// ipv4 connects to 127.0.0.1 whatever localhost resolves to.
func ipv4(t *testing.T, port int) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		d := &net.Dialer{}
		return d.DialContext(ctx, network, (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	}
}

func withoutTLS12(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	return c
}

func TestLogIn_ByWhatTheServerOffers(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	good := func() string { return "correct horse" }
	for name, c := range map[string]struct {
		mechanisms []string
		password   string
		want       map[string]string
		tried      []string
	}{
		"PLAIN":                      {[]string{"LOGIN", "PLAIN"}, "correct horse", nil, []string{"PLAIN"}},
		"LOGIN":                      {[]string{"LOGIN"}, "correct horse", nil, []string{"LOGIN"}},
		"PLAIN with a bad password":  {[]string{"PLAIN"}, "battery staple", everyoneFor(Authentication), []string{"PLAIN"}},
		"LOGIN with a bad password":  {[]string{"LOGIN"}, "battery staple", everyoneFor(Authentication), []string{"LOGIN"}},
		"only what is not supported": {[]string{"CRAM-MD5"}, "correct horse", everyoneFor(Authentication), nil},
		"nothing is offered":         {nil, "correct horse", everyoneFor(Authentication), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &mailServer{secure: secure, mechanisms: c.mechanisms, password: good}
			config := server.start(t, nil)
			config.StartTLS, config.Roots = true, roots
			config.Username, config.Password = "portal@example.com", c.password
			failures := newNotifier(t, Options{SMTP: config}).notify(t.Context(), request())
			check(t, failures, c.want)
			if !slices.Equal(server.logIns, c.tried) {
				t.Errorf("tried %v, want %v", server.logIns, c.tried)
			}
			for _, f := range failures {
				if strings.Contains(f.err.Error(), c.password) {
					t.Errorf("the error %q gives the password away", f.err)
				}
			}
		})
	}
}

func TestSecret_IsReadAgainWhenRefused(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	unreadable := errors.New("permission denied")
	for name, c := range map[string]struct {
		versions []string // what the secret is, each time that it is read; the last one stays
		password []string // what the server wants, for each mail
		err      error
		want     []map[string]string
		reads    int
		calls    int // connections
	}{
		"is trimmed and cached":       {[]string{"  one\n"}, []string{"one", "one"}, nil, []map[string]string{nil, nil}, 1, 2},
		"is read again once replaced": {[]string{"one", "two"}, []string{"one", "two", "two"}, nil, []map[string]string{nil, nil, nil}, 2, 4},
		"is asked for twice at most":  {[]string{"one", "two", "three"}, []string{"three"}, nil, []map[string]string{everyoneFor(Authentication)}, 2, 2},
		"is not tried twice":          {[]string{"one"}, []string{"two"}, nil, []map[string]string{everyoneFor(Authentication)}, 2, 1},
		"cannot be read":              {[]string{""}, []string{"one"}, unreadable, []map[string]string{everyoneFor(Configuration)}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wanted := ""
			server := &mailServer{secure: secure, mechanisms: []string{"PLAIN"}, password: func() string { return wanted }}
			config := server.start(t, nil)
			config.StartTLS, config.Roots, config.Username, config.Password = true, roots, "portal@example.com", "loses"
			reads := 0
			config.Secret = func(context.Context) (string, error) {
				reads++
				return c.versions[min(reads, len(c.versions))-1], c.err
			}
			n := newNotifier(t, Options{SMTP: config})
			for i, password := range c.password {
				wanted = password
				check(t, n.notify(t.Context(), request()), c.want[i])
			}
			if reads != c.reads || server.connections != c.calls {
				t.Errorf("read %d times in %d connections, want %d and %d", reads, server.connections, c.reads, c.calls)
			}
		})
	}
}

func TestNew_NamesEveryProblem(t *testing.T) {
	t.Parallel()
	good := SMTP{Host: "mail.example.com", Port: 587, SenderName: "JIT Access", SenderAddress: "portal@example.com", StartTLS: true}
	for want, change := range map[string]func(*Options){
		"is no host name":               func(o *Options) { o.SMTP.Host = "mail.example.com\r\n" },
		`"" is no host name`:            func(o *Options) { o.SMTP.Host = "" },
		"port 0":                        func(o *Options) { o.SMTP.Port = 0 },
		"port 65536":                    func(o *Options) { o.SMTP.Port = 65536 },
		"the sender's address":          func(o *Options) { o.SMTP.SenderAddress = "portal@example.com, eve@example.com" },
		"the sender's name":             func(o *Options) { o.SMTP.SenderName = "JIT\r\nBcc: eve@example.com" },
		"unencrypted":                   func(o *Options) { o.SMTP.StartTLS, o.SMTP.Username, o.SMTP.Password = false, "u", "p" },
		"compiling the address mapping": func(o *Options) { o.Mapping = "user.email +" },
		"of type bool":                  func(o *Options) { o.Mapping = "user.email == 'x'" },
		"lets none through":             func(o *Options) { o.Limits.PerReviewer = Rate{Burst: 0, Every: time.Second} },
	} {
		o := Options{SMTP: good}
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: got %v, want an error with %q", err, want)
		}
	}
	if _, err := New(Options{SMTP: SMTP{SenderAddress: "x"}, Mapping: "1"}); err == nil || strings.Count(err.Error(), "\n") < 3 {
		t.Errorf("New: got %v, want all problems", err)
	}
	if _, err := New(Options{SMTP: good}); err != nil {
		t.Errorf("New: got %v, want no error", err)
	}
}

func TestNotify_SaysThatNobodyGetsMailWithoutASendersAddress(t *testing.T) {
	t.Parallel()
	n := newNotifier(t, Options{})
	check(t, n.notify(t.Context(), request()), everyoneFor(Configuration))
	check(t, n.notify(t.Context(), approval()), everyoneFor(Configuration))
	check(t, n.notify(t.Context(), activation()), nil)
}
