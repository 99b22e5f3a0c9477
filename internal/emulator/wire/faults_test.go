package wire_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

const resource = "projects/data-lake"

func writePolicy(ctx context.Context, c *resourcemanager.ProjectsClient) error {
	_, err := c.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: &iampb.Policy{Version: 3}}, gax.WithRetry(nil))
	return err
}

func etag(e *emulator.Emulator) string {
	p, _ := e.World().Policy(resource)
	return string(p.GetEtag())
}

func TestFaults_AreSeenOverBothProtocols(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault wire.Fault
		code  codes.Code
		acts  bool
	}{
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusBadRequest}, codes.InvalidArgument, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusUnauthorized}, codes.Unauthenticated, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}, codes.PermissionDenied, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusNotFound}, codes.NotFound, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusConflict}, codes.Aborted, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusPreconditionFailed}, codes.FailedPrecondition, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusTooManyRequests}, codes.ResourceExhausted, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusInternalServerError}, codes.Internal, false},
		{wire.Fault{Kind: wire.Refuse, Status: http.StatusServiceUnavailable}, codes.Unavailable, false},
		{wire.Fault{Kind: wire.Drop}, codes.Unavailable, false},
		{wire.Fault{Kind: wire.Nonsense}, codes.Unknown, false},
		{wire.Fault{Kind: wire.Lose}, codes.Unavailable, true},
		{wire.Fault{Kind: wire.Half}, codes.Unavailable, true},
		{wire.Fault{}, codes.OK, true},
	} {
		t.Run(fmt.Sprint(c.fault), func(t *testing.T) {
			t.Parallel()
			e := emulatortest.Start(t, emulator.Options{})
			for protocol, client := range projects(t, e, e.Token(admin)) {
				before := etag(e)
				remove := e.Inject(func(call wire.Call) wire.Fault {
					if call.Method == "SetIamPolicy" && call.Resource == resource {
						return c.fault
					}
					return wire.Fault{}
				})
				err := writePolicy(t.Context(), client)
				remove()
				if (err == nil) != (c.code == codes.OK) {
					t.Errorf("%s: the client got %v", protocol, err)
				}
				// What a REST client makes of a broken connection is its own.
				if got := status.Code(err); (protocol == "gRPC" || c.fault.Kind == wire.Refuse) && got != c.code {
					t.Errorf("%s: code %v (%v), want %v", protocol, got, err, c.code)
				}
				if acted := etag(e) != before; acted != c.acts {
					t.Errorf("%s: the policy was written: %t, want %t", protocol, acted, c.acts)
				}
				if err := writePolicy(t.Context(), client); err != nil {
					t.Errorf("%s: after the fault was removed: %v", protocol, err)
				}
			}
		})
	}
}

func TestHang_LastsUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	e.Inject(func(wire.Call) wire.Fault { return wire.Fault{Kind: wire.Hang} })
	for protocol, client := range projects(t, e, e.Token(admin)) {
		before := etag(e)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := writePolicy(ctx, client)
		cancel()
		if err == nil || etag(e) != before {
			t.Errorf("%s: %v, written: %t, want an error and no write", protocol, err, etag(e) != before)
		}
	}
}

func TestHold_StopsACallBeforeOrAfterItActs(t *testing.T) {
	t.Parallel()
	for _, stage := range []wire.Stage{wire.Before, wire.After} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			e := emulatortest.Start(t, emulator.Options{})
			for protocol, client := range projects(t, e, e.Token(admin)) {
				before := etag(e)
				held := e.Hold(stage, func(c wire.Call) bool { return c.Method == "SetIamPolicy" })
				done := make(chan error, 1)
				go func() { done <- writePolicy(context.Background(), client) }()
				if call := <-held.Arrived(); call.Resource != resource {
					t.Errorf("%s: %+v was held", protocol, call)
				}
				if acted := etag(e) != before; acted != (stage == wire.After) {
					t.Errorf("%s: written while held %s: %t", protocol, stage, acted)
				}
				held.Release()
				held.Release()
				if err := <-done; err != nil || etag(e) == before {
					t.Errorf("%s: after the release: %v, written: %t", protocol, err, etag(e) != before)
				}
			}
		})
	}
}

func TestHold_ACallWhoseClientLeavesBeforeItActsNeverActs(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, client := range projects(t, e, e.Token(admin)) {
		for _, stage := range []wire.Stage{wire.Before, wire.After} {
			before := etag(e)
			held := e.Hold(stage, func(wire.Call) bool { return true })
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- writePolicy(ctx, client) }()
			call := <-held.Arrived()
			cancel()
			if err := <-done; err == nil {
				t.Errorf("%s: the client that left got an answer", protocol)
			}
			waitForEnd(t, e, call.Number)
			held.Release()
			if acted := etag(e) != before; acted != (stage == wire.After) {
				t.Errorf("%s: written although the client left %s it acted: %t", protocol, stage, acted)
			}
		}
	}
}

// waitForEnd waits until the journal has the end of a call.
func waitForEnd(t *testing.T, e *emulator.Emulator, number int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		for _, c := range e.Journal().Calls() {
			if c.Number == number && !c.End.IsZero() {
				return
			}
		}
		if t.Context().Err() != nil {
			t.Fatal("the call never ended")
		}
	}
}
