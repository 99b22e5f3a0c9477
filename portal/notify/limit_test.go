package notify

import (
	"fmt"
	"testing"
	"time"
)

// clock is one that a test turns.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func TestBuckets_LetABurstThroughAndThenOneAtATime(t *testing.T) {
	t.Parallel()
	c := &clock{noon}
	b := newBuckets(Rate{Burst: 3, Every: time.Minute}, c.read)
	take := func(after time.Duration, want bool) {
		t.Helper()
		c.now = noon.Add(after)
		if got := b.take("Alice@example.com"); got != want {
			t.Errorf("after %v: take = %v, want %v", after, got, want)
		}
	}
	take(0, true)
	take(0, true)
	take(time.Second, true)
	take(time.Second, false)
	take(59*time.Second, false)
	take(60*time.Second, true)
	take(60*time.Second, false)
	take(time.Hour, true)
	take(time.Hour, true)
	take(time.Hour, true)
	take(time.Hour, false)
	if b.take("alice@EXAMPLE.com") {
		t.Error("another case is another bucket")
	}
	if !b.take("bob@example.com") {
		t.Error("one person's bucket is another's")
	}
}

func TestBuckets_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := &clock{noon}
	b := newBuckets(Rate{Burst: 2, Every: time.Minute}, c.read)
	b.take("alice@example.com")
	b.take("alice@example.com")
	for i := range maxBuckets + 10 {
		b.take(fmt.Sprintf("person%d@example.com", i))
	}
	if len(b.limiters) > maxBuckets {
		t.Errorf("%d buckets, want %d at most", len(b.limiters), maxBuckets)
	}
	if b.take("alice@example.com") {
		t.Error("the emptiest bucket was forgotten while others were fuller")
	}
	c.now = noon.Add(time.Hour)
	b.take("bob@example.com")
	if len(b.limiters) != 1 {
		t.Errorf("%d buckets are kept although they are full again", len(b.limiters))
	}
}

func TestLimits_RequestsOfOneBeneficiary(t *testing.T) {
	t.Parallel()
	server, c := &mailServer{}, &clock{noon}
	n := newNotifier(t, Options{
		SMTP: server.start(t, nil), Clock: c.read,
		Limits: Limits{PerBeneficiary: Rate{Burst: 1, Every: time.Minute}},
	})
	check(t, n.notify(t.Context(), request()), nil)
	check(t, n.notify(t.Context(), request()), everyoneFor(Limit))
	check(t, n.notify(t.Context(), approval()), nil)
	check(t, n.notify(t.Context(), approval()), nil)
	check(t, n.notify(t.Context(), approval()), everyoneFor(Limit))
	other := request()
	other.Beneficiary, other.Reviewers = "dave@example.com", []string{"bob@example.com"}
	check(t, n.notify(t.Context(), other), nil)
	c.now = noon.Add(time.Minute)
	check(t, n.notify(t.Context(), request()), nil)
	if got := len(server.inbox()); got != 5 {
		t.Errorf("the server received %d mails, want 5", got)
	}
}

func TestLimits_MailsToOneReviewer_LeaveTheOthersAlone(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	n := newNotifier(t, Options{
		SMTP:   server.start(t, nil),
		Limits: Limits{PerReviewer: Rate{Burst: 1, Every: time.Minute}},
	})
	first := request()
	first.Reviewers = []string{"bob@example.com"}
	check(t, n.notify(t.Context(), first), nil)
	check(t, n.notify(t.Context(), request()), map[string]string{"bob@example.com": Limit})
	last := open(t, server.inbox()[1].Data)
	if got := last.header.Get("To"); got != "<carol@example.com>" {
		t.Errorf("the second mail is to %q", got)
	}
	check(t, n.notify(t.Context(), first), map[string]string{"bob@example.com": Limit})
	if got := open(t, server.inbox()[2].Data).header; got["To"] != nil || got.Get("Cc") != "<alice@example.com>" {
		t.Errorf("the third mail has the headers %v", got)
	}
}
