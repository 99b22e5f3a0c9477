package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// problems are all that is wrong with a configuration.
type problems []error

// add adds a problem that begins with the variable and its value. Values of secrets never come
// here.
func (p *problems) add(name, value, problem string) {
	if value == "" {
		*p = append(*p, fmt.Errorf("%s %s", name, problem))
		return
	}
	*p = append(*p, fmt.Errorf("%s=%q %s", name, value, problem))
}

// flag reads true or false. JIT Access 1.8.1 takes everything but "true" for false, so a typo could
// turn a protection off. Here such a value stops the start.
func (p *problems) flag(name, value string) bool {
	switch strings.ToLower(value) {
	case "true":
		return true
	case "false", "no", "off", "0":
		return false
	}
	p.add(name, value, "is neither true nor false, and JIT Access 1.8.1 took it for false; set one of the two")
	return true
}

// number reads a whole number between two bounds.
func (p *problems) number(name, value string, least, most int64) int64 {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		p.add(name, value, fmt.Sprintf("is no whole number from %d to %d", least, most))
		return least
	}
	return n
}

// cappedNumber reads a whole number that JIT Access 1.8.1 accepts however large it is. A larger one
// counts as most, with a warning.
func cappedNumber(name, value string, most int64, why string, p *problems, warnings *[]string) int64 {
	n := p.number(name, value, 1, math.MaxInt32)
	if n <= most {
		return n
	}
	*warnings = append(*warnings, fmt.Sprintf("%s=%s counts as %d: %s", name, value, most, why))
	return most
}
