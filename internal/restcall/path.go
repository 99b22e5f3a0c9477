package restcall

import "strings"

// SafeInPath is true for a name that stays where it is put in the path of a request: no part of it
// has a meaning of its own there, such as "..".
func SafeInPath(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.ContainsAny(part[:1], ".:-") {
			return false
		}
	}
	return true
}
