package resourcemanager

import (
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

// maxPage is the largest page of a search, and the usual one.
const maxPage = 500

// searching is a request for a page of what matches a query.
type searching interface {
	GetQuery() string
	GetPageSize() int32
	GetPageToken() string
}

// search returns the page of the list that is asked for.
func search[T any](r searching, list []T, finds func(T, query.Query) bool) (page []T, next string, err error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil {
		return nil, "", invalid("Invalid query: %v.", err)
	}
	list = slices.DeleteFunc(list, func(one T) bool { return !finds(one, q) })
	page, next, err = query.Page(list, int(r.GetPageSize()), maxPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, "", invalid("%v", err)
	}
	return page, next, nil
}
