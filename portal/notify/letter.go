package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// letter is one mail before it is known which of its people can be addressed.
type letter struct {
	beneficiary string
	to, cc      []string // people
	id          string   // Message-ID without brackets
	inReplyTo   string   // Message-ID of the mail that this one replies to; "" for none
	subject     string
	content     content
}

// letter writes the mail about a notice. Beside an error it still holds whom it is for.
func (n *Notifier) letter(m notice) (letter, error) {
	l := n.envelope(m)
	if m.Home == "" {
		return l, errNoAddress
	}
	if _, err := parseLink(m.Request); m.Verb == event.Request && err != nil {
		return l, fmt.Errorf("linking to the request: %w", err)
	}
	home, err := parseLink(m.Home)
	if err != nil {
		return l, fmt.Errorf("linking to the portal: %w", err)
	}
	switch {
	case m.Verb == event.Request:
		l.content = n.request(m)
	case m.HasRequest():
		l.content = n.decision(m)
	default:
		l.content = n.revocation(m)
	}
	l.content.Title = l.subject
	l.content.Sender = prose(n.server.SenderName, maxName)
	l.content.Host = name(home.Host)
	l.content.Foot += fmt.Sprintf(" Sent by %s at %s.", l.content.Sender, l.content.Host)
	return l, nil
}

// envelope is a letter without its content. A decision is a reply to the request; a revocation by
// an administrator is none, because there may have been no mail before.
func (n *Notifier) envelope(m notice) letter {
	toBeneficiary := []string{m.Beneficiary}
	switch {
	case m.Verb == event.Request:
		return letter{
			beneficiary: m.Beneficiary, to: m.Reviewers, cc: toBeneficiary,
			id: n.messageID(m, requestMail), subject: title(m),
		}
	case m.HasRequest():
		return letter{
			beneficiary: m.Beneficiary, to: toBeneficiary, cc: m.Reviewers,
			id: n.messageID(m, string(m.Verb.Decision())), inReplyTo: n.messageID(m, requestMail), subject: "Re: " + title(m),
		}
	}
	l := letter{
		beneficiary: m.Beneficiary, to: toBeneficiary, cc: []string{m.By.Email},
		id:      n.messageID(m, string(m.Verb.Decision())),
		subject: fmt.Sprintf("%s on %s was revoked from %s", subject(m.grant().Role), subject(m.Project()), subject(m.Beneficiary)),
	}
	if m.By.Email == m.Beneficiary {
		l.cc = nil
	}
	return l
}

// requestMail is the kind of mail that decisions reply to.
const requestMail = "request"

// grant is the one that the mail is about: requests and revocations have exactly one.
func (m notice) grant() event.Grant {
	if len(m.Grants) == 0 {
		return event.Grant{}
	}
	return m.Grants[0]
}

// title is the subject. It holds nothing that the beneficiary wrote.
func title(m notice) string {
	return fmt.Sprintf("%s asks for %s on %s", subject(m.Beneficiary), subject(m.grant().Role), subject(m.Project()))
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// messageID is computed from the event, so that a decision names the mail that it replies to
// although nobody stores its id. A mail that is sent again has the same one.
func (n *Notifier) messageID(m notice, kind string) string {
	id := m.ID
	if !idForm.MatchString(id) {
		since := m.Asked
		if !m.HasRequest() {
			since = m.Start
		}
		sum := sha256.Sum256([]byte(strings.Join([]string{m.ID, m.Beneficiary, m.Project(), m.grant().Role, instant(since)}, "\x00")))
		id = hex.EncodeToString(sum[:12])
	}
	return id + "." + kind + "@" + n.server.domain()
}

// write makes the mail: text and HTML, quoted-printable, UTF-8.
func (n *Notifier) write(l letter, a recipients) ([]byte, error) {
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
