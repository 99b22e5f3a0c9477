package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// party is what a request and its approval take, with so many reviewers asked.
type party struct {
	reviewers     int
	asks, reviews *figure
	approval      *figure
}

func newParty(reviewers int) *party {
	name := func(what string) string { return fmt.Sprintf("%s, %d reviewer(s)", what, reviewers) }
	return &party{
		reviewers: reviewers,
		asks:      &figure{name: name("request"), unit: "times", floor: 2, goal: 2.3},
		reviews:   &figure{name: name("the review's page"), unit: "times", floor: 1},
		approval:  &figure{name: name("approval"), unit: "times", floor: 2, goal: 2.3},
	}
}

// approvals measures what two people wait for when one asks and the other
// approves, and prints a table. No mail server is set, so no mail is in it.
func (b *bench) approvals(ctx context.Context) error {
	parties := []*party{newParty(1), newParty(peers)}
	err := b.withPortal(ctx, func(asker *visitor, p *testbed.Portal) error {
		reviewer, err := newVisitor(b.proxy, p, numbered(0))
		if err != nil {
			return err
		}
		if err := b.approve(ctx, newParty(1), asker, reviewer); err != nil { // keys and what the role holds are there from now on
			return err
		}
		for range warmRuns {
			for _, each := range parties {
				if err := b.approve(ctx, each, asker, reviewer); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var figures []*figure
	for _, each := range parties {
		figures = append(figures, each.asks, each.reviews, each.approval)
	}
	return b.table(fmt.Sprintf("The portal, warm, with peers and without mail: %v for every upstream call, multiples of that", b.latency), figures)
}

// approve has one person ask and another approve, checks that the policy holds
// the activation, and puts the policy back.
func (b *bench) approve(ctx context.Context, p *party, asker, reviewer *visitor) error {
	before, _ := b.testbed.World().Policy("projects/" + peerProject)
	fields, err := asker.appeal(ctx, p.reviewers)
	if err != nil {
		return err
	}
	b.testbed.Journal().Reset()
	location, took, err := asker.submit(ctx, peerPage, fields)
	b.note(p.asks, took)
	if err != nil {
		return err
	}
	request, _, _ := strings.Cut(location, "?")
	if !strings.HasPrefix(request, "/requests/") {
		return fmt.Errorf("asking leads to %q, which is no request", location)
	}
	b.testbed.Journal().Reset()
	page, took, err := reviewer.get(ctx, request)
	b.note(p.reviews, took)
	if err != nil {
		return err
	}
	decision, err := fieldsOf(page, `form[action$="/approve"]`)
	if err != nil {
		return err
	}
	b.testbed.Journal().Reset()
	took, err = reviewer.post(ctx, request+"/approve", decision)
	b.note(p.approval, took)
	if err != nil {
		return err
	}
	after, _ := b.testbed.World().Policy("projects/" + peerProject)
	if made := len(after.GetBindings()) - len(before.GetBindings()); made != 1 {
		return fmt.Errorf("an approval wrote %d bindings", made)
	}
	return b.testbed.World().SetPolicy("projects/"+peerProject, before)
}

// appeal fills in the form that asks the first n peers.
func (v *visitor) appeal(ctx context.Context, n int) (url.Values, error) {
	reference := eligibility.Reference{Role: peerRole, Constraint: eligibility.MultiPartyApproval}.Encode()
	page, _, err := v.get(ctx, peerPage+"?"+url.Values{"role": {reference}}.Encode())
	if err != nil {
		return nil, err
	}
	fields, err := fieldsOf(page, "form[method=post]")
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	fields.Del("reviewer")
	for _, box := range document.Find("input[name=reviewer]").EachIter() {
		if len(fields["reviewer"]) < n {
			fields.Add("reviewer", box.AttrOr("value", ""))
		}
	}
	if len(fields["reviewer"]) < n || !strings.HasPrefix(fields.Get("reviewer"), numbered(0)+" ") {
		return nil, fmt.Errorf("the form offers %q, which are too few or the wrong ones", fields["reviewer"])
	}
	fields.Set("justification", "CASE-1042 fail over the ledger")
	fields.Set("duration", "30m")
	return fields, nil
}

// fieldsOf are the fields of a form as it stands on a page.
func fieldsOf(page, selector string) (url.Values, error) {
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	form := document.Find(selector)
	if form.Length() != 1 {
		return nil, errors.New("the page has no form " + selector)
	}
	return testbed.Fields(form), nil
}

const peerPage = "/projects/" + peerProject + "/request"
