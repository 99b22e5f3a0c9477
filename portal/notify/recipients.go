package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// addressees are the people of a letter that a mail may go to.
type addressees struct {
	to, cc []string            // addresses, each once
	people map[string][]string // who is meant by an address, in lower case
}

// mail sends a letter and answers with whom it did not reach.
func (n *Notifier) mail(ctx context.Context, l letter, p patience, unwritten error) []Failure {
	switch {
	case n.post == nil:
		return everybody(l, &fault{Configuration, errors.New("no mail server is configured")})
	case unwritten != nil:
		return everybody(l, &fault{Configuration, unwritten})
	case !p.beneficiaries.take(l.beneficiary):
		return everybody(l, &fault{Limit, errors.New("the beneficiary has caused too many mails")})
	}
	a, failures := n.address(ctx, l, p)
	recipients := append(append([]string{}, a.to...), a.cc...)
	if len(recipients) == 0 {
		return failures
	}
	text, err := n.write(l, a)
	if err != nil {
		return everybody(l, &fault{Configuration, err})
	}
	refused, failed := n.post.deliver(ctx, recipients, text)
	for _, recipient := range recipients {
		why := refused[recipient]
		if why == nil {
			why = failed
		}
		failures = append(failures, a.failures(recipient, why)...)
	}
	return failures
}

// address finds out whom the mail can go to, and who is left out and why.
func (n *Notifier) address(ctx context.Context, l letter, p patience) (addressees, []Failure) {
	a := addressees{people: map[string][]string{}}
	var failures []Failure
	admit := func(people []string) (addresses []string) {
		for i, person := range people {
			address, why := n.admit(ctx, person, l, p, i)
			if why != nil {
				failures = append(failures, Failure{person, why.reason, why.err})
				continue
			}
			key := strings.ToLower(address)
			if a.people[key] == nil {
				addresses = append(addresses, address)
			}
			a.people[key] = append(a.people[key], person)
		}
		return addresses
	}
	a.to = admit(l.to)
	a.cc = admit(l.cc)
	return a, failures
}

func (n *Notifier) admit(ctx context.Context, person string, l letter, p patience, i int) (string, *fault) {
	if i >= maxPeople {
		return "", &fault{Limit, fmt.Errorf("a mail goes to at most %d people", maxPeople)}
	}
	address, err := n.mapping.address(ctx, person)
	if err != nil {
		return "", &fault{Configuration, fmt.Errorf("addressing %q: %w", name(person), err)}
	}
	if person != l.beneficiary && !p.reviewers.take(person) {
		return "", &fault{Limit, errors.New("the reviewer gets too many mails")}
	}
	return address, nil
}

// failures of all people that one address stands for.
func (a addressees) failures(address string, why *fault) []Failure {
	if why == nil {
		return nil
	}
	var all []Failure
	for _, person := range a.people[strings.ToLower(address)] {
		all = append(all, Failure{person, why.reason, why.err})
	}
	return all
}

// everybody of a letter, untold for the same reason.
func everybody(l letter, why *fault) []Failure {
	var all []Failure
	for _, person := range append(append([]string{}, l.to...), l.cc...) {
		all = append(all, Failure{person, why.reason, why.err})
	}
	return all
}
