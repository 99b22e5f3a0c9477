package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// letter is one mail before it is known which of its people can be addressed.
type letter struct {
	beneficiary string
	to, cc      []string // people
	id          string   // Message-ID without brackets
	inReplyTo   string   // Message-ID of the mail that this one answers; "" for none
	subject     string
	content     content
}

// requestedLetter asks. Even with an error it names its people.
func (n *Notifier) requestedLetter(r Request) (letter, error) {
	l := letter{
		beneficiary: r.Beneficiary, to: r.Reviewers, cc: []string{r.Beneficiary},
		id: n.messageID(r, "request"), subject: title(r),
	}
	if _, err := address(r.Link); err != nil {
		return l, fmt.Errorf("linking to the request: %w", err)
	}
	home, err := address(r.Home)
	if err != nil {
		return l, fmt.Errorf("linking to the portal: %w", err)
	}
	l.content = n.request(r)
	n.frame(&l, home)
	return l, nil
}

// decidedLetter answers. Even with an error it names its people.
func (n *Notifier) decidedLetter(d Decision) (letter, error) {
	l := letter{
		beneficiary: d.Beneficiary, to: []string{d.Beneficiary}, cc: d.Reviewers,
		id: n.messageID(d.Request, string(d.Verdict)), inReplyTo: n.messageID(d.Request, "request"),
		subject: "Re: " + title(d.Request),
	}
	home, err := address(d.Home)
	if err != nil {
		return l, fmt.Errorf("linking to the portal: %w", err)
	}
	l.content = n.decision(d)
	n.frame(&l, home)
	return l, nil
}

// revokedLetter answers nothing: there may have been no mail before. Even with
// an error it names its people.
func (n *Notifier) revokedLetter(r Revocation) (letter, error) {
	l := letter{
		beneficiary: r.Beneficiary, to: []string{r.Beneficiary}, cc: []string{r.By},
		id:      n.messageID(r.request(), string(Revoked)),
		subject: fmt.Sprintf("%s on %s was revoked from %s", subject(r.Role), subject(r.Project), subject(r.Beneficiary)),
	}
	if r.By == r.Beneficiary {
		l.cc = nil
	}
	home, err := address(r.Home)
	if err != nil {
		return l, fmt.Errorf("linking to the portal: %w", err)
	}
	l.content = n.revocation(r)
	n.frame(&l, home)
	return l, nil
}

func (n *Notifier) frame(l *letter, home *url.URL) {
	l.content.Title = l.subject
	l.content.Sender = prose(n.server.SenderName, maxName)
	l.content.Host = name(home.Host)
	l.content.Foot += fmt.Sprintf(" Sent by %s at %s.", l.content.Sender, l.content.Host)
}

// title is the subject. It holds no words of the beneficiary's.
func title(r Request) string {
	return fmt.Sprintf("%s asks for %s on %s", subject(r.Beneficiary), subject(r.Role), subject(r.Project))
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// messageID is the same each time, so that answers find the mail that they
// answer although no one remembers it. A mail that is sent again has the same.
func (n *Notifier) messageID(r Request, kind string) string {
	id := r.ID
	if !idForm.MatchString(id) {
		sum := sha256.Sum256([]byte(strings.Join([]string{r.ID, r.Beneficiary, r.Project, r.Role, instant(r.Asked)}, "\x00")))
		id = hex.EncodeToString(sum[:12])
	}
	return id + "." + kind + "@" + n.server.domain()
}

// write makes the mail: text and HTML, quoted-printable, UTF-8.
func (n *Notifier) write(l letter, a addressees) ([]byte, error) {
	page, err := l.content.html()
	if err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&mail.Address{Name: n.server.SenderName, Address: n.server.SenderAddress})
	if len(a.to) > 0 { // the library would write an empty header
		m.ToMailAddress(mailboxes(a.to)...)
	}
	if len(a.cc) > 0 {
		m.CcMailAddress(mailboxes(a.cc)...)
	}
	m.Subject(l.subject)
	m.SetDateWithValue(n.clock().In(n.zone))
	m.SetMessageIDWithValue(l.id)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.inReplyTo != "" {
		m.SetGenHeader(gomail.HeaderInReplyTo, "<"+l.inReplyTo+">")
		m.SetGenHeader(gomail.HeaderReferences, "<"+l.inReplyTo+">")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.content.text())
	m.AddAlternativeString(gomail.TypeTextHTML, page)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("writing a mail: %w", err)
	}
	return b.Bytes(), nil
}

func mailboxes(addresses []string) []*mail.Address {
	all := make([]*mail.Address, len(addresses))
	for i, one := range addresses {
		all[i] = &mail.Address{Address: one}
	}
	return all
}
