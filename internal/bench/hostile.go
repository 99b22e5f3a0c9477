package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// hostileAtOnce is how many requests a hostile person has under way.
const hostileAtOnce = 8

// hostile measures the portal beside a hostile person, and prints a table.
func (b *bench) hostile(ctx context.Context) error {
	figures, err := b.besideHostile(ctx)
	if err != nil {
		return err
	}
	return b.table(fmt.Sprintf("The portal, beside a hostile person, %v for every upstream call, multiples of that", b.latency), figures)
}

// besideHostile measures what a person waits for while another one, who has nothing, sends the
// portal all that it takes, as fast as it answers. The portal has Google's documented quotas, which
// the emulator enforces.
func (b *bench) besideHostile(ctx context.Context) (figures []*figure, err error) {
	limited := &bench{options: b.options}
	limited.testbed, err = testbed.New(testbed.Options{
		Emulator: emulator.Options{Latency: b.latency, Quotas: true}, Portal: []string{b.binary("portal")}, Env: []string{"MAX_INSTANCES=1"},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, limited.testbed.Close()) }()
	if err := populate(limited.testbed.World()); err != nil {
		return nil, err
	}
	limited.proxy = limited.testbed.IAP(iap.Options{Upstream: &url.URL{}, Audience: limited.testbed.Audience()})
	err = limited.withPortal(ctx, func(v *visitor, p *testbed.Portal) error {
		figures, err = limited.compare(ctx, v, p)
		return err
	})
	return figures, err
}

// compare measures a person alone and beside the hostile one.
func (b *bench) compare(ctx context.Context, v *visitor, p *testbed.Portal) ([]*figure, error) {
	home, activation, err := b.homesAndActivations(ctx, v, "alone")
	if err != nil {
		return nil, err
	}
	stop, err := b.disturb(ctx, p)
	if err != nil {
		return nil, err
	}
	besideHome, besideActivation, err := b.homesAndActivations(ctx, v, "beside a hostile person")
	sent := stop()
	if err != nil {
		return nil, err
	}
	besideHome.counts, besideActivation.counts = fmt.Sprintf("%d requests of theirs meanwhile", sent), ""
	return []*figure{home, besideHome, ratioOf("home", besideHome, home), activation, besideActivation, ratioOf("activation", besideActivation, activation)}, nil
}

// ratioOf is how many times longer a person waits beside the hostile one.
func ratioOf(what string, beside, alone *figure) *figure {
	f := &figure{name: what + ", the ratio of the medians", unit: "ratio", goal: 2}
	f.add(beside.median() / alone.median())
	return f
}

func (b *bench) homesAndActivations(ctx context.Context, v *visitor, who string) (home, activation *figure, err error) {
	home, activation = &figure{name: "home, " + who, unit: "times", floor: 2}, &figure{name: "activation of 1 role, " + who, unit: "times", floor: 2}
	for range warmRuns {
		if err := b.timeGet(ctx, v, home, homePage); err != nil {
			return nil, nil, err
		}
		if err := b.timeActivation(ctx, v, activation, 1); err != nil {
			return nil, nil, err
		}
	}
	return home, activation, nil
}

// disturb has a hostile person send requests until the function that it returns is called, which
// returns how many they were.
func (b *bench) disturb(ctx context.Context, p *testbed.Portal) (stop func() int64, err error) {
	hostile, err := newVisitor(b.proxy, p, numbered(bindings-1))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var sent atomic.Int64
	var all sync.WaitGroup
	for range hostileAtOnce {
		all.Go(func() {
			for ctx.Err() == nil {
				hostile.harm(ctx, sent.Add(1))
			}
		})
	}
	return func() int64 {
		cancel()
		all.Wait()
		return sent.Load()
	}, nil
}

// harm sends one of the things that a hostile person sends, whatever the answer is.
func (v *visitor) harm(ctx context.Context, n int64) {
	method, address, fields := http.MethodGet, homePage, url.Values{}
	switch n % 4 {
	case 1:
		address = fmt.Sprintf("/projects/nothing-%04d", n)
	case 2:
		method, address, fields = http.MethodPost, activatePage, forgedForm(n)
	case 3:
		method, address, fields = http.MethodPost, projectPage+"/end", forgedForm(n)
	}
	request, err := http.NewRequestWithContext(ctx, method, v.base+address, strings.NewReader(fields.Encode()))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("X-Goog-Iap-Jwt-Assertion", v.assertion)
	if response, err := v.client.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// forgedForm is a form that names groups and folders which have nothing to do with the project.
func forgedForm(n int64) url.Values {
	fields := url.Values{"id": {fmt.Sprintf("jit-%016d", n)}, "justification": {"CASE-1041 the disk is full"}, "duration": {"30m"}}
	for i, role := range roles[:10] {
		fields.Add("role", eligibility.Reference{
			Role: role, Constraint: eligibility.SelfApproval, Hint: eligibility.Evidence{
				Resource: fmt.Sprintf("folders/%d", 10*n+int64(i)), Digest: strings.Repeat("A", 43),
				Member: eligibility.Principal{Kind: eligibility.Group, Email: fmt.Sprintf("forged-%d-%d@example.com", n, i)},
			},
		}.Encode())
	}
	return fields
}
