package resourcemanager

import (
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

// maxPage is the largest page, and the usual one.
const maxPage = 500

// pageRequest is a request for one page.
type pageRequest interface {
	GetPageSize() int32
	GetPageToken() string
}

// searchRequest is a request for a page of what matches a query.
type searchRequest interface {
	pageRequest
	GetQuery() string
}

// search returns the page of the list that is asked for.
func search[T any](r searchRequest, list []T, match func(T, query.Query) bool) ([]T, string, error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil {
		return nil, "", invalid("Invalid query: %v.", err)
	}
	return page(r, slices.DeleteFunc(list, func(one T) bool { return !match(one, q) }))
}

// page cuts the page that is asked for out of a list.
func page[T any](r pageRequest, list []T) ([]T, string, error) {
	part, next, err := query.Page(list, int(r.GetPageSize()), maxPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, "", invalid("%v", err)
	}
	return part, next, nil
}
