package systemtest

import (
	"io"
	"mime"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailFault is how the mail server fails to take a mail.
type mailFault string

const (
	refusing mailFault = "refuse" // to take anything
	hanging  mailFault = "hang"   // without a reply to DATA
	dropping mailFault = "drop"   // the connection after DATA, with the mail
)

// mailbox is a mail server in this process, which stores all mails and forwards none.
type mailbox struct {
	server  *smtp.Server
	address string
	ended   chan struct{}

	mu       sync.Mutex
	mails    []receivedMail
	faults   map[string]mailFault // by beneficiary or reviewer
	password string               // of everybody who sends; "": none is asked for
}

// mailUser is the user who logs in where a password is required.
const mailUser = "jit-access@example.com"

// receivedMail is one mail as it was received.
type receivedMail struct {
	To      []string
	Subject string
	Header  mail.Header
	Raw     string
}

// openMailbox listens until the test ends.
func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &mailbox{address: listener.Addr().String(), ended: make(chan struct{}), faults: map[string]mailFault{}}
	b.server = smtp.NewServer(smtp.BackendFunc(b.session))
	b.server.Domain, b.server.MaxMessageBytes, b.server.ErrorLog = "mail.example.com", 1<<20, discardLog{}
	b.server.AllowInsecureAuth = true // on this machine
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = b.server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		close(b.ended)
		_ = b.server.Close()
		_ = listener.Close() // the server may not know it yet
		<-served
	})
	return b
}

func (b *mailbox) session(c *smtp.Conn) (smtp.Session, error) {
	s := &conversation{mailbox: b, conn: c}
	if b.requiredPassword() == "" {
		return s, nil
	}
	return &authenticated{conversation: s}, nil
}

// requirePassword refuses mail without this password from now on.
func (b *mailbox) requirePassword(password string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.password = password
}

func (b *mailbox) requiredPassword() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.password
}

// environment points a portal to this server.
func (b *mailbox) environment() []string {
	_, port, _ := net.SplitHostPort(b.address)
	return []string{"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + port, "SMTP_ENABLE_STARTTLS=false", "SMTP_SENDER_ADDRESS=jit-access@example.com"}
}

// setFault makes the server fail for all mail to somebody; "" ends that.
func (b *mailbox) setFault(email string, m mailFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults[email] = m
}

// to are the mails to somebody.
func (b *mailbox) to(email string) []receivedMail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.mails), func(l receivedMail) bool { return !slices.Contains(l.To, email) })
}

// confirmations are the mails to somebody that reply to others.
func (b *mailbox) confirmations(email string) []receivedMail {
	return slices.DeleteFunc(b.to(email), func(l receivedMail) bool { return l.Header.Get("In-Reply-To") == "" })
}

// conversation is one connection.
type conversation struct {
	mailbox *mailbox
	conn    *smtp.Conn
	to      []string
}

func (c *conversation) fault() mailFault {
	c.mailbox.mu.Lock()
	defer c.mailbox.mu.Unlock()
	for _, to := range c.to {
		if m := c.mailbox.faults[to]; m != "" {
			return m
		}
	}
	return ""
}

func (c *conversation) Mail(string, *smtp.MailOptions) error { return nil }

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = append(c.to, to)
	if c.fault() == refusing {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "upstream said: no mail from you"}
	}
	return nil
}

func (c *conversation) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch c.fault() {
	case hanging:
		<-c.mailbox.ended
	case dropping:
		return c.conn.Conn().Close()
	}
	return c.store(string(text))
}

func (c *conversation) store(text string) error {
	message, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return err
	}
	c.mailbox.mu.Lock()
	defer c.mailbox.mu.Unlock()
	c.mailbox.mails = append(c.mailbox.mails, receivedMail{To: c.to, Subject: subject, Header: message.Header, Raw: text})
	return nil
}

func (c *conversation) Reset()        { c.to = nil }
func (c *conversation) Logout() error { return nil }

// authenticated is a conversation that requires a password.
type authenticated struct {
	*conversation
	loggedIn bool
}

func (g *authenticated) AuthMechanisms() []string { return []string{sasl.Plain} }

func (g *authenticated) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != mailUser || password != g.mailbox.requiredPassword() {
			return smtp.ErrAuthFailed
		}
		g.loggedIn = true
		return nil
	}), nil
}

func (g *authenticated) Mail(from string, o *smtp.MailOptions) error {
	if !g.loggedIn {
		return smtp.ErrAuthRequired
	}
	return g.conversation.Mail(from, o)
}

// discardLog discards the log of the server, whose conversations may break.
type discardLog struct{}

func (discardLog) Printf(string, ...any) {}
func (discardLog) Println(...any)        {}
