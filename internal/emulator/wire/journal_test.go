package wire_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

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
		// The response does not matter: the project does not exist.
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
		if comparable(got) != comparable(want) || got.Start.IsZero() || got.End.Before(got.Start) {
			t.Errorf("call %+v, want %+v", got, want)
		}
		e.Journal().Reset()
	}
}

// comparable is a call without what only the journal knows.
func comparable(c wire.Call) [9]any {
	return [9]any{c.Number, c.Host, c.Service, c.Method, c.Protocol, c.Resource, c.Caller, c.HTTP, c.Code}
}

func TestSteps_CountsCallsThatHadToWait(t *testing.T) {
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

func TestJournal_HoldsCallsThatNothingServes(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	ask(t, e, "GET", "/run.googleapis.com/v2/projects/p/services", "", nil)
	ask(t, e, "DELETE", "/"+host+"/v3/liens/l", "", nil)
	ask(t, e, "PATCH", "/admin.googleapis.com/admin/directory/v1/groups/g", "", nil)
	connection, err := grpc.NewClient(strings.TrimPrefix(e.URL(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	err = connection.Invoke(t.Context(), "/google.cloud.run.v2.Services/ListServices", new(emptypb.Empty), new(emptypb.Empty))
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("a gRPC method that is not served: %v, want Unimplemented", err)
	}
	var got []string
	for _, c := range e.Journal().Calls() {
		got = append(got, fmt.Sprintf("%s %s|%s %d %v", c.Protocol, c.Service, c.Method, c.HTTP, c.Code))
	}
	want := []string{
		"REST run.googleapis.com|GET /v2/projects/p/services 501 Unimplemented",
		"REST " + host + "|DELETE /v3/liens/l 501 Unimplemented",
		"REST admin.googleapis.com|PATCH /admin/directory/v1/groups/g 501 Unimplemented",
		"gRPC google.cloud.run.v2.Services|ListServices 501 Unimplemented",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
}
