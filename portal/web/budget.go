package web

import (
	"math"
	"net/http"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// charge says what the calls of a route are charged to.
type charge int

const (
	// toPages is for pages, which are held back before they use up what others need.
	toPages charge = iota
	// toActs is for orders, which no page holds back.
	toActs
	// toForms is for the form of an order and for the page that shows its outcome. They are part of
	// the act where the browser says that a page of the portal led here, and pages otherwise.
	toForms
	// toLinks is for the page of a request: part of the act for those whom its verified token names.
	toLinks
)

// begin admits a request and returns the budget of its calls, before anything is asked for it, so
// that a refused one costs no call of Google's. An act that is no more admitted because too many
// came to nothing may still be shown as a page.
func (s *site) begin(r *http.Request, v *visit, c charge) (*quota.Budget, error) {
	act := c == toActs || s.partOfAct(r, v, c)
	if act {
		b, err := s.Quota.Begin(v.Email, quota.Act)
		if err == nil {
			return b, nil
		}
		if c == toActs {
			return nil, &Error{Kind: KindTooManyActs, Err: err}
		}
	}
	return s.Quota.Begin(v.Email, quota.Page)
}

// partOfAct reports whether a page belongs to an act. To verify a token costs no call.
func (s *site) partOfAct(r *http.Request, v *visit, c charge) bool {
	switch c {
	case toForms:
		return r.Header.Get("Sec-Fetch-Site") == "same-origin"
	case toLinks:
		_, err := s.redeem(r, v)
		return err == nil
	}
	return false
}

// inVain reports whether a request came to nothing: nothing on the page was the person's, or the
// order was refused for a reason that lies with who sent it.
func (v *visit) inVain(b *quota.Budget, w http.ResponseWriter, err error) bool {
	var kind Kind
	if err != nil {
		kind = toError(err).Kind
	}
	if b.Purpose() == quota.Page {
		return v.counted || kinds[kind].counted
	}
	status := kinds[kind].status
	if recorder, ok := w.(*statusWriter); ok && err == nil {
		status = recorder.status
	}
	return status >= 400 && status < 500 && status != http.StatusTooManyRequests
}

// setRetryAfter says in a response when what was held back can be tried again.
func setRetryAfter(w http.ResponseWriter, err error) {
	if held := upstream.AsThrottled(err); held != nil {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(1, held.RetryAfter.Seconds())))))
	}
}
