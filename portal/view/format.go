package view

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// soonWithin is how close its end is when an activation is said to end soon.
const soonWithin = 10 * time.Minute

// stamp formats a time for the browser's script, which shows it in local time.
func stamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

// clock formats a time for people, with the date unless that is the date of now.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 UTC")
	}
	return t.Format("Mon 2 Jan 2006, 15:04 UTC")
}

// length formats a duration that somebody chose: "30 minutes", "1 hour", "2 hours 30 minutes". It
// rounds seconds away. Below two hours, a duration that is no whole hour is given in minutes.
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

// left formats a duration that counts down: "1 h 12 min", "8 min", and seconds below two minutes. A
// negative one is zero.
func left(d time.Duration) string {
	if d = d.Round(time.Second); d < 2*time.Minute {
		seconds := int(max(d, 0) / time.Second)
		return joinUnits(seconds/60, "min", seconds%60, "s")
	}
	minutes := int(d.Round(time.Minute) / time.Minute)
	return joinUnits(minutes/60, "h", minutes%60, "min")
}

// joinUnits leaves out a part that is zero, unless both are.
func joinUnits(large int, unit string, small int, smallUnit string) string {
	switch {
	case large == 0:
		return fmt.Sprintf("%d %s", small, smallUnit)
	case small == 0:
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smallUnit)
}

// How long a revocation takes to have effect everywhere, by
// cloud.google.com/iam/docs/access-change-propagation. After propagationTime, pages no longer
// mention it.
const (
	revocationDelay = "Google Cloud needs about 2 minutes, sometimes 7 or more, until the role stops working everywhere."
	propagationTime = 15 * time.Minute
)

// stopNotice follows a sentence, and says that the role may still work for a while. It is empty
// long after the end.
func stopNotice(end, now time.Time) string {
	if now.Sub(end) >= propagationTime {
		return ""
	}
	return " " + revocationDelay
}

// minutesOf is a duration in whole minutes, at least 0, for progress bars and number fields.
func minutesOf(d time.Duration) int {
	return max(int(d.Round(time.Minute)/time.Minute), 0)
}

// count formats a number with its noun: "1 role", "2 roles".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// list joins up to three names as in a sentence; of more it names two and counts the others.
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
