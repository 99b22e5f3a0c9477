package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Any site can make a browser send requests to the portal, with the sign-in of whoever reads that
// site. The portal acts only on forms of its own pages, and another site can open a page of it only
// as the whole document of a window, as a link does. What a browser says about where a request
// comes from is in headers that no page can set: www.w3.org/TR/fetch-metadata.

// Links of other sites are counted for each person: 30 at once, and then 30 a minute. Mail in a
// browser, old bookmarks on a page and the return from the sign-in need fewer.
const (
	linkBurst    = 30
	linkInterval = time.Minute / linkBurst
	// maxLinkPeople bounds the memory of the limiter.
	maxLinkPeople = 10_000
)

// checkOrigin refuses what another site makes a browser send, before it is counted or costs
// anything. It lets through what says nothing of where it comes from, as old browsers and programs
// do.
func (s *site) checkOrigin(w http.ResponseWriter, r *http.Request, v *visit) error {
	switch {
	case !onlyReads(r):
		if err := s.forms.Check(r); err != nil {
			return &Error{Kind: KindForeignForm, Err: err}
		}
	case fromHere(r):
	case !opensWindow(r):
		return &Error{Kind: KindForeignPage, Err: fmt.Errorf("a request of %.20q for %.20q from %.20q",
			r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest"), r.Header.Get("Sec-Fetch-Site"))}
	case !s.links.take(v.Email, s.Clock()):
		w.Header().Set("Retry-After", "2")
		return &Error{Kind: KindTooManyLinks}
	}
	return nil
}

// onlyReads reports whether the method of a request changes nothing anywhere in the portal.
func onlyReads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
}

// fromHere reports whether a request comes from a page of the portal, or from nobody's: the person
// typed the address or opened it outside of the browser. A neighbour on the same domain is another
// site here.
func fromHere(r *http.Request) bool {
	from := r.Header.Get("Sec-Fetch-Site")
	return from == "same-origin" || from == "none" || from == "" && r.Header.Get("Sec-Fetch-Mode") == "" && r.Header.Get("Sec-Fetch-Dest") == ""
}

// opensWindow reports whether the browser shows the response to the person as the document of a
// window. Frames, embedded objects and pages fetched ahead are none.
func opensWindow(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" &&
		!strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch")
}

// linkLimiter counts the links of other sites that each person's browser has opened. Each instance
// counts for itself.
type linkLimiter struct {
	mu     sync.Mutex
	people map[string]*rate.Limiter
}

func newLinkLimiter() *linkLimiter { return &linkLimiter{people: map[string]*rate.Limiter{}} }

// take counts one link of a person, or reports that they have none left.
func (l *linkLimiter) take(email string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.people[email]
	if limiter == nil {
		l.makeRoom(now)
		limiter = rate.NewLimiter(rate.Every(linkInterval), linkBurst)
		l.people[email] = limiter
	}
	return limiter.AllowN(now, 1)
}

// makeRoom makes room for another person: those who have all links left go first, then any others.
func (l *linkLimiter) makeRoom(now time.Time) {
	if len(l.people) < maxLinkPeople {
		return
	}
	for email, limiter := range l.people {
		if limiter.TokensAt(now) >= linkBurst {
			delete(l.people, email)
		}
	}
	for email := range l.people {
		if len(l.people) < maxLinkPeople {
			return
		}
		delete(l.people, email)
	}
}
