package catalog

import (
	"errors"
	"testing"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The client of the index repeated only what was unavailable: one 429 or 500 cost the page.
func TestRetry_RepeatsWhatMayBeOverAMomentLater(t *testing.T) {
	t.Parallel()
	for code, want := range map[codes.Code]int{
		codes.Unavailable: 2, codes.Internal: 2, codes.ResourceExhausted: 2, codes.Unknown: 2,
		codes.PermissionDenied: 0, codes.NotFound: 0, codes.InvalidArgument: 0, codes.Unauthenticated: 0, codes.DeadlineExceeded: 0,
	} {
		if got := repetitions(status.Error(code, "")); got != want {
			t.Errorf("%v is repeated %d times, want %d", code, got, want)
		}
	}
	if got := repetitions(errors.New("no status")); got != 2 {
		t.Errorf("an error without a status is repeated %d times, want 2", got)
	}
}

func repetitions(err error) int {
	var settings gax.CallSettings
	withRetry().Resolve(&settings)
	retryer, n := settings.Retry(), 0
	for {
		if _, ok := retryer.Retry(err); !ok {
			return n
		}
		n++
	}
}
