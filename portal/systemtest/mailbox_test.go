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

// mood is how a mail server treats the mail of a request whose justification says so.
type mood string

const (
	refusing mood = "refuse" // to take anything
	hanging  mood = "hang"   // without an answer to DATA
	dropping mood = "drop"   // the connection after DATA, with the mail
)

// mailbox is a mail server in this process: what is sent to it lands here, and nothing leaves it.
type mailbox struct {
	server  *smtp.Server
	address string
	ended   chan struct{}

	mu       sync.Mutex
	mails    []letter
	moods    map[string]mood // by beneficiary or reviewer
	password string          // of everybody who sends; "": none is asked for
}

// mailUser is who logs in where a password is asked for.
const mailUser = "jit-access@example.com"

// letter is one mail as it came.
type letter struct {
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
	b := &mailbox{address: listener.Addr().String(), ended: make(chan struct{}), moods: map[string]mood{}}
	b.server = smtp.NewServer(smtp.BackendFunc(b.session))
	b.server.Domain, b.server.MaxMessageBytes, b.server.ErrorLog = "mail.example.com", 1<<20, quiet{}
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
	if b.asks() == "" {
		return s, nil
	}
	return &guarded{conversation: s}, nil
}

// ask lets nobody send any more without this password.
func (b *mailbox) ask(password string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.password = password
}

func (b *mailbox) asks() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.password
}

// environment points a portal to this server.
func (b *mailbox) environment() []string {
	_, port, _ := net.SplitHostPort(b.address)
	return []string{"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + port, "SMTP_ENABLE_STARTTLS=false", "SMTP_SENDER_ADDRESS=jit-access@example.com"}
}

// treat makes the server treat all mail to somebody so; "" is well.
func (b *mailbox) treat(email string, m mood) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moods[email] = m
}

// to are the mails to somebody.
func (b *mailbox) to(email string) []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.mails), func(l letter) bool { return !slices.Contains(l.To, email) })
}

// confirmations are the mails to somebody that answer others.
func (b *mailbox) confirmations(email string) []letter {
	return slices.DeleteFunc(b.to(email), func(l letter) bool { return l.Header.Get("In-Reply-To") == "" })
}

// conversation is one connection.
type conversation struct {
	mailbox *mailbox
	conn    *smtp.Conn
	to      []string
}

func (c *conversation) mood() mood {
	c.mailbox.mu.Lock()
	defer c.mailbox.mu.Unlock()
	for _, to := range c.to {
		if m := c.mailbox.moods[to]; m != "" {
			return m
		}
	}
	return ""
}

func (c *conversation) Mail(string, *smtp.MailOptions) error { return nil }

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = append(c.to, to)
	if c.mood() == refusing {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "upstream said: no mail from you"}
	}
	return nil
}

func (c *conversation) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch c.mood() {
	case hanging:
		<-c.mailbox.ended
	case dropping:
		return c.conn.Conn().Close()
	}
	return c.keep(string(text))
}

func (c *conversation) keep(text string) error {
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
	c.mailbox.mails = append(c.mailbox.mails, letter{To: c.to, Subject: subject, Header: message.Header, Raw: text})
	return nil
}

func (c *conversation) Reset()        { c.to = nil }
func (c *conversation) Logout() error { return nil }

// guarded is a conversation with a server that asks for a password.
type guarded struct {
	*conversation
	passed bool
}

func (g *guarded) AuthMechanisms() []string { return []string{sasl.Plain} }

func (g *guarded) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != mailUser || password != g.mailbox.asks() {
			return smtp.ErrAuthFailed
		}
		g.passed = true
		return nil
	}), nil
}

func (g *guarded) Mail(from string, o *smtp.MailOptions) error {
	if !g.passed {
		return smtp.ErrAuthRequired
	}
	return g.conversation.Mail(from, o)
}

// quiet is the log of a server whose conversations may break.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
