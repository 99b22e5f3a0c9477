package resourcemanager

import (
	"encoding/base64"
	"strconv"
)

// maxPage is the largest page of a search.
const maxPage = 500

// page cuts one page out of a list. Its token is opaque to clients.
func page[T any](list []T, size int32, token string) ([]T, string, error) {
	from := 0
	if token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", invalid("Invalid page token.")
		}
		from, err = strconv.Atoi(string(text))
		if err != nil || from < 0 || from > len(list) {
			return nil, "", invalid("Invalid page token.")
		}
	}
	if size <= 0 || size > maxPage {
		size = maxPage
	}
	to := min(from+int(size), len(list))
	if to == len(list) {
		return list[from:], "", nil
	}
	return list[from:to], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to))), nil
}
