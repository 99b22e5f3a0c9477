// Command bench measures the portal and the provider as released, with the same delay before every
// answer of an emulated Google Cloud, and prints tables.
//
// Every figure is printed beside its floor, which is measured in the same run because only ratios
// can be compared between machines, and beside its goal. It judges none of them; it fails only
// where something does not work. See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

type options struct {
	binaries string
	latency  time.Duration
	runs     int
	only     string
}

// bench is what all measurements share.
type bench struct {
	options
	testbed *testbed.Testbed
	proxy   *iap.Proxy
}

func main() {
	var o options
	flag.StringVar(&o.binaries, "bin", "bin", "folder of the built binaries")
	flag.DurationVar(&o.latency, "latency", 50*time.Millisecond, "how long every upstream call takes")
	flag.IntVar(&o.runs, "runs", 5, "how often what takes long is measured")
	flag.StringVar(&o.only, "only", "", "regular expression: portal, portal approval, portal hostile, provider or provider contention; default all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return fmt.Errorf("reading -only: %w", err)
	}
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.testbed.Close()) }()
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
	}{
		{"portal", b.portals}, {"portal approval", b.approvals}, {"portal hostile", b.hostile},
		{"provider", b.providers}, {"provider contention", b.contention},
	} {
		if !only.MatchString(part.name) {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("measuring the %s: %w", part.name, err)
		}
	}
	return nil
}

func newBench(o options) (*bench, error) {
	if o.runs < 1 || o.latency <= 0 {
		return nil, errors.New("at least one run and some latency are needed")
	}
	binaries, err := filepath.Abs(o.binaries)
	if err != nil {
		return nil, err
	}
	o.binaries = binaries
	b := &bench{options: o}
	b.testbed, err = testbed.New(testbed.Options{
		Emulator: emulator.Options{Latency: o.latency},
		Portal:   []string{b.binary("portal")},
		Env:      testbed.Unlimited(),
	})
	if err != nil {
		return nil, err
	}
	if err := populate(b.testbed.World()); err != nil {
		return nil, errors.Join(err, b.testbed.Close())
	}
	b.proxy = b.testbed.IAP(iap.Options{Upstream: &url.URL{}, Audience: b.testbed.Audience()})
	return b, nil
}

func (b *bench) binary(name string) string { return filepath.Join(b.binaries, name) }

func (b *bench) table(title string, figures []*figure) error {
	return printTable(os.Stdout, title, figures)
}
