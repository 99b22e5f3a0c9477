package main

import "testing"

func TestWantsLog_WhereAnyVariableOfTheLogHasAValue(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{
		"TF_LOG=DEBUG":               true,
		"TF_LOG_PROVIDER=info":       true,
		"TF_LOG_SDK_FRAMEWORK=TRACE": true,
		"TF_LOG=":                    false,
		"TF_LOGS":                    false,
		"OTHER=TF_LOG":               false,
	} {
		if got := wantsLog([]string{"PATH=/bin", variable}); got != want {
			t.Errorf("with %s: got %v, want %v", variable, got, want)
		}
	}
}
