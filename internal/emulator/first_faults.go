package emulator

import (
	"net/http"
	"sync"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// ForeignRole is what the foreign writer of FirstConflict grants to everybody
// of the customer's domain. It grants nothing that matters.
const ForeignRole = "roles/cloudsupport.techSupportViewer"

// profile puts the bad day that the options ask for on the wire.
func (e *Emulator) profile() {
	if e.options.FirstUnavailable {
		first := once()
		e.wire.Inject(func(c wire.Call) wire.Fault {
			if first(c.Host) {
				return wire.Fault{Kind: wire.Refuse, Status: http.StatusServiceUnavailable}
			}
			return wire.Fault{}
		})
	}
	if e.options.FirstConflict {
		first := once()
		e.wire.Inject(func(c wire.Call) wire.Fault {
			name, ok := e.world.Resolve(c.Resource)
			if c.Method == "SetIamPolicy" && ok && first(name) {
				e.editForeign(name)
			}
			return wire.Fault{}
		})
	}
}

// editForeign edits a policy as somebody else would, so that whoever has read
// it before loses the race.
func (e *Emulator) editForeign(name string) {
	member := "domain:" + e.world.Organization().Domains[0]
	// The name was resolved a moment ago and resources do not go away.
	_ = e.world.Edit(name, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: ForeignRole, Members: []string{member}})
	})
}

// once tells for each name whether this is the first time.
func once() func(name string) bool {
	var seen sync.Map
	return func(name string) bool {
		_, again := seen.LoadOrStore(name, true)
		return !again
	}
}
