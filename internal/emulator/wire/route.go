package wire

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// route is one REST binding of a method, such as "POST /v3/{resource=projects/*}:getIamPolicy".
type route struct {
	verb   string
	path   *regexp.Regexp
	fields []string // that the path's groups bind, in order
	body   string   // "*", a field, or none
	method *method
	older  Older
}

var variable = regexp.MustCompile(`\{([a-z_.]+)(=[^}]*)?\}`)

// newRoute compiles the path template of a google.api.http annotation.
func newRoute(verb, template, body string, m *method) *route {
	r := &route{verb: verb, body: body, method: m}
	var expression strings.Builder
	rest := template
	for {
		at := variable.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		expression.WriteString(regexp.QuoteMeta(rest[:at[0]]))
		r.fields = append(r.fields, rest[at[2]:at[3]])
		segments := "*"
		if at[4] >= 0 {
			segments = rest[at[4]+1 : at[5]]
		}
		expression.WriteString("(" + segmentExpression(segments) + ")")
		rest = rest[at[1]:]
	}
	expression.WriteString(regexp.QuoteMeta(rest))
	r.path = regexp.MustCompile("^" + expression.String() + "$")
	return r
}

func segmentExpression(segments string) string {
	var parts []string
	for _, s := range strings.Split(segments, "/") {
		switch s {
		case "*":
			s = "[^/:]+"
		case "**":
			s = ".+"
		default:
			s = regexp.QuoteMeta(s)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "/")
}

// match returns the fields that the path sets; false if the request is for another route.
func (r *route) match(req *http.Request) (url.Values, bool) {
	if req.Method != r.verb {
		return nil, false
	}
	groups := r.path.FindStringSubmatch(req.URL.EscapedPath())
	if groups == nil {
		return nil, false
	}
	values := url.Values{}
	for i, field := range r.fields {
		value, err := url.PathUnescape(groups[i+1])
		if err != nil {
			return nil, false
		}
		values.Set(field, value)
	}
	return values, true
}
