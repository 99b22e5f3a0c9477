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

// same is nil where two policies have the same bindings and audit configuration.
func same(before, after *iampb.Policy) error {
	gone, come := difference(before, after)
	if len(gone)+len(come) > 0 {
		return fmt.Errorf("these are gone: %v; these have come: %v", gone, come)
	}
	return sameAudit(before, after)
}

func sameAudit(before, after *iampb.Policy) error {
	if !proto.Equal(&iampb.Policy{AuditConfigs: before.GetAuditConfigs()}, &iampb.Policy{AuditConfigs: after.GetAuditConfigs()}) {
		return errors.New("the audit configuration has changed")
	}
	return nil
}

// difference are the bindings that only one of two policies has, each compared as a whole.
func difference(before, after *iampb.Policy) (gone, come []*iampb.Binding) {
	return without(before, after), without(after, before)
}

func without(p, other *iampb.Policy) []*iampb.Binding {
	return slices.DeleteFunc(slices.Clone(p.GetBindings()), func(b *iampb.Binding) bool {
		return slices.ContainsFunc(other.GetBindings(), func(o *iampb.Binding) bool { return proto.Equal(b, o) })
	})
}

// oneMore is nil where exactly one temporary binding has come, of half an hour, and everything else is as it was.
func oneMore(before, after *iampb.Policy) error {
	gone, come := difference(before, after)
	if len(gone) > 0 || len(come) != 1 || len(after.GetBindings()) != len(before.GetBindings())+1 {
		return fmt.Errorf("these are gone: %v; these have come: %v", gone, come)
	}
	a, ok := activationOf(come[0])
	if !ok || a.Role != groupRole || a.Window.Duration() != 30*time.Minute || a.Description != eligibility.SelfApprovedDescription("CASE-1041 the disk is full") {
		return fmt.Errorf("this has come: %s", prototext.Format(come[0]))
	}
	return sameAudit(before, after)
}

// oneShorter is nil where exactly one temporary binding has an earlier end, and everything else is as it was.
func oneShorter(before, after *iampb.Policy) error {
	gone, come := difference(before, after)
	if len(gone) != 1 || len(come) != 1 || len(after.GetBindings()) != len(before.GetBindings()) {
		return fmt.Errorf("these are gone: %v; these have come: %v", gone, come)
	}
	was, _ := activationOf(gone[0])
	is, ok := activationOf(come[0])
	if !ok || !is.Window.End.Before(was.Window.End) {
		return fmt.Errorf("%v was replaced by %v", gone[0], come[0])
	}
	is.Window.End = was.Window.End
	if is != was {
		return fmt.Errorf("%+v was replaced by %+v", was, is)
	}
	return sameAudit(before, after)
}

// oneRevoked is nil where exactly one window was shortened, and its seal has come, which starts later.
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
