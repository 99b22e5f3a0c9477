package emulator

import (
	"net/http"
	"sync"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// ForeignRole is the role that FirstConflict's foreign writer grants to the customer's domain. It
// allows nothing that tests depend on.
const ForeignRole = "roles/cloudsupport.techSupportViewer"

// injectFirstFaults injects FirstUnavailable and FirstConflict, if the options ask for them.
func (e *Emulator) injectFirstFaults() {
	if e.options.FirstUnavailable {
		first := firstTime()
		e.wire.Inject(func(c wire.Call) wire.Fault {
			if first(c.Host) {
				return wire.Fault{Kind: wire.Refuse, Status: http.StatusServiceUnavailable}
			}
			return wire.Fault{}
		})
	}
	if e.options.FirstConflict {
		first := firstTime()
		e.wire.Inject(func(c wire.Call) wire.Fault {
			name, ok := e.world.Resolve(c.Resource)
			if c.Method == "SetIamPolicy" && ok && first(name) {
				e.editAsForeigner(name)
			}
			return wire.Fault{}
		})
	}
}

// editAsForeigner edits a policy as somebody else would, so that a write that is based on an
// earlier read conflicts.
func (e *Emulator) editAsForeigner(name string) {
	member := "domain:" + e.world.Organization().Domains[0]
	// The name was resolved a moment ago and resources do not go away.
	_ = e.world.Edit(name, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: ForeignRole, Members: []string{member}})
	})
}

// firstTime returns a function that is true once for each name.
func firstTime() func(name string) bool {
	var seen sync.Map
	return func(name string) bool {
		_, again := seen.LoadOrStore(name, true)
		return !again
	}
}
