// Command emulator runs an emulated Google Cloud for any client, and prints the environment
// variables that lead clients to it. It ends with the first interrupt, and stores nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "emulator:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	options  emulator.Options
	world    string
	metadata []string
	iap      *url.URL
	audience string
	token    string
}

// service is the Cloud Run service that a portal behind the stand-in is, unless an audience is
// given.
const service = "jit-access"

// run serves until the context ends.
func run(ctx context.Context, args []string, out, problems io.Writer) error {
	s, err := parse(args, problems)
	if err != nil {
		return err
	}
	if s.world != "" {
		s.options.WorldName = s.world
		if s.options.World, err = os.ReadFile(s.world); err != nil {
			return fmt.Errorf("reading the world: %w", err)
		}
	}
	e, err := emulator.New(s.options)
	if err != nil {
		return err
	}
	if err := announce(e, s, out); err != nil {
		return errors.Join(err, e.Close())
	}
	<-ctx.Done()
	return e.Close()
}

func parse(args []string, problems io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.StringVar(&s.options.Listen, "listen", "127.0.0.1:8085", "`address` to listen on, REST and gRPC; anyone who reaches it can do anything")
	flags.StringVar(&s.world, "world", "", "`file` with the organization, JSON (default: the demo's)")
	flags.DurationVar(&s.options.IndexLag, "index-lag", 0, "how far searches and effective policies are behind")
	flags.DurationVar(&s.options.MembershipLag, "membership-lag", 0, "how far group memberships are behind")
	flags.DurationVar(&s.options.Latency, "latency", 0, "how long every call takes")
	flags.BoolVar(&s.options.FirstConflict, "first-conflict", false, "somebody else edits every policy just before it is first written")
	flags.BoolVar(&s.options.FirstUnavailable, "first-unavailable", false, "every service answers 503 once")
	flags.BoolVar(&s.options.Quotas, "quotas", false, "enforce Google's documented quotas")
	flags.BoolVar(&s.options.Strict, "strict", false, "refuse condition titles over 100 and descriptions over 256 characters")
	flags.Func("metadata", "start a metadata server for the service account with this `email`; can be given several times", func(email string) error {
		s.metadata = append(s.metadata, email)
		return nil
	})
	flags.Func("iap", "put a stand-in for Identity-Aware Proxy in front of the portal at this `address`, host and port or URL", func(address string) (err error) {
		s.iap, err = portalAt(address)
		return err
	})
	flags.StringVar(&s.audience, "audience", "", "`audience` of assertions (default: that of the service "+service+" on Cloud Run, as the first -metadata account)")
	flags.StringVar(&s.token, "token", "", "print an access token of the person or service account with this `email`, good for an hour")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("%s: no arguments are taken", flags.Arg(0))
	}
	if s.iap != nil && s.audience == "" && len(s.metadata) == 0 {
		return settings{}, errors.New("-iap: give -audience, or -metadata for a portal on Cloud Run")
	}
	return s, nil
}

// portalAt reads where a portal listens.
func portalAt(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("want host and port, or a URL without a path")
	}
	return u, nil
}

// announce prints NAME=value lines and comments, which a shell can read between set -a and set +a.
// The last line says that everything is served.
func announce(e *emulator.Emulator, s settings, out io.Writer) error {
	lines := e.Environment()
	for _, email := range s.metadata {
		host, err := e.Metadata(email)
		if err != nil {
			return err
		}
		lines = append(lines, "# "+email, "GCE_METADATA_HOST="+host)
	}
	if s.iap != nil {
		front, err := putIAP(e, s)
		if err != nil {
			return err
		}
		lines = append(lines, front...)
	}
	if s.token != "" {
		if !e.World().Exists("serviceAccount", s.token) && !e.World().Exists("user", s.token) {
			return fmt.Errorf("making a token: no user or service account %s", s.token)
		}
		lines = append(lines, "# "+s.token, "GOOGLE_OAUTH_ACCESS_TOKEN="+e.Token(s.token))
	}
	lines = append(lines, "# Ready; Ctrl-C ends it")
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// putIAP starts the stand-in, and returns the environment of the portal behind it: where people
// open it, and, unless an audience is given, the name of its service.
func putIAP(e *emulator.Emulator, s settings) ([]string, error) {
	lines := []string{"# Identity-Aware Proxy in front of " + s.iap.String()}
	if s.audience == "" {
		s.audience = e.Audience(s.metadata[0], service)
		lines = append(lines, "K_SERVICE="+service)
	}
	address, err := e.StartIAP(iap.Options{Upstream: s.iap, Audience: s.audience})
	return append(lines, "PUBLIC_URL=http://"+address), err
}
