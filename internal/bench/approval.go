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

// approvalFigures are the figures of a request to so many reviewers, and of its approval.
type approvalFigures struct {
	reviewers           int
	request, reviewPage *figure
	approval            *figure
}

func newApprovalFigures(reviewers int) *approvalFigures {
	name := func(what string) string { return fmt.Sprintf("%s, %d reviewer(s)", what, reviewers) }
	return &approvalFigures{
		reviewers:  reviewers,
		request:    &figure{name: name("request"), unit: "times", floor: 2, goal: 2.3},
		reviewPage: &figure{name: name("the review's page"), unit: "times", floor: 1},
		approval:   &figure{name: name("approval"), unit: "times", floor: 2, goal: 2.3},
	}
}

// approvals measures how long two people wait when one asks and the other approves, and prints a
// table. No mail server is configured, so sending mail is not measured.
func (b *bench) approvals(ctx context.Context) error {
	all := []*approvalFigures{newApprovalFigures(1), newApprovalFigures(peers)}
	err := b.withPortal(ctx, func(asker *visitor, p *testbed.Portal) error {
		reviewer, err := newVisitor(b.proxy, p, numbered(0))
		if err != nil {
			return err
		}
		if err := b.approve(ctx, newApprovalFigures(1), asker, reviewer); err != nil { // fills the caches of keys and roles
			return err
		}
		for range warmRuns {
			for _, each := range all {
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
	for _, each := range all {
		figures = append(figures, each.request, each.reviewPage, each.approval)
	}
	return b.table(fmt.Sprintf("The portal, warm, with peers and without mail: %v for every upstream call, multiples of that", b.latency), figures)
}

// approve has one person ask and another approve, checks that the policy holds the activation, and
// puts the policy back.
func (b *bench) approve(ctx context.Context, p *approvalFigures, asker, reviewer *visitor) error {
	before, _ := b.testbed.World().Policy("projects/" + peerProject)
	fields, err := asker.fillRequest(ctx, p.reviewers)
	if err != nil {
		return err
	}
	b.testbed.Journal().Reset()
	location, took, err := asker.submit(ctx, peerPage, fields)
	b.record(p.request, took)
	if err != nil {
		return err
	}
	request, _, _ := strings.Cut(location, "?")
	if !strings.HasPrefix(request, "/requests/") {
		return fmt.Errorf("asking leads to %q, which is no request", location)
	}
	b.testbed.Journal().Reset()
	page, took, err := reviewer.get(ctx, request)
	b.record(p.reviewPage, took)
	if err != nil {
		return err
	}
	decision, err := fieldsOf(page, `form[action$="/approve"]`)
	if err != nil {
		return err
	}
	b.testbed.Journal().Reset()
	took, err = reviewer.post(ctx, request+"/approve", decision)
	b.record(p.approval, took)
	if err != nil {
		return err
	}
	after, _ := b.testbed.World().Policy("projects/" + peerProject)
	if made := len(after.GetBindings()) - len(before.GetBindings()); made != 1 {
		return fmt.Errorf("an approval wrote %d bindings", made)
	}
	return b.testbed.World().SetPolicy("projects/"+peerProject, before)
}

// fillRequest returns the filled in form of a request to the first n peers.
func (v *visitor) fillRequest(ctx context.Context, n int) (url.Values, error) {
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

// fieldsOf are the fields of the form that a selector matches on a page.
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
