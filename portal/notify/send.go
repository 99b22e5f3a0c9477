package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// quitTimeout bounds the wait for the reply to QUIT. The mail was accepted before, so the reply
// changes nothing.
const quitTimeout = time.Second

// maxReplies is how many bytes a server may send during one connection.
const maxReplies = 1 << 20

// mailer delivers mails to the mail server.
type mailer struct {
	server SMTP
	secret *secret // nil: no log-in
}

func newMailer(s SMTP) *mailer {
	m := &mailer{server: s}
	if s.Dial == nil {
		m.server.Dial = (&net.Dialer{}).DialContext
	}
	switch {
	case !s.authenticates():
	case s.Secret != nil:
		m.secret = &secret{read: s.Secret}
	default:
		m.secret = &secret{read: func(context.Context) (string, error) { return s.Password, nil }}
	}
	return m
}

// deliver hands a mail over for all recipients at once. It returns a fault for each one that the
// server refuses, and one that concerns all the others. It connects a second time if the password
// was replaced since it was read.
func (m *mailer) deliver(ctx context.Context, addresses []string, mail []byte) (map[string]*fault, *fault) {
	if m.secret == nil {
		return m.attempt(ctx, "", addresses, mail)
	}
	password, err := m.secret.value(ctx, "")
	if err != nil {
		return nil, faultOf(ctx, Configuration, err)
	}
	refused, failed := m.attempt(ctx, password, addresses, mail)
	if failed == nil || failed.reason != Authentication {
		return refused, failed
	}
	newer, err := m.secret.value(ctx, password)
	if err != nil || newer == password {
		return refused, failed
	}
	return m.attempt(ctx, newer, addresses, mail)
}

// attempt is one connection. It is closed when attempt returns or the context ends, whichever comes
// first.
func (m *mailer) attempt(ctx context.Context, password string, addresses []string, mail []byte) (map[string]*fault, *fault) {
	conn, err := m.server.Dial(ctx, "tcp", net.JoinHostPort(m.server.Host, strconv.Itoa(m.server.Port)))
	if err != nil {
		return nil, faultOf(ctx, Connection, fmt.Errorf("connecting to the mail server: %w", err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, failed := m.open(ctx, conn, password)
	if failed != nil {
		return nil, failed
	}
	refused, failed := m.submit(ctx, client, addresses, mail)
	if failed == nil {
		_ = conn.SetDeadline(time.Now().Add(quitTimeout))
		_ = client.Quit()
	}
	return refused, failed
}

// open greets the server, turns TLS on and logs in.
func (m *mailer) open(ctx context.Context, conn net.Conn, password string) (*smtp.Client, *fault) {
	client, err := smtp.NewClient(&limitedConn{Conn: conn, left: maxReplies}, m.server.Host)
	if err != nil {
		return nil, faultOf(ctx, Connection, fmt.Errorf("being greeted by the mail server: %w", err))
	}
	client.SkipSMTPUTF8(true)
	if err := client.Hello(m.server.domain()); err != nil {
		return nil, faultOf(ctx, Connection, fmt.Errorf("greeting the mail server: %w", err))
	}
	if m.server.StartTLS {
		if err := m.encrypt(client); err != nil {
			return nil, faultOf(ctx, TLS, err)
		}
	}
	if m.secret != nil {
		if err := m.logIn(client, password); err != nil {
			return nil, faultOf(ctx, Authentication, err)
		}
	}
	return client, nil
}

func (m *mailer) encrypt(client *smtp.Client) error {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return errors.New("the mail server does not offer STARTTLS")
	}
	config := &tls.Config{ServerName: m.server.Host, RootCAs: m.server.Roots, MinVersion: tls.VersionTLS12}
	if err := client.StartTLS(config); err != nil {
		return fmt.Errorf("turning TLS on: %w", err)
	}
	return nil
}

func (m *mailer) logIn(client *smtp.Client, password string) error {
	_, offer := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(offer))
	var mechanism smtp.Auth
	switch {
	case slices.Contains(offered, "PLAIN"):
		mechanism = smtp.PlainAuth("", m.server.Username, password, m.server.Host, m.server.loopback())
	case slices.Contains(offered, "LOGIN"):
		mechanism = smtp.LoginAuth(m.server.Username, password, m.server.Host, m.server.loopback())
	default:
		return fmt.Errorf("the mail server offers neither PLAIN nor LOGIN but %q", offer)
	}
	if err := client.Auth(mechanism); err != nil {
		return fmt.Errorf("logging in to the mail server: %w", err)
	}
	return nil
}

// submit is one mail transaction. It goes on without recipients that are refused.
func (m *mailer) submit(ctx context.Context, client *smtp.Client, addresses []string, mail []byte) (map[string]*fault, *fault) {
	if err := client.Mail("<" + m.server.SenderAddress + ">"); err != nil {
		return nil, faultOf(ctx, Connection, fmt.Errorf("naming the sender: %w", err))
	}
	refused := map[string]*fault{}
	for _, to := range addresses {
		if err := client.Rcpt("<" + to + ">"); err != nil {
			failed := faultOf(ctx, Connection, fmt.Errorf("naming a recipient: %w", err))
			if failed.reason != Refused {
				return nil, failed
			}
			refused[to] = failed
		}
	}
	if len(refused) == len(addresses) {
		return refused, nil
	}
	body, err := client.Data()
	if err != nil {
		return refused, faultOf(ctx, Connection, fmt.Errorf("starting the mail: %w", err))
	}
	if _, err := body.Write(mail); err != nil {
		return refused, faultOf(ctx, Connection, fmt.Errorf("sending the mail: %w", err))
	}
	if err := body.Close(); err != nil {
		return refused, faultOf(ctx, Connection, fmt.Errorf("waiting for the mail to be taken: %w", err))
	}
	return refused, nil
}

// faultOf tells why a stage failed. Where the stage is the connection and the server replied with
// an error, the reason is that it refused.
func faultOf(ctx context.Context, stage string, err error) *fault {
	var reply *textproto.Error
	var network net.Error
	replied, broken := errors.As(err, &reply), errors.As(err, &network)
	switch {
	case ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) || broken && network.Timeout():
		return &fault{Timeout, err}
	case replied && reply.Code == codeUnavailable:
		return &fault{Connection, err}
	case replied && stage == Connection:
		return &fault{Refused, err}
	case stage == Authentication && (broken || errors.Is(err, io.EOF)):
		return &fault{Connection, err}
	}
	return &fault{stage, err}
}

// codeUnavailable is the reply with which a server closes the connection (RFC 5321, section 3.8).
const codeUnavailable = 421

// limitedConn fails after so many bytes, so that a server cannot fill the memory.
type limitedConn struct {
	net.Conn
	left int
}

func (b *limitedConn) Read(m []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the mail server says too much")
	}
	n, err := b.Conn.Read(m[:min(len(m), b.left)])
	b.left -= n
	return n, err
}
