package request

import (
	"encoding/base64"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// maxRoleID is about twice the length of Google's longest.
const maxRoleID = 128

func writeEntitlement(k eligibility.Key) string {
	id := k.Project() + ":" + k.Role
	if k.ResourceCondition != "" {
		id += ":" + base64.StdEncoding.EncodeToString([]byte(k.ResourceCondition))
	}
	return id
}

// readEntitlement is the key that an entitlement id stands for, with the
// resource condition made canonical.
func readEntitlement(id string) (eligibility.Key, bool) {
	project, role, encoded, ok := cutEntitlement(id)
	if !ok {
		return eligibility.Key{}, false
	}
	text, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return eligibility.Key{}, false
	}
	condition, err := eligibility.Canonical(string(text))
	if err != nil || condition == "" && len(text) > 0 {
		return eligibility.Key{}, false
	}
	return eligibility.Key{Resource: "projects/" + project, Role: role, ResourceCondition: condition}, true
}

// cutEntitlement takes an entitlement id of 1.8.1 apart: PROJECT:ROLE or
// PROJECT:ROLE:BASE64. The id of a project may have a domain before it, and so
// may that in the name of a custom role. There is never a doubt about where a
// part ends: a project has no slash, and a role has one or three, with no colon
// behind the last of them.
func cutEntitlement(id string) (project, role, encoded string, ok bool) {
	head, _, _ := strings.Cut(id, "/")
	colon := strings.LastIndex(head, ":")
	if colon < 0 {
		return "", "", "", false
	}
	slashes := 3
	if head[colon+1:] == "roles" {
		slashes = 1
	}
	parts := strings.SplitN(id[colon+1:], "/", slashes+1)
	last, encoded, conditional := strings.Cut(parts[len(parts)-1], ":")
	parts[len(parts)-1] = last
	project, role = id[:colon], strings.Join(parts, "/")
	ok = eligibility.ProjectCanBeAddressed(project) && eligibility.RoleName(role) && len(last) <= maxRoleID &&
		conditional == (encoded != "") && !strings.ContainsAny(encoded, "\r\n") // which the decoder passes over
	return project, role, encoded, ok
}
