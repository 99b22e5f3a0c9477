package wire_test

import (
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

func TestJournal_SaysWhatWasAsked(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	clients := projects(t, e, e.Token(admin))
	for _, protocol := range []string{"REST", "gRPC"} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "x-goog-request-reason", "CASE-1")
		// The answer is not of interest: the project does not exist.
		_, _ = clients[protocol].GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: "projects/nosuch"})
		calls := e.Journal().Calls()
		if len(calls) != 1 {
			t.Fatalf("%s: %d calls, want 1", protocol, len(calls))
		}
		got := calls[0]
		want := wire.Call{
			Number: got.Number, Host: host, Service: "google.cloud.resourcemanager.v3.Projects", Method: "GetProject", Protocol: protocol,
			Resource: "projects/nosuch", Caller: admin, HTTP: 403, Code: codes.PermissionDenied, Path: got.Path, Reason: got.Reason, Start: got.Start, End: got.End,
		}
		if protocol == "gRPC" && got.Reason != "CASE-1" {
			t.Errorf("reason %q, want CASE-1", got.Reason)
		}
		if known(got) != known(want) || got.Start.IsZero() || got.End.Before(got.Start) {
			t.Errorf("call %+v, want %+v", got, want)
		}
		e.Journal().Reset()
	}
}

// known is a call without what only the journal knows.
func known(c wire.Call) [9]any {
	return [9]any{c.Number, c.Host, c.Service, c.Method, c.Protocol, c.Resource, c.Caller, c.HTTP, c.Code}
}

func TestSteps_CountsWhatHadToWait(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{Latency: 20 * time.Millisecond})
	get := func(c string) {
		_, err := projects(t, e, e.Token(admin))[c].GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: "projects/payments-prod"})
		if err != nil {
			t.Error(err)
		}
	}
	var side sync.WaitGroup
	held := e.Hold(wire.Before, func(wire.Call) bool { return true })
	for range 5 {
		side.Go(func() { get("REST") })
	}
	for range 5 {
		<-held.Arrived()
	}
	held.Release()
	side.Wait()
	if got := wire.Steps(e.Journal().Calls()); got != 1 {
		t.Errorf("five calls side by side: %d steps, want 1", got)
	}
	get("gRPC")
	get("REST")
	if got := wire.Steps(e.Journal().Calls()); got != 3 {
		t.Errorf("then two, one after the other: %d steps, want 3", got)
	}
	if got := wire.Steps(nil); got != 0 {
		t.Errorf("no calls: %d steps", got)
	}
}
