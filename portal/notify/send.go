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

// patienceToQuit is how long a server that has taken the mail may take to say
// goodbye. What it says changes nothing.
const patienceToQuit = time.Second

// maxReplies bounds what a server may answer during one connection.
const maxReplies = 1 << 20

// post is the way to the mail server.
type post struct {
	server SMTP
	secret *secret // nil: no log-in
}

func newPost(s SMTP) *post {
	p := &post{server: s}
	if s.Dial == nil {
		p.server.Dial = (&net.Dialer{}).DialContext
	}
	switch {
	case !s.authenticates():
	case s.Secret != nil:
		p.secret = &secret{read: s.Secret}
	default:
		p.secret = fixed(s.Password)
	}
	return p
}

// deliver hands a mail over for all recipients at once. Those that the server
// refuses are in the answer; a fault concerns all the others. The second
// connection is for a password that was replaced since it was read.
func (p *post) deliver(ctx context.Context, recipients []string, mail []byte) (map[string]*fault, *fault) {
	if p.secret == nil {
		return p.attempt(ctx, "", recipients, mail)
	}
	password, err := p.secret.value(ctx, "")
	if err != nil {
		return nil, because(ctx, Configuration, err)
	}
	refused, failed := p.attempt(ctx, password, recipients, mail)
	if failed == nil || failed.reason != Authentication {
		return refused, failed
	}
	again, err := p.secret.value(ctx, password)
	if err != nil || again == password {
		return refused, failed
	}
	return p.attempt(ctx, again, recipients, mail)
}

// attempt is one connection. It is closed when attempt returns or the context
// ends, whichever comes first.
func (p *post) attempt(ctx context.Context, password string, recipients []string, mail []byte) (map[string]*fault, *fault) {
	conn, err := p.server.Dial(ctx, "tcp", net.JoinHostPort(p.server.Host, strconv.Itoa(p.server.Port)))
	if err != nil {
		return nil, because(ctx, Connection, fmt.Errorf("connecting to the mail server: %w", err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, failed := p.open(ctx, conn, password)
	if failed != nil {
		return nil, failed
	}
	refused, failed := p.submit(ctx, client, recipients, mail)
	if failed == nil {
		_ = conn.SetDeadline(time.Now().Add(patienceToQuit))
		_ = client.Quit()
	}
	return refused, failed
}

// open greets, turns TLS on and logs in.
func (p *post) open(ctx context.Context, conn net.Conn, password string) (*smtp.Client, *fault) {
	client, err := smtp.NewClient(&bounded{Conn: conn, left: maxReplies}, p.server.Host)
	if err != nil {
		return nil, because(ctx, Connection, fmt.Errorf("being greeted by the mail server: %w", err))
	}
	client.SkipSMTPUTF8(true)
	if err := client.Hello(p.server.domain()); err != nil {
		return nil, because(ctx, Connection, fmt.Errorf("greeting the mail server: %w", err))
	}
	if p.server.StartTLS {
		if err := p.encrypt(client); err != nil {
			return nil, because(ctx, TLS, err)
		}
	}
	if p.secret != nil {
		if err := p.logIn(client, password); err != nil {
			return nil, because(ctx, Authentication, err)
		}
	}
	return client, nil
}

func (p *post) encrypt(client *smtp.Client) error {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return errors.New("the mail server does not offer STARTTLS")
	}
	config := &tls.Config{ServerName: p.server.Host, RootCAs: p.server.Roots, MinVersion: tls.VersionTLS12}
	if err := client.StartTLS(config); err != nil {
		return fmt.Errorf("turning TLS on: %w", err)
	}
	return nil
}

func (p *post) logIn(client *smtp.Client, password string) error {
	_, offer := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(offer))
	var mechanism smtp.Auth
	switch {
	case slices.Contains(offered, "PLAIN"):
		mechanism = smtp.PlainAuth("", p.server.Username, password, p.server.Host, p.server.loopback())
	case slices.Contains(offered, "LOGIN"):
		mechanism = smtp.LoginAuth(p.server.Username, password, p.server.Host, p.server.loopback())
	default:
		return fmt.Errorf("the mail server offers neither PLAIN nor LOGIN but %q", offer)
	}
	if err := client.Auth(mechanism); err != nil {
		return fmt.Errorf("logging in to the mail server: %w", err)
	}
	return nil
}

// submit is one transaction: recipients that are refused do not keep the mail
// from the others.
func (p *post) submit(ctx context.Context, client *smtp.Client, recipients []string, mail []byte) (map[string]*fault, *fault) {
	if err := client.Mail("<" + p.server.SenderAddress + ">"); err != nil {
		return nil, because(ctx, Connection, fmt.Errorf("naming the sender: %w", err))
	}
	refused := map[string]*fault{}
	for _, to := range recipients {
		if err := client.Rcpt("<" + to + ">"); err != nil {
			failed := because(ctx, Connection, fmt.Errorf("naming a recipient: %w", err))
			if failed.reason != Refused {
				return nil, failed
			}
			refused[to] = failed
		}
	}
	if len(refused) == len(recipients) {
		return refused, nil
	}
	body, err := client.Data()
	if err != nil {
		return refused, because(ctx, Connection, fmt.Errorf("starting the mail: %w", err))
	}
	if _, err := body.Write(mail); err != nil {
		return refused, because(ctx, Connection, fmt.Errorf("sending the mail: %w", err))
	}
	if err := body.Close(); err != nil {
		return refused, because(ctx, Connection, fmt.Errorf("waiting for the mail to be taken: %w", err))
	}
	return refused, nil
}

// because finds the reason. At a stage where the reason is the connection, a
// server that answers and says no refuses.
func because(ctx context.Context, stage string, err error) *fault {
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

// codeUnavailable closes the connection (RFC 5321, section 3.8).
const codeUnavailable = 421

// bounded is a connection that a server cannot fill the memory through.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the mail server says too much")
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
