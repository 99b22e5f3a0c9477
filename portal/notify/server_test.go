package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer is a mail server in this process, and what it has received.
type mailServer struct {
	mechanisms []string                // of AUTH, offered under TLS only
	password   func() string           // of portal@example.com
	refuse     map[string]error        // by recipient
	sender     error                   // what MAIL is answered with
	taken      error                   // what the end of DATA is answered with
	secure     *tls.Config             // nil: no STARTTLS
	over       func(net.Conn) net.Conn // what happens to connections; nil: nothing

	mu          sync.Mutex
	connections int
	logIns      []string // mechanisms that were tried
	mails       []received
}

// received is one mail as it came over the wire.
type received struct {
	From      string
	To        []string
	Encrypted bool
	Data      string
}

// start listens on a loopback port, or on the given listener, until the test ends.
func (m *mailServer) start(t *testing.T, l net.Listener) SMTP {
	t.Helper()
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatalf("listening: %v", err)
		}
	}
	s := smtp.NewServer(smtp.BackendFunc(m.session))
	s.Domain, s.TLSConfig = "mail.example.com", m.secure
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableSMTPUTF8 = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener{l, m})
	}()
	t.Cleanup(func() {
		s.Close()
		l.Close() // the server may not know it yet
		<-done
	})
	return smtpAt(t, l.Addr().String())
}

func smtpAt(t *testing.T, address string) SMTP {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatalf("reading %q: %v", address, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatalf("reading %q: %v", address, err)
	}
	return SMTP{Host: host, Port: number, SenderName: "JIT Access", SenderAddress: "portal@example.com"}
}

type listener struct {
	net.Listener
	server *mailServer
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.server.connections++
	if l.server.over != nil {
		c = l.server.over(c)
	}
	return c, nil
}

func (m *mailServer) session(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{server: m, mail: received{Encrypted: encrypted}}, nil
}

func (m *mailServer) inbox() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// only is the mail that was received, which must be the only one.
func (m *mailServer) only(t *testing.T) received {
	t.Helper()
	mails := m.inbox()
	if len(mails) != 1 {
		t.Fatalf("the server received %d mails, want 1", len(mails))
	}
	return mails[0]
}

type session struct {
	server   *mailServer
	mail     received
	loggedIn bool
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.password != nil && !s.loggedIn {
		return smtp.ErrAuthRequired
	}
	s.mail.From = from
	return s.server.sender
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.server.refuse[to]; err != nil {
		return err
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.taken != nil {
		return s.server.taken
	}
	s.mail.Data = string(data)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

func (s *session) AuthMechanisms() []string { return s.server.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	s.server.mu.Lock()
	s.server.logIns = append(s.server.logIns, mechanism)
	s.server.mu.Unlock()
	check := func(username, password string) error {
		if username != "portal@example.com" || password != s.server.password() {
			return smtp.ErrAuthFailed
		}
		s.loggedIn = true
		return nil
	}
	if mechanism == "LOGIN" {
		return &login{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, username, password string) error { return check(username, password) }), nil
}

// login is the server's side of AUTH LOGIN, which the library no longer has.
type login struct {
	check    func(username, password string) error
	username string
	step     int
}

func (l *login) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.username = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.username, string(response))
}

// certificate makes one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mail.example.com"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatalf("making a certificate: %v", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("reading a certificate: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

// fallsSilent is a server's connection that stops answering, or breaks, once it has read a line
// that begins with a word; the empty word is the very start.
type fallsSilent struct {
	net.Conn
	after  string
	breaks bool

	mu     sync.Mutex
	silent bool
	rest   string
	closed chan struct{}
	once   sync.Once
}

func silentAfter(word string, breaks bool) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn {
		return &fallsSilent{Conn: c, after: word, breaks: breaks, silent: word == "", closed: make(chan struct{})}
	}
}

func (f *fallsSilent) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := strings.Split(f.rest+string(p[:n]), "\r\n")
	f.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		f.silent = f.silent || strings.HasPrefix(line, f.after)
	}
	return n, err
}

func (f *fallsSilent) Write(p []byte) (int, error) {
	f.mu.Lock()
	silent := f.silent
	f.mu.Unlock()
	if !silent {
		return f.Conn.Write(p)
	}
	if f.breaks {
		f.Close()
	}
	<-f.closed
	return 0, errors.New("this server says no more")
}

func (f *fallsSilent) Close() error {
	f.once.Do(func() { close(f.closed) })
	return f.Conn.Close()
}
