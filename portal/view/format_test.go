package view

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClock_NamesTheDayOnceItIsNotToday(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 19, 2, 14, 0, 0, time.UTC)
	west := time.FixedZone("west", -5*60*60)
	tests := []struct {
		at   time.Time
		want string
	}{
		{now, "02:14 UTC"},
		{now.Add(8 * time.Minute), "02:22 UTC"},
		{now.Add(21*time.Hour + 45*time.Minute), "23:59 UTC"},
		{now.Add(22 * time.Hour), "Fri 20 Nov 2026, 00:14 UTC"},
		{now.Add(-3 * time.Hour), "Wed 18 Nov 2026, 23:14 UTC"},
		{now.AddDate(1, 0, 0), "Fri 19 Nov 2027, 02:14 UTC"},
		{now.In(west), "02:14 UTC"},
	}
	for _, test := range tests {
		if got := clock(test.at, now.In(west)); got != test.want {
			t.Errorf("clock(%v) = %q, want %q", test.at, got, test.want)
		}
	}
}

func TestLength_IsWords(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]string{
		0:                               "less than 1 minute",
		20 * time.Second:                "less than 1 minute",
		time.Minute:                     "1 minute",
		30 * time.Minute:                "30 minutes",
		time.Hour:                       "1 hour",
		90 * time.Minute:                "90 minutes",
		2 * time.Hour:                   "2 hours",
		2*time.Hour - 10*time.Second:    "2 hours",
		150 * time.Minute:               "2 hours 30 minutes",
		12*time.Hour + time.Minute:      "12 hours 1 minute",
		47*time.Minute + 13*time.Second: "47 minutes",
	}
	for d, want := range tests {
		if got := length(d); got != want {
			t.Errorf("length(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLeft_CountsSecondsAtTheEnd(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]string{
		-time.Minute:                      "0 s",
		0:                                 "0 s",
		42 * time.Second:                  "42 s",
		time.Minute:                       "1 min",
		90 * time.Second:                  "1 min 30 s",
		2 * time.Minute:                   "2 min",
		8 * time.Minute:                   "8 min",
		59*time.Minute + 40*time.Second:   "1 h",
		72 * time.Minute:                  "1 h 12 min",
		3*time.Hour + 31*time.Minute:      "3 h 31 min",
		119*time.Second + time.Second*3/4: "2 min",
	}
	for d, want := range tests {
		if got := left(d); got != want {
			t.Errorf("left(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPresets_NeverShortenAndNeverExceed(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	tests := []struct {
		name          string
		longest, left time.Duration
		want          []time.Duration
	}{
		{"a usual maximum", 2 * time.Hour, 0, []time.Duration{30 * m, 60 * m, 120 * m}},
		{"a long one", 12 * time.Hour, 0, []time.Duration{30 * m, 60 * m, 120 * m, 240 * m, 480 * m, 720 * m}},
		{"an odd one", 75 * m, 0, []time.Duration{30 * m, 60 * m, 75 * m}},
		{"a short one", 10 * m, 0, []time.Duration{10 * m}},
		{"extending", 2 * time.Hour, 72 * m, []time.Duration{90 * m, 120 * m}},
		{"extending early", 4 * time.Hour, 72 * m, []time.Duration{120 * m, 240 * m}},
		{"extending just after the start", 2 * time.Hour, 119 * m, []time.Duration{120 * m}},
		{"what is left exactly", 2 * time.Hour, 120 * m, nil},
		{"more is left than could start", 2 * time.Hour, 180 * m, nil},
		{"no maximum", 0, 0, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, presets(test.longest, test.left)); diff != "" {
			t.Errorf("%s: presets(%v, %v) (-want +got):\n%s", test.name, test.longest, test.left, diff)
		}
	}
}

func TestDurationValue_ReadsBack(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]string{
		30 * time.Minute: "30m", time.Hour: "1h", 90 * time.Minute: "90m", 12 * time.Hour: "12h", 45 * time.Second: "45s",
	}
	for d, want := range tests {
		got := durationValue(d)
		if got != want {
			t.Errorf("durationValue(%v) = %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(got); err != nil || back != d {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", got, back, err, d)
		}
	}
}

func TestList_CountsWhatItDoesNotName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a and b"},
		{[]string{"a", "b", "c"}, "a, b and c"},
		{[]string{"a", "b", "c", "d"}, "a, b and 2 more projects"},
	}
	for _, test := range tests {
		if got := list(test.names, "project"); got != test.want {
			t.Errorf("list(%q) = %q, want %q", test.names, got, test.want)
		}
	}
}

func TestOutwardLinks_KeepTheirParametersApart(t *testing.T) {
	t.Parallel()
	tests := []struct{ got, want string }{
		{consoleLink("payments-prod"), "https://console.cloud.google.com/home/dashboard?project=payments-prod"},
		{consoleLink("a&b=c#d"), "https://console.cloud.google.com/home/dashboard?project=a%26b%3Dc%23d"},
		{
			auditLogLink("payments-prod", "alice@example.com"),
			"https://console.cloud.google.com/logs/query;query=protoPayload.authenticationInfo.principalEmail%3D%22" +
				"alice%40example.com%22?project=payments-prod",
		},
		{
			auditLogLink("p", "a b;c?d"),
			"https://console.cloud.google.com/logs/query;query=protoPayload.authenticationInfo.principalEmail%3D%22" +
				"a%20b%3Bc%3Fd%22?project=p",
		},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("link is %q, want %q", test.got, test.want)
		}
	}
}

func TestSearch_KeepsWhatHoldsEveryWord(t *testing.T) {
	t.Parallel()
	e := Entitlement{
		Role:       Role{Name: "roles/compute.networkAdmin", Title: "Compute Network Admin", Project: "edge-prod", Limit: `name == "x"`},
		Constraint: SelfApproval,
	}
	tests := []struct {
		search Search
		want   bool
	}{
		{Search{}, true},
		{Search{Words: "network prod"}, true},
		{Search{Words: "PROD  Network"}, true},
		{Search{Words: "networkadmin"}, true},
		{Search{Words: `"x"`}, true},
		{Search{Words: "network dev"}, false},
		{Search{Constraint: SelfApproval}, true},
		{Search{Constraint: MultiPartyApproval}, false},
		{Search{Words: "network", Constraint: MultiPartyApproval}, false},
		{Search{Constraint: "nonsense"}, false},
	}
	for _, test := range tests {
		if got := test.search.matches(e); got != test.want {
			t.Errorf("%+v matches = %v, want %v", test.search, got, test.want)
		}
	}
}

// Once a narrow page broke a heading into "roles/compute.admi" and "n".
func TestBreakable_CutsAtTheJointsOfIdentifiersAndChangesNoText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"roles/compute.admin":         "roles/<wbr>compute.<wbr>admin",
		"Ended. Nothing is active. 1": "Ended. Nothing is active. 1",
		"End roles/x on p-1 now?":     "End roles/<wbr>x on p-1 now?",
		"alice@example.com/x has y.z": "alice@example.com/x has y.z",
		"projects/p/roles/a.b, roles": "projects/<wbr>p/<wbr>roles/<wbr>a.<wbr>b, roles",
		"It ends. roles/a. Go.":       "It ends. roles/<wbr>a. Go.",
		"":                            "",
		"a":                           "a",
		"roles/<b>":                   "roles/<wbr>&lt;b&gt;",
	} {
		var got strings.Builder
		if err := breakable(text).Render(t.Context(), &got); err != nil || got.String() != want {
			t.Errorf("%q becomes %q, %v, want %q", text, got.String(), err, want)
		}
	}
}
