package systemtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// checkSame returns nil if two policies have the same bindings and audit configuration.
func checkSame(before, after *iampb.Policy) error {
	removed, added := difference(before, after)
	if len(removed)+len(added) > 0 {
		return fmt.Errorf("these are gone: %v; these have come: %v", removed, added)
	}
	return checkSameAudit(before, after)
}

func checkSameAudit(before, after *iampb.Policy) error {
	if !proto.Equal(&iampb.Policy{AuditConfigs: before.GetAuditConfigs()}, &iampb.Policy{AuditConfigs: after.GetAuditConfigs()}) {
		return errors.New("the audit configuration has changed")
	}
	return nil
}

// difference are the bindings that only one of two policies has, each compared as a whole.
func difference(before, after *iampb.Policy) (removed, added []*iampb.Binding) {
	return without(before, after), without(after, before)
}

func without(p, other *iampb.Policy) []*iampb.Binding {
	return slices.DeleteFunc(slices.Clone(p.GetBindings()), func(b *iampb.Binding) bool {
		return slices.ContainsFunc(other.GetBindings(), func(o *iampb.Binding) bool { return proto.Equal(b, o) })
	})
}

// oneMore returns nil if exactly one temporary binding of half an hour was added, and nothing else
// changed.
func oneMore(before, after *iampb.Policy) error {
	removed, added := difference(before, after)
	if len(removed) > 0 || len(added) != 1 || len(after.GetBindings()) != len(before.GetBindings())+1 {
		return fmt.Errorf("these are gone: %v; these have come: %v", removed, added)
	}
	a, ok := activationOf(added[0])
	if !ok || a.Role != groupRole || a.Window.Duration() != 30*time.Minute || a.Description != eligibility.SelfApprovedDescription("CASE-1041 the disk is full") {
		return fmt.Errorf("this has come: %s", prototext.Format(added[0]))
	}
	return checkSameAudit(before, after)
}

// oneShorter returns nil if exactly one temporary binding has an earlier end, and nothing else
// changed.
func oneShorter(before, after *iampb.Policy) error {
	removed, added := difference(before, after)
	if len(removed) != 1 || len(added) != 1 || len(after.GetBindings()) != len(before.GetBindings()) {
		return fmt.Errorf("these are gone: %v; these have come: %v", removed, added)
	}
	was, _ := activationOf(removed[0])
	is, ok := activationOf(added[0])
	if !ok || !is.Window.End.Before(was.Window.End) {
		return fmt.Errorf("%v was replaced by %v", removed[0], added[0])
	}
	is.Window.End = was.Window.End
	if is != was {
		return fmt.Errorf("%+v was replaced by %+v", was, is)
	}
	return checkSameAudit(before, after)
}

// oneRevoked returns nil if exactly one window was shortened, and its seal was added, which starts
// later.
func oneRevoked(before, after *iampb.Policy) error {
	unsealed := proto.CloneOf(after)
	var seal, window eligibility.Activation
	unsealed.Bindings = slices.DeleteFunc(unsealed.Bindings, func(b *iampb.Binding) bool {
		a, ok := activationOf(b)
		if ok && strings.HasPrefix(a.Description, "Revoked by ") {
			seal = a
			return true
		}
		return false
	})
	for _, a := range activations(unsealed) {
		if a.ID == seal.ID {
			window = a
		}
	}
	if seal.Key != window.Key || seal.User != window.User || seal.Window.Duration() != 0 || seal.Window.Start.Before(window.Window.End) {
		return fmt.Errorf("%+v has %+v beside it", window, seal)
	}
	return oneShorter(before, unsealed)
}
