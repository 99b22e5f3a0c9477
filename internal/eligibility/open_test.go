package eligibility

import (
	"strings"
	"testing"
	"time"
)

func TestOpen_IsFalseOnlyWhenNoRequestCouldPass(t *testing.T) {
	t.Parallel()
	// A Wednesday, 9:00 in Berlin.
	now := time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		condition string
		want      bool
	}{
		{"", true},
		{disksOnly, true},
		{`resource.name == "request.time"`, true},
		{`request.time < timestamp("2026-03-04T08:00:01Z")`, true},
		{`request.time < timestamp("2026-03-04T08:00:00Z")`, false},
		{`request.time >= date("2026-03-05")`, false},
		{`request.time >= date("2026-03-04")`, true},
		{`request.time.getHours("Europe/Berlin") == 9`, true},
		{`request.time.getHours("Europe/Berlin") == 8`, false},
		{`request.time.getDayOfWeek() == 3`, true},
		{`request.time.getDayOfWeek("Asia/Tokyo") == 0 && ` + disksOnly, false},
		{disksOnly + ` && request.time.getHours() == 8`, true},
		{disksOnly + ` && request.time.getHours() == 9`, false},
		{disksOnly + ` || request.time.getHours() == 9`, true},
		{`resource.matchTag("1/env", "prod") && request.time.getHours() == 9`, false},
		{`resource.matchTag("1/env", "prod") && request.time.getHours() == 8`, true},
		{`"a" in request.auth.access_levels && request.time.getHours() == 8`, true},
		{`"a" in request.auth.access_levels && request.time.getHours() == 9`, false},
		{`resource.name.extract("{x}") == "a" || request.time.getHours() == 9`, true},
		{`!(request.time.getHours() == 8)`, false},
		{`request.time < timestamp("nonsense")`, true},
		{`request.time.isNew()`, true},
	} {
		if got := openAt(test.condition, now); got != test.want {
			t.Errorf("openAt(%s) = %v, want %v", test.condition, got, test.want)
		}
	}
}

func TestOpen_GivesUpOnWhatCostsTooMuch(t *testing.T) {
	t.Parallel()
	list := "[" + strings.Repeat("1, ", 99) + "1]"
	condition := list + ".all(a, " + list + ".all(b, " + list + ".all(c, request.time > timestamp('2020-01-01T00:00:00Z')))) && false"
	if _, err := check(condition); err != nil {
		t.Fatal(err)
	}
	if !openAt(condition, time.Unix(1_800_000_000, 0)) {
		t.Error("a million steps were evaluated to the end")
	}
}
