package web

import (
	"strconv"
	"testing"
	"time"
)

func TestLinkLimiter_GivesOneLinkBackInTwoSeconds(t *testing.T) {
	t.Parallel()
	l, at := newLinkLimiter(), time.Date(2026, 11, 19, 2, 14, 30, 0, time.UTC)
	taken := func() (n int) {
		for l.take("bob@example.com", at) {
			n++
		}
		return n
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 30}, {0, 0}, {1900 * time.Millisecond, 0}, {100 * time.Millisecond, 1}, {20 * time.Second, 10}, {time.Minute, 30}, {time.Hour, 30}} {
		at = at.Add(c.after)
		if got := taken(); got != c.want {
			t.Errorf("%v later %d links pass, want %d", c.after, got, c.want)
		}
	}
}

// Whoever has all links left is forgotten first: nobody's count is lost to people who come by.
func TestLinkLimiter_RemembersABoundedNumberOfPeople(t *testing.T) {
	t.Parallel()
	l, at := newLinkLimiter(), time.Date(2026, 11, 19, 2, 14, 30, 0, time.UTC)
	for i := range maxLinkPeople - 1 {
		l.take(strconv.Itoa(i), at)
	}
	at = at.Add(time.Minute)
	for l.take("mallory@example.com", at) {
	}
	for i := range maxLinkPeople / 2 {
		l.take("later"+strconv.Itoa(i), at)
	}
	if n := len(l.people); n > maxLinkPeople/2+1 {
		t.Errorf("%d people are remembered, want those of the last minute", n)
	}
	if l.take("mallory@example.com", at) {
		t.Error("what mallory has used up is forgotten")
	}
	for i := range maxLinkPeople/2 + 100 {
		l.take("more"+strconv.Itoa(i), at)
		if n := len(l.people); n > maxLinkPeople {
			t.Fatalf("%d people are remembered", n)
		}
	}
}
