package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// memory is the resident memory of a process in MiB: all of it, and its own, which excludes the
// pages of its binary: the kernel shares those between processes and can drop them.
type memory struct{ all, own float64 }

func (m memory) String() string {
	return fmt.Sprintf("%.1f its own, the rest pages of its binary", m.own)
}

// resident reads the memory of a process. Source: proc(5), status.
func resident(pid int) (m memory, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, fmt.Errorf("reading the memory of a process, which needs Linux: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		name, value, _ := strings.Cut(line, ":")
		if _, err := fmt.Sscanf(value, "%f kB", &kib); err != nil {
			continue // other lines are other things
		}
		switch name {
		case "VmRSS":
			m.all = kib / 1024
		case "RssAnon":
			m.own = kib / 1024
		}
	}
	if m.all == 0 || m.own == 0 {
		return m, errors.New("reading the memory of a process: VmRSS or RssAnon is missing")
	}
	return m, nil
}

// ticks a second: what proc(5) counts the time of processes in.
const ticks = 100

// processorTime is the processor time of a process so far, its own and the kernel's for it. Source:
// proc(5), stat, fields 14 and 15.
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the processor time of a process, which needs Linux: %w", err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, errors.New("reading the processor time of a process: too few fields")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading the processor time of a process: %w", err)
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading the processor time of a process: %w", err)
	}
	return time.Duration(user+system) * time.Second / ticks, nil
}
