package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// recipients are the addresses that a letter goes to, and whose they are.
type recipients struct {
	to, cc []string            // addresses, each once
	people map[string][]string // by address, in lower case
}

// mail sends a letter and returns whom it did not reach. The draftErr is why there is no letter to
// send.
func (n *Notifier) mail(ctx context.Context, l letter, limits rateLimits, draftErr error) []failure {
	switch {
	case n.mailer == nil:
		return failAll(l, &fault{Configuration, errors.New("no mail server is configured")})
	case draftErr != nil:
		return failAll(l, &fault{Configuration, draftErr})
	case !limits.beneficiaries.take(l.beneficiary):
		return failAll(l, &fault{Limit, errors.New("the beneficiary has caused too many mails")})
	}
	a, failures := n.addressees(ctx, l, limits)
	addresses := append(append([]string{}, a.to...), a.cc...)
	if len(addresses) == 0 {
		return failures
	}
	text, err := n.write(l, a)
	if err != nil {
		return failAll(l, &fault{Configuration, err})
	}
	refused, failed := n.mailer.deliver(ctx, addresses, text)
	for _, recipient := range addresses {
		why := refused[recipient]
		if why == nil {
			why = failed
		}
		failures = append(failures, a.failures(recipient, why)...)
	}
	return failures
}

// addressees returns whom the mail can go to, and a failure for everybody else.
func (n *Notifier) addressees(ctx context.Context, l letter, limits rateLimits) (recipients, []failure) {
	a := recipients{people: map[string][]string{}}
	var failures []failure
	addressesOf := func(people []string) (addresses []string) {
		for i, person := range people {
			address, why := n.addressOf(ctx, person, l, limits, i)
			if why != nil {
				failures = append(failures, failure{person, why.reason, why.err})
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
	a.to = addressesOf(l.to)
	a.cc = addressesOf(l.cc)
	return a, failures
}

// addressOf returns the address of the i-th person of a list, or why none may be used.
func (n *Notifier) addressOf(ctx context.Context, person string, l letter, limits rateLimits, i int) (string, *fault) {
	if i >= maxPeople {
		return "", &fault{Limit, fmt.Errorf("a mail goes to at most %d people", maxPeople)}
	}
	address, err := n.mapping.address(ctx, person)
	if err != nil {
		return "", &fault{Configuration, fmt.Errorf("addressing %q: %w", name(person), err)}
	}
	if person != l.beneficiary && !limits.reviewers.take(person) {
		return "", &fault{Limit, errors.New("the reviewer gets too many mails")}
	}
	return address, nil
}

// failures are those of all people whose mail goes to one address.
func (a recipients) failures(address string, why *fault) []failure {
	if why == nil {
		return nil
	}
	var all []failure
	for _, person := range a.people[strings.ToLower(address)] {
		all = append(all, failure{person, why.reason, why.err})
	}
	return all
}

// failAll returns a failure for each person of a letter, for the same reason.
func failAll(l letter, why *fault) []failure {
	var all []failure
	for _, person := range append(append([]string{}, l.to...), l.cc...) {
		all = append(all, failure{person, why.reason, why.err})
	}
	return all
}
