package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// environment has the environment variables of the portal. Names, defaults and units are those of
// JIT Access 1.8.1, except where marked as ours. A blank value counts as unset.
type environment struct {
	Scope          string `env:"RESOURCE_SCOPE"`
	Project        string `env:"GOOGLE_CLOUD_PROJECT"`
	CustomerID     string `env:"RESOURCE_CUSTOMER_ID"`
	Catalog        string `env:"RESOURCE_CATALOG"`
	ProjectsQuery  string `env:"AVAILABLE_PROJECTS_QUERY"`
	OldTimeout     string `env:"ELEVATION_DURATION"`
	Timeout        string `env:"ACTIVATION_TIMEOUT"`
	MaxRoles       string `env:"ACTIVATION_REQUEST_MAX_ROLES, default=10"`
	MinReviewers   string `env:"ACTIVATION_REQUEST_MIN_REVIEWERS, default=1"`
	MaxReviewers   string `env:"ACTIVATION_REQUEST_MAX_REVIEWERS, default=10"`
	RequestTimeout string `env:"ACTIVATION_REQUEST_TIMEOUT, default=60"`
	Pattern        string `env:"JUSTIFICATION_PATTERN"`
	Hint           string `env:"JUSTIFICATION_HINT, default=Bug or case number"`
	BackendService string `env:"IAP_BACKEND_SERVICE_ID"`
	VerifyAudience string `env:"IAP_VERIFY_AUDIENCE, default=true"`
	CloudRun       string `env:"K_SERVICE"`
	AppEngine      string `env:"GAE_SERVICE"`
	Port           string `env:"PORT, default=8080"`
	Listen         string `env:"LISTEN_ADDRESS"` // ours: host:port, in place of PORT
	Endpoint       string `env:"GOOGLE_API_ENDPOINT"`
	Administrators string `env:"ADMINISTRATORS"`   // ours: users and groups, by commas
	Guarded        string `env:"GUARDED_PROJECTS"` // ours: ids, by commas
	PublicURL      string `env:"PUBLIC_URL"`       // ours: where people open the portal
	Quota          quotaEnvironment
	Mail           mailEnvironment
}

// Settings are a valid configuration.
type Settings struct {
	Scope          string // "" until the metadata server names the project
	Customer       string // of Cloud Identity or Workspace; "" for the service account's own
	Rules          activation.Rules
	BackendService string
	VerifyAudience bool
	CloudRun       string
	AppEngine      string
	Listen         string // host:port
	Endpoint       string
	Administrators []eligibility.Principal
	Guarded        []string // ids of projects on which nothing is activated, beside the portal's own
	PublicURL      string   // without a slash at the end; "" where it is not set, see publicURL
	Quota          QuotaSettings
	Mail           MailSettings
	Warnings       []string // for administrators, logged at the start
}

// Read reads the configuration. The error joins all problems, each with the name of the variable,
// what is wrong with it and what to set.
func Read(ctx context.Context, lookup func(string) (string, bool)) (Settings, error) {
	var e environment
	config := envconfig.Config{Target: &e, Lookuper: trimmed(lookup)}
	if err := envconfig.ProcessWith(ctx, &config); err != nil {
		return Settings{}, fmt.Errorf("reading the environment: %w", err)
	}
	var p problems
	var warnings []string
	s := Settings{
		Scope: e.scope(&p), Customer: e.CustomerID, BackendService: e.BackendService, CloudRun: e.CloudRun, AppEngine: e.AppEngine,
		Listen: e.listen(&p), Endpoint: e.Endpoint, VerifyAudience: p.flag("IAP_VERIFY_AUDIENCE", e.VerifyAudience),
		Rules: e.rules(&p, &warnings),
	}
	s.Administrators = e.administrators(&p)
	s.Guarded = e.guarded(&p)
	s.PublicURL = e.publicURL(&p)
	s.Mail = e.Mail.settings(&p)
	s.Quota = e.Quota.settings(&p)
	if e.CustomerID != "" && !strings.HasPrefix(e.CustomerID, "C") {
		p.add("RESOURCE_CUSTOMER_ID", e.CustomerID, "is no customer; set the id that begins with C, which the Admin console shows")
	}
	e.checkCatalog(&p)
	e.checkAudience(&p, s.VerifyAudience)
	s.Warnings = slices.Concat(warnings, e.warnings(s.VerifyAudience), e.Mail.warnings(), e.Quota.warnings(s.Quota))
	return s, errors.Join(p...)
}

// rules are the rules of activations. The fewest reviewers are bounded by the most, so that a
// request can be made at all.
func (e environment) rules(p *problems, warnings *[]string) activation.Rules {
	var r activation.Rules
	r.Maximum, r.Pattern, r.Hint = e.maximum(p, warnings), e.pattern(p), e.Hint
	r.MaxRoles = int(cappedNumber("ACTIVATION_REQUEST_MAX_ROLES", e.MaxRoles, web.MaxRoles, "no form carries more", p, warnings))
	r.MaxReviewers = int(cappedNumber("ACTIVATION_REQUEST_MAX_REVIEWERS", e.MaxReviewers, request.MaxReviewers, "no link carries more", p, warnings))
	r.RequestTimeout = time.Duration(cappedNumber("ACTIVATION_REQUEST_TIMEOUT", e.RequestTimeout, longestRequest,
		"IAM Credentials signs for 12 hours at most, of which a minute is left for clocks that differ", p, warnings)) * time.Minute
	r.MinReviewers = int(p.number("ACTIVATION_REQUEST_MIN_REVIEWERS", e.MinReviewers, 1, int64(r.MaxReviewers)))
	return r
}

// trimmed looks up variables as JIT Access 1.8.1 does: without spaces around the value.
func trimmed(lookup func(string) (string, bool)) envconfig.Lookuper {
	return envconfig.LookuperFunc(func(key string) (string, bool) {
		value, _ := lookup(key)
		value = strings.TrimSpace(value)
		return value, value != ""
	})
}

// scope is the configured scope. Without one it is the configured project, and without that the one
// that the metadata server names.
func (e environment) scope(p *problems) string {
	if e.Scope == "" {
		if e.Project == "" {
			return ""
		}
		return "projects/" + e.Project
	}
	project, isProject := strings.CutPrefix(e.Scope, "projects/")
	if isProject && !eligibility.ProjectCanExist(project) || !isProject && !eligibility.ResourceName(e.Scope) {
		p.add("RESOURCE_SCOPE", e.Scope, "is no scope; set organizations/NUMBER, folders/NUMBER or projects/ID")
	}
	return e.Scope
}

const (
	// longestRequest is the longest time that a request can wait, in minutes.
	longestRequest = int64(request.MaxLifetime/time.Minute) - 1
	// longestWindow is the longest activation, in minutes.
	longestWindow = int64(request.MaxWindow / time.Minute)
)

// maximum is the longest activation. If both variables are set, the deprecated one counts, as in
// JIT Access 1.8.1.
func (e environment) maximum(p *problems, warnings *[]string) time.Duration {
	name, value := "ACTIVATION_TIMEOUT", e.Timeout
	if e.OldTimeout != "" {
		name, value = "ELEVATION_DURATION", e.OldTimeout
	}
	if value == "" {
		return 2 * time.Hour
	}
	return time.Duration(cappedNumber(name, value, longestWindow, "that is a year", p, warnings)) * time.Minute
}

// pattern is the pattern of justifications, or nil if any will do.
func (e environment) pattern(p *problems) *regexp.Regexp {
	pattern, err := justificationPattern(e.Pattern)
	if err != nil {
		p.add("JUSTIFICATION_PATTERN", e.Pattern, err.Error())
	}
	return pattern
}

// listen is the address to listen on. By default it is every interface, as a container needs.
func (e environment) listen(p *problems) string {
	if e.Listen == "" {
		p.number("PORT", e.Port, 0, 65535)
		return ":" + e.Port
	}
	if _, _, err := net.SplitHostPort(e.Listen); err != nil {
		p.add("LISTEN_ADDRESS", e.Listen, "is no address; set HOST:PORT, for example 127.0.0.1:8080")
	}
	return e.Listen
}

// administrators are the people and groups who may revoke everything. One bad entry is a problem,
// because leaving it out would take rights from somebody without a word.
func (e environment) administrators(p *problems) []eligibility.Principal {
	named, bad := parseAdministrators(e.Administrators)
	for _, text := range bad {
		p.add("ADMINISTRATORS", text, "is nobody; set user:NAME@DOMAIN or group:NAME@DOMAIN, several by commas")
	}
	return named
}

// maxGuarded is how many projects GUARDED_PROJECTS may name.
const maxGuarded = 20

// guarded are the ids of the projects that are guarded beside the portal's own. A number is
// refused, because orders name a project by its id.
func (e environment) guarded(p *problems) (ids []string) {
	for text := range strings.SplitSeq(e.Guarded, ",") {
		id := strings.TrimSpace(text)
		switch {
		case id == "":
		case !eligibility.ProjectCanExist(id):
			p.add("GUARDED_PROJECTS", id, "is no project; set ids of projects, not numbers, several by commas")
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	if len(ids) > maxGuarded {
		p.add("GUARDED_PROJECTS", "", fmt.Sprintf("names %d projects; set at most %d", len(ids), maxGuarded))
	}
	return ids
}

// publicURL is what links in mail begin with. Only a loopback address may use http.
func (e environment) publicURL(p *problems) string {
	if e.PublicURL == "" {
		return ""
	}
	u, err := url.Parse(e.PublicURL)
	local := err == nil && u.Scheme == "http" && net.ParseIP(u.Hostname()).IsLoopback()
	if err != nil || u.Host == "" || u.Scheme != "https" && !local || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		p.add("PUBLIC_URL", e.PublicURL, "is no address of a portal; set https://HOST")
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// checkCatalog refuses the catalogs of JIT Access 1.8.1 that the portal does not have. Without a
// catalog, a customer id means AssetInventory there too.
func (e environment) checkCatalog(p *problems) {
	const remedy = "set RESOURCE_CATALOG=AssetInventory, and grant the portal's service account roles/cloudasset.viewer on the scope " +
		"and the right to read groups"
	switch {
	case strings.EqualFold(e.Catalog, "AssetInventory"):
	case e.Catalog == "" && e.CustomerID != "":
	case e.Catalog == "":
		p.add("RESOURCE_CATALOG", "", "is not set, which means PolicyAnalyzer, and this version has no such catalog; "+remedy)
	case strings.EqualFold(e.Catalog, "PolicyAnalyzer"):
		p.add("RESOURCE_CATALOG", e.Catalog, "is no catalog of this version; "+remedy)
	default:
		p.add("RESOURCE_CATALOG", e.Catalog, "is no catalog; "+remedy)
	}
}

// checkAudience requires a setting to derive the audience of assertions from, unless the check of
// the audience is off.
func (e environment) checkAudience(p *problems, verify bool) {
	if e.BackendService != "" && strings.Trim(e.BackendService, "0123456789") != "" {
		p.add("IAP_BACKEND_SERVICE_ID", e.BackendService, "is no number; set the generated id of the backend service, not its name")
	}
	if verify && e.BackendService == "" && e.CloudRun == "" && e.AppEngine == "" {
		p.add("IAP_BACKEND_SERVICE_ID", "", "is not set; behind a load balancer set the generated id of the backend service, "+
			"so that assertions made for others are refused")
	}
}

// warnings are about settings that weaken the portal or have no effect.
func (e environment) warnings(verified bool) []string {
	var all []string
	if e.OldTimeout != "" && e.Timeout != "" {
		all = append(all, "ELEVATION_DURATION and ACTIVATION_TIMEOUT are both set: the first, deprecated one counts, as in JIT Access 1.8.1")
	}
	if !verified {
		all = append(all, "IAP_VERIFY_AUDIENCE is off: assertions made for any service of this project are accepted")
	}
	if e.ProjectsQuery != "" {
		all = append(all, "AVAILABLE_PROJECTS_QUERY has no effect: everybody sees the projects that they have roles on, and no others")
	}
	if e.Endpoint != "" {
		all = append(all, "GOOGLE_API_ENDPOINT is set: every call to Google goes to "+e.Endpoint)
	}
	return all
}
