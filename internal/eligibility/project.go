package eligibility

import "strings"

// The names of projects, folders and organizations. Each caller asks the strictest of three
// grammars that it can:
//
//	ProjectCanExist        what people write: forms and addresses of the portal, RESOURCE_SCOPE, a Terraform plan
//	ProjectCanBeAddressed  what stands in Google Cloud already: the catalog's look-ups and index, tokens of JIT Access 1.8.1
//	ResourceName           a part of other texts: evidence in forms, owners of custom roles, names of secrets, ancestors
//
// They are scanners because patterns with counted repetitions take hundreds of kilobytes once they
// are compiled.

// ProjectCanExist is true for texts that can be the id of a project: 6 to 30 characters, for some
// old projects behind a domain and a colon. A project's number is none: it would pass by a list of
// projects that names them by their ids.
// Source: cloud.google.com/resource-manager/docs/creating-managing-projects.
func ProjectCanExist(id string) bool {
	if domain, bare, found := strings.Cut(id, ":"); found {
		if !consistsOf(domain, lowerCase+digits+".-") || len(domain) > maxDomain {
			return false
		}
		id = bare
	}
	return len(id) >= 6 && len(id) <= 30 && beginsLikeProject(id) && !strings.HasSuffix(id, "-")
}

// maxDomain is the length of the longest domain name: addresses of the portal lead to requests to
// Google. Source: RFC 1035.
const maxDomain = 253

// ProjectCanBeAddressed is true for ids as policies and tokens may hold them, which can be shorter
// and longer than those of new projects. It refuses numbers and upper case, so that a project has
// one name.
func ProjectCanBeAddressed(id string) bool {
	if domain, bare, found := strings.Cut(id, ":"); found {
		if !consistsOf(domain, lowerCase+digits+".-") || len(domain) > 62 || strings.ContainsAny(domain[:1], ".-") {
			return false
		}
		id = bare
	}
	return len(id) <= 63 && beginsLikeProject(id)
}

// beginsLikeProject is true for lower-case letters, digits and hyphens behind a letter.
func beginsLikeProject(id string) bool {
	return consistsOf(id, lowerCase+digits+"-") && consistsOf(id[:1], lowerCase)
}

// ResourceName is true for "projects/P", where P is an id or a number, "folders/NUMBER" and
// "organizations/NUMBER".
func ResourceName(name string) bool {
	kind, id, _ := strings.Cut(name, "/")
	switch kind {
	case "projects":
		return consistsOf(id, lowerCase+digits+".:-")
	case "folders", "organizations":
		return consistsOf(id, digits)
	}
	return false
}
