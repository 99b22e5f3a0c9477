package audit

import (
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// entry is a line of the log without its message: Record writes it, and Read reads it.
type entry struct {
	Labels labels `json:"logging.googleapis.com/labels"`
	Trace  string `json:"logging.googleapis.com/trace"`
	payload
}

// payload is what labels cannot hold: Cloud Logging copies them into metrics and alerts, and lists
// in them are text for people.
type payload struct {
	Version   int            `json:"v"`
	Verb      event.Verb     `json:"verb"`
	Roles     []role         `json:"roles"`
	Token     string         `json:"token"`
	Decision  event.Decision `json:"decision"`
	DecidedBy string         `json:"decided_by"`
}

// role is a grant in the payload. Cut says that its condition was left out because it is too long.
type role struct {
	Project   string `json:"project"`
	Role      string `json:"role"`
	Condition string `json:"condition"`
	Cut       bool   `json:"cut,omitempty"`
}

// version is that of the payload. Lines of another one are not read.
const version = 1

func entryOf(e event.Event) entry {
	p := payload{Version: version, Verb: e.Verb}
	if e.Verb != event.SignIn {
		p.Roles = rolesOf(e.Grants)
	}
	if e.Verb == event.Request && e.Refusal == nil && isToken(e.Token) {
		p.Token = e.Token
	}
	if e.TooLate() {
		p.Decision, p.DecidedBy = e.Decision, cut(e.DecidedBy, maxText)
	}
	return entry{Labels: labelsOf(e), payload: p}
}

func (p payload) attrs() []slog.Attr {
	all := []slog.Attr{slog.Int("v", p.Version), slog.String("verb", string(p.Verb))}
	if len(p.Roles) > 0 {
		all = append(all, slog.Any("roles", p.Roles))
	}
	for _, text := range []struct{ key, value string }{
		{"token", p.Token}, {"decision", string(p.Decision)}, {"decided_by", p.DecidedBy},
	} {
		if text.value != "" {
			all = append(all, slog.String(text.key, text.value))
		}
	}
	return all
}

// rolesOf returns as many grants as fit into a line, and their conditions as far as these fit too.
// Everything that can be activated fits; what a refused form names may not.
func rolesOf(grants []event.Grant) []role {
	var all []role
	left := maxRolesSize
	for _, g := range grants[:min(len(grants), maxRoles)] {
		r := role{Project: cut(g.Project(), maxText), Role: cut(g.Role, maxText), Cut: g.ConditionCut || g.Condition != ""}
		if r.size() > left {
			break
		}
		all, left = append(all, r), left-r.size()
	}
	for i, r := range all {
		if g := grants[i]; !g.ConditionCut {
			r.Condition, r.Cut = valid(g.Condition), false
		}
		if more := r.size() - all[i].size(); more <= left {
			all[i], left = r, left-more
		}
	}
	return all
}

// size is the most bytes that a role takes in a line.
func (r role) size() int {
	text, err := json.Marshal(r)
	if err != nil {
		return maxRolesSize + 1
	}
	return len(text) + len(",")
}

// isToken tells whether a text has the compact form of a signed token, RFC 7515 section 7.1.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && strings.Trim(s, urlSafe+".") == ""
}

// isDigest tells whether a text can be the digest of an eligible binding: a form may hold anything.
func isDigest(s string) bool {
	return s != "" && len(s) <= maxDigest && strings.Trim(s, urlSafe) == ""
}

// urlSafe is the alphabet of base64url, RFC 4648 section 5.
const urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
