package main

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// inbox is the mail server of the demo: it stores all mails in one inbox, and forwards none.
type inbox struct {
	server   *smtp.Server
	listener net.Listener
	closed   chan struct{}

	mu            sync.Mutex
	mails         []received
	conversations int
	hostile       bool // the first conversations fail
}

// received is one mail.
type received struct {
	At                   time.Time
	To                   []string
	Subject, Text        string
	MessageID, InReplyTo string
}

// openInbox listens on a free port of the loopback interface.
func openInbox(hostile bool) (*inbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for mail: %w", err)
	}
	b := &inbox{listener: listener, hostile: hostile, closed: make(chan struct{})}
	b.server = smtp.NewServer(smtp.BackendFunc(b.session))
	b.server.Domain, b.server.MaxMessageBytes = "mail.example.com", 1<<20
	b.server.ReadTimeout, b.server.WriteTimeout = time.Minute, time.Minute
	b.server.ErrorLog = discardLog{}
	go func() { _ = b.server.Serve(listener) }() // ends with Close
	return b, nil
}

// environment points a portal to this server.
func (b *inbox) environment() []string {
	_, port, _ := net.SplitHostPort(b.listener.Addr().String())
	return []string{
		"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + port, "SMTP_ENABLE_STARTTLS=false",
		"SMTP_SENDER_ADDRESS=jit-access@example.com",
	}
}

// Close ends all conversations.
func (b *inbox) Close() error {
	close(b.closed)
	return b.server.Close()
}

// all returns what has arrived, the newest first.
func (b *inbox) all() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	mails := slices.Clone(b.mails)
	slices.Reverse(mails)
	return mails
}

// newest returns the newest mail to somebody whose subject begins so.
func (b *inbox) newest(to, subject string) (received, error) {
	for _, m := range b.all() {
		if slices.Contains(m.To, to) && strings.HasPrefix(m.Subject, subject) {
			return m, nil
		}
	}
	return received{}, fmt.Errorf("the inbox has no mail to %s about %q", to, subject)
}

// link is the address in a mail that leads to a request.
func (m received) link() (string, error) {
	for _, word := range strings.Fields(m.Text) {
		if strings.Contains(word, "/?activation=") {
			return word, nil
		}
	}
	return "", fmt.Errorf("the mail %q has no link to a request", m.Subject)
}

// behaviour is how the server behaves in one conversation.
type behaviour int

const (
	normal        behaviour = iota
	rejecting               // refuses the mail
	silent                  // does not reply
	disconnecting           // accepts the mail, and disconnects without a reply
)

// nextBehaviour is that of the next conversation: with the hostile profile the first three fail,
// each in its own way.
func (b *inbox) nextBehaviour() behaviour {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conversations++
	if !b.hostile || b.conversations > faultyConversations {
		return normal
	}
	return []behaviour{rejecting, silent, disconnecting}[b.conversations-1]
}

func (b *inbox) session(c *smtp.Conn) (smtp.Session, error) { return &session{inbox: b, conn: c}, nil }

// session is one conversation.
type session struct {
	inbox     *inbox
	conn      *smtp.Conn
	behaviour behaviour
	to        []string
}

// maxSilence is longer than anybody should wait for a reply.
const maxSilence = 30 * time.Second

func (s *session) Mail(string, *smtp.MailOptions) error {
	s.behaviour = s.inbox.nextBehaviour()
	switch s.behaviour {
	case rejecting:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	case silent:
		select {
		case <-s.inbox.closed:
		case <-time.After(maxSilence):
		}
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	m, err := read(r)
	if err != nil {
		return err
	}
	m.To = s.to
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.mails = append(s.inbox.mails, m)
	if s.behaviour == disconnecting {
		return s.conn.Close()
	}
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// read parses a mail: its subject, the ids of mails, and its plain text.
func read(r io.Reader) (received, error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return received{}, fmt.Errorf("reading a mail: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return received{}, fmt.Errorf("reading a subject: %w", err)
	}
	m := received{
		At: time.Now().UTC(), Subject: subject,
		MessageID: message.Header.Get("Message-Id"), InReplyTo: message.Header.Get("References"),
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return received{}, fmt.Errorf("reading a content type: %w", err)
	}
	m.Text, err = plainPart(multipart.NewReader(message.Body, parameters["boundary"]))
	return m, err
}

func plainPart(parts *multipart.Reader) (string, error) {
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", fmt.Errorf("looking for plain text: %w", err)
		}
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			continue
		}
		var text bytes.Buffer
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		_, err = io.Copy(&text, body)
		return text.String(), err
	}
}

// at returns the mail with a number of the inbox page, which counts from 0.
func (b *inbox) at(number string) (received, bool) {
	mails := b.all()
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(mails) {
		return received{}, false
	}
	return mails[i], true
}

// discardLog discards the log of the server, whose conversations may break.
type discardLog struct{}

func (discardLog) Printf(string, ...any) {}
func (discardLog) Println(...any)        {}
