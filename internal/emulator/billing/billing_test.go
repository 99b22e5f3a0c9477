package billing_test

import (
	"errors"
	"testing"

	"golang.org/x/oauth2"
	"google.golang.org/api/cloudbilling/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

func TestBillingInfo_IsForThoseWhoSeeTheProject(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for caller, allowed := range map[string]bool{"bob@example.com": true, "zoe@partner.example": false} {
		s, err := cloudbilling.NewService(t.Context(), option.WithEndpoint(e.URL()+"/cloudbilling.googleapis.com/"),
			option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})))
		if err != nil {
			t.Fatal(err)
		}
		info, err := s.Projects.GetBillingInfo("projects/payments-prod").Do()
		if allowed && (err != nil || info.ProjectId != "payments-prod" || info.BillingEnabled || info.BillingAccountName != "") {
			t.Errorf("%s: %+v, %v, want that nobody pays", caller, info, err)
		}
		var refused *googleapi.Error
		if !allowed && (!errors.As(err, &refused) || refused.Code != 403) {
			t.Errorf("%s: %v, want 403", caller, err)
		}
	}
}
