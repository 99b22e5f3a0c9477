package binding

import (
	"io"
	"net/http"
	"strings"
	"testing"

	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

func TestNotChecked_BlamesTheResourceOnlyWhereGoogleHidesIt(t *testing.T) {
	t.Parallel()
	explainAnswer := func(code int, message string) error { return &google.Error{Code: code, Message: message} }
	for name, test := range map[string]struct {
		err      error
		at, says string
	}{
		"a hidden place":            {explainAnswer(http.StatusForbidden, "The caller does not have permission"), projectAttribute, "nothing is wrong"},
		"a place that is not":       {explainAnswer(http.StatusNotFound, "not found"), projectAttribute, "There is no projects/payments-prod"},
		"an API that is off":        {explainAnswer(http.StatusForbidden, "Cloud Resource Manager API has not been used in project 1 before or it is disabled."), "", "gcloud services enable"},
		"a billing project":         {explainAnswer(http.StatusForbidden, "Caller does not have required permission to use project paying."), "", "billing_project"},
		"an outage":                 {explainAnswer(http.StatusServiceUnavailable, "unavailable"), "", "also after several tries"},
		"an answer of another":      {policy.ErrNoEtag, "", "What answered is not Google"},
		"a broken connection":       {io.ErrUnexpectedEOF, "", "could not be reached"},
		"a setting that is to come": {err: &client.PendingError{Attribute: "access_token"}},
		"no error":                  {},
	} {
		found := notCheckedWarnings(test.err, testModel(alice))
		if test.says == "" {
			if len(found) > 0 {
				t.Errorf("%s: got %+v, want nothing", name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Attribute != test.at || !strings.Contains(found[0].Detail, test.says) {
			t.Errorf("%s: got %+v, want one warning at %q with %q", name, found, test.at, test.says)
		}
	}
}
