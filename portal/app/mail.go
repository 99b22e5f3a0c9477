package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // for NOTIFICATION_TIMEZONE in an image without time zones

	"google.golang.org/api/pubsub/v1"
	"google.golang.org/api/secretmanager/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/notify"
)

// mailEnvironment has the environment variables of mail and Pub/Sub.
type mailEnvironment struct {
	Host     string `env:"SMTP_HOST, default=smtp.gmail.com"`
	Port     string `env:"SMTP_PORT, default=587"`
	StartTLS string `env:"SMTP_ENABLE_STARTTLS, default=true"`
	Name     string `env:"SMTP_SENDER_NAME, default=JIT Access"`
	Address  string `env:"SMTP_SENDER_ADDRESS"`
	Username string `env:"SMTP_USERNAME"`
	Password string `env:"SMTP_PASSWORD"`
	Secret   string `env:"SMTP_SECRET"`
	Options  string `env:"SMTP_OPTIONS"`
	Mapping  string `env:"SMTP_ADDRESS_MAPPING"`
	Zone     string `env:"NOTIFICATION_TIMEZONE, default=UTC"`
	Topic    string `env:"NOTIFICATION_TOPIC"`
}

// MailSettings are a valid configuration of mail and Pub/Sub.
type MailSettings struct {
	SMTP    notify.SMTP // without its secret
	Secret  string      // projects/P/secrets/S/versions/V, or ""
	Mapping string
	Zone    *time.Location
	Topic   string // the name of a topic in the portal's project, or ""
}

var (
	secretVersion = regexp.MustCompile(`^secrets/[A-Za-z0-9_-]+/versions/(latest|[0-9]+)$`)
	topicName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]+$`)
)

// settings reads the settings of mail and Pub/Sub. None of them is required: without a sender's
// address nobody gets mail.
func (e mailEnvironment) settings(p *problems) MailSettings {
	m := MailSettings{
		Secret: e.Secret, Mapping: e.Mapping, Topic: e.Topic, Zone: e.zone(p),
		SMTP: notify.SMTP{
			Host: e.Host, Port: int(p.number("SMTP_PORT", e.Port, 1, 65535)), StartTLS: p.flag("SMTP_ENABLE_STARTTLS", e.StartTLS),
			SenderName: e.Name, SenderAddress: e.Address, Username: e.Username, Password: e.Password,
		},
	}
	if m.SMTP.Port == 25 {
		p.add("SMTP_PORT", e.Port, "is not allowed on Google Cloud; set 587, or 2525 where the server offers it")
	}
	if e.Secret != "" && !validSecret(e.Secret) {
		p.add("SMTP_SECRET", e.Secret, "is no version of a secret; set projects/PROJECT/secrets/NAME/versions/latest")
	}
	if err := notify.CheckMapping(e.Mapping); err != nil {
		p.add("SMTP_ADDRESS_MAPPING", e.Mapping, "is no expression that gives an address: "+err.Error())
	}
	if e.Topic != "" && !validTopic(e.Topic) {
		p.add("NOTIFICATION_TOPIC", e.Topic, "is no name of a topic; set the name alone, of a topic in the portal's own project")
	}
	return m
}

// validSecret reports whether a text is the name of a version of a secret in a project.
func validSecret(name string) bool {
	collection, name, _ := strings.Cut(name, "/")
	project, version, _ := strings.Cut(name, "/")
	return collection == "projects" && eligibility.ResourceName("projects/"+project) && secretVersion.MatchString(version)
}

// validTopic checks the length itself, because a pattern that counts to 255 takes 270 KB of memory
// at each start.
func validTopic(name string) bool {
	return len(name) >= 3 && len(name) <= 255 && topicName.MatchString(name)
}

// zone is the time zone in which mail gives times.
func (e mailEnvironment) zone(p *problems) *time.Location {
	zone, err := time.LoadLocation(e.Zone)
	if err != nil {
		p.add("NOTIFICATION_TIMEZONE", e.Zone, "is no time zone; set one of the IANA database, for example Europe/Berlin")
		return time.UTC
	}
	return zone
}

// warnings are about mail that nobody will get, and settings without effect.
func (e mailEnvironment) warnings() []string {
	var all []string
	if e.Address == "" {
		all = append(all, "SMTP_SENDER_ADDRESS is not set: nobody gets mail, and requests show a link to pass on instead")
	}
	if e.Options != "" {
		all = append(all, "SMTP_OPTIONS has no effect yet")
	}
	return all
}

// newNotifier makes the notifier, with the clients that it needs.
func newNotifier(ctx context.Context, m MailSettings, project string, access *googleapi.Access, clock func() time.Time, log *slog.Logger) (*notify.Notifier, error) {
	options := notify.Options{SMTP: m.SMTP, Mapping: m.Mapping, Zone: m.Zone, Clock: clock, Log: log}
	if m.Secret != "" {
		secrets, err := secretmanager.NewService(ctx, access.REST("secretmanager.googleapis.com")...)
		if err != nil {
			return nil, fmt.Errorf("making a client of Secret Manager: %w", err)
		}
		options.SMTP.Secret = secret{secrets, m.Secret}.read
	}
	if m.Topic != "" {
		topics, err := pubsub.NewService(ctx, access.REST("pubsub.googleapis.com")...)
		if err != nil {
			return nil, fmt.Errorf("making a client of Pub/Sub: %w", err)
		}
		options.Topic = topic{topics, "projects/" + project + "/topics/" + m.Topic}
	}
	return notify.New(options)
}

// secret is the version of a secret in Secret Manager.
type secret struct {
	service *secretmanager.Service
	name    string
}

// read reads the secret. The notifier calls it for its first mail, and again after the mail server
// has refused the password, so that a new version needs no restart. What is told is not charged to
// whoever acted: it would not be told once they have no calls left.
func (s secret) read(ctx context.Context) (string, error) {
	response, err := s.service.Projects.Secrets.Versions.Access(s.name).Context(quota.Shared(ctx)).Do()
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", s.name, err)
	}
	text, err := base64.StdEncoding.DecodeString(response.Payload.Data)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", s.name, err)
	}
	return string(text), nil
}

// topic is a topic of Pub/Sub.
type topic struct {
	service *pubsub.Service
	name    string
}

// Publish implements notify.Publisher. Data is base64url without padding, as JIT Access 1.8.1 sends
// it. It is charged to nobody, like the secret.
func (t topic) Publish(ctx context.Context, data []byte) error {
	request := &pubsub.PublishRequest{Messages: []*pubsub.PubsubMessage{{Data: base64.RawURLEncoding.EncodeToString(data)}}}
	if _, err := t.service.Projects.Topics.Publish(t.name, request).Context(quota.Shared(ctx)).Do(); err != nil {
		return fmt.Errorf("publishing to %s: %w", t.name, err)
	}
	return nil
}
