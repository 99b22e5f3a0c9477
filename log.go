package main

import (
	"slices"
	"strings"
)

// logged tells whether somebody asks for Terraform's log. Where nobody does, the
// libraries would still write a trace of every call, for Terraform to read and
// drop: nearly half of the time of a plan with 200 bindings.
func logged(environment []string) bool {
	return slices.ContainsFunc(environment, func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "TF_LOG") && value != ""
	})
}
