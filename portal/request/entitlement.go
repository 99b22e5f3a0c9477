package request

import (
	"encoding/base64"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// maxRoleID is about twice the length of Google's longest.
const maxRoleID = 128

// writeEntitlement returns the entitlement id of a key, as JIT Access 1.8.1 writes it.
func writeEntitlement(k eligibility.Key) string {
	id := k.Project() + ":" + k.Role
	if k.ResourceCondition != "" {
		id += ":" + base64.StdEncoding.EncodeToString([]byte(k.ResourceCondition))
	}
	return id
}

// readEntitlement returns the key of an entitlement id, with a canonical resource condition.
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

// cutEntitlement splits an entitlement id of 1.8.1 into its parts: PROJECT:ROLE or
// PROJECT:ROLE:BASE64. The id of a project may begin with a domain and a colon, also inside the
// name of a custom role. The parts are unambiguous: a project has no slash, and a role has one or
// three, with no colon after the last of them.
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
		conditional == (encoded != "") && !strings.ContainsAny(encoded, "\r\n") // which the decoder would ignore
	return project, role, encoded, ok
}
