package catalog

import "testing"

func TestGroupsAskedWithin_CarriesAFewHomesAMinute(t *testing.T) {
	t.Parallel()
	for share, want := range map[int]int{-1: 10, 0: 10, 12: 10, 60: 10, 66: 11, 120: 20, 383: 63, 384: 64, 400: 64, 1200: 64} {
		if got := groupsAskedWithin(share); got != want {
			t.Errorf("a share of %d calls a minute asks %d groups one by one, want %d", share, got, want)
		}
	}
}
