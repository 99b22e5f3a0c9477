package restcall

import "strings"

// InPath is true for a name that can stand in the path of a request: no part of it is one that
// paths give a meaning, such as "..".
func InPath(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.ContainsAny(part[:1], ".:-") {
			return false
		}
	}
	return true
}
