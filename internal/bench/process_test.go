package main

import (
	"os"
	"runtime"
	"testing"
)

func TestProcess_IsSeenFromOutside(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("memory and processor time are read from Linux's /proc")
	}
	m, err := resident(os.Getpid())
	if err != nil || m.own < 1 || m.all <= m.own {
		t.Errorf("got %+v (%v), want some memory of its own and more in all", m, err)
	}
	before, err := processorTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after == before; { // until the kernel has counted one tick more
		if after, err = processorTime(os.Getpid()); err != nil || after < before {
			t.Fatalf("got %v after %v (%v)", after, before, err)
		}
	}
	if m, err := resident(-1); err == nil {
		t.Errorf("got %+v of a process that is none", m)
	}
}
