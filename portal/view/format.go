package view

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// soonBelow is when an activation is said to end soon.
const soonBelow = 10 * time.Minute

// stamp writes a moment for the browser's script, which shows it in local time.
func stamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

// clock writes a moment as people read it, with the day unless it is the day of now.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 UTC")
	}
	return t.Format("Mon 2 Jan 2006, 15:04 UTC")
}

// length writes a duration that somebody chose: "30 minutes", "1 hour", "2 hours 30 minutes". Seconds are rounded away.
// Up to two hours, what is no whole hour is minutes.
func length(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	hours, rest := minutes/60, minutes%60
	switch {
	case minutes == 0:
		return "less than 1 minute"
	case rest == 0:
		return count(hours, "hour")
	case minutes < 120:
		return count(minutes, "minute")
	}
	return count(hours, "hour") + " " + count(rest, "minute")
}

// left writes a duration that is counted: "1 h 12 min", "8 min", and seconds below two minutes. Nothing is left of a
// negative one.
func left(d time.Duration) string {
	if d = d.Round(time.Second); d < 2*time.Minute {
		return leftSeconds(max(d, 0))
	}
	minutes := int(d.Round(time.Minute) / time.Minute)
	return joinUnits(minutes/60, "h", minutes%60, "min")
}

func leftSeconds(d time.Duration) string {
	seconds := int(d / time.Second)
	return joinUnits(seconds/60, "min", seconds%60, "s")
}

// joinUnits leaves out what is zero, but not both.
func joinUnits(large int, unit string, small int, smallUnit string) string {
	switch {
	case large == 0:
		return fmt.Sprintf("%d %s", small, smallUnit)
	case small == 0:
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smallUnit)
}

// How long a change of a policy takes to reach everything is Google's figure:
// cloud.google.com/iam/docs/access-change-propagation. After settled it is taken to have done so.
const (
	untilItStops = "Google Cloud needs about 2 minutes, sometimes 7 or more, until the role stops working everywhere."
	settled      = 15 * time.Minute
)

// stopping says, after a sentence, that a role may go on working; nothing once its end is long ago.
func stopping(end, now time.Time) string {
	if now.Sub(end) >= settled {
		return ""
	}
	return " " + untilItStops
}

// minutesOf is a duration in whole minutes, at least 0, as rails and number fields take it.
func minutesOf(d time.Duration) int {
	return max(int(d.Round(time.Minute)/time.Minute), 0)
}

// count writes a number and its noun: "1 role", "2 roles".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// list joins names as a sentence does, and counts those after the third.
func list(names []string, noun string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n <= 3:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return strings.Join(names[:2], ", ") + " and " + count(n-2, "more "+noun)
	}
}

// consoleLink is the address of a project in Cloud Console.
func consoleLink(project string) string {
	return "https://console.cloud.google.com/home/dashboard?project=" + url.QueryEscape(project)
}

// auditLogLink is the address of what a person did on a project, in Cloud Logging.
func auditLogLink(project, person string) string {
	query := `protoPayload.authenticationInfo.principalEmail="` + person + `"`
	escaped := strings.ReplaceAll(url.QueryEscape(query), "+", "%20")
	return "https://console.cloud.google.com/logs/query;query=" + escaped + "?project=" + url.QueryEscape(project)
}
