package testbed

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// startTime bounds how long a portal may take until it listens.
	startTime = 30 * time.Second
	// stopTime bounds how long one may take to stop before it is killed.
	stopTime = 10 * time.Second
)

// Portal is one process of the portal.
type Portal struct {
	command *exec.Cmd
	address string
	stderr  strings.Builder // what it wrote to its error output
	exited  chan struct{}
	err     error // of its end; to be read when exited is closed

	mu     sync.Mutex
	events []Event
	killed bool
}

// Event is one line of the portal's log.
type Event struct {
	Severity string            `json:"severity"`
	Message  string            `json:"message"`
	Labels   map[string]string `json:"logging.googleapis.com/labels"`
	Trace    string            `json:"logging.googleapis.com/trace"`
	Pattern  string            `json:"pattern"`
	Status   int               `json:"status"`
	Line     string            `json:"-"` // as it was written
}

// StartPortal starts a process of the portal and waits until it listens. Several may run side by
// side. Its standard input is closed when this process ends, so that a portal in a test binary can
// end too.
func (s *Testbed) StartPortal() (*Portal, error) { return s.start("127.0.0.1:0") }

// Replace starts a process of the portal where one that has ended listened.
func (s *Testbed) Replace(p *Portal) (*Portal, error) { return s.start(p.address) }

func (s *Testbed) start(address string) (*Portal, error) {
	command := exec.Command(s.options.Portal[0], s.options.Portal[1:]...)
	command.Env = s.PortalEnvironment(address)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the portal: %w", err)
	}
	if _, err := command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the portal: %w", err)
	}
	p := &Portal{command: command, exited: make(chan struct{})}
	command.Stderr = &p.stderr
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the portal: %w", err)
	}
	listening := make(chan string, 1)
	go p.follow(out, s.options.Log, listening)
	select {
	case p.address = <-listening:
	case <-p.exited:
		return nil, errors.Join(errors.New("the portal ended before it listened"), p.exitError())
	case <-time.After(startTime):
		return nil, errors.Join(fmt.Errorf("the portal did not listen within %v", startTime), p.Kill())
	}
	s.mu.Lock()
	s.portals = append(s.portals, p)
	s.mu.Unlock()
	return p, nil
}

// PortalEnvironment is that of a service on Cloud Run which reaches Google at the emulator and
// listens at an address.
func (s *Testbed) PortalEnvironment(address string) []string {
	return append([]string{
		"LISTEN_ADDRESS=" + address,
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + os.Getenv("HOME"),
		"PUBLIC_URL=" + s.Address(),
		"ADMINISTRATORS=user:" + Administrator,
		"K_SERVICE=" + PortalService,
		"RESOURCE_SCOPE=organizations/" + s.World().Organization().Number,
		"RESOURCE_CATALOG=AssetInventory",
		"RESOURCE_CUSTOMER_ID=" + s.World().Organization().Customer,
		"GOOGLE_API_ENDPOINT=" + s.URL(),
		"GCE_METADATA_HOST=" + s.metadata,
	}, s.options.Env...)
}

// follow reads the log to its end, then waits until the process has exited.
func (p *Portal) follow(out io.Reader, log io.Writer, listening chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if log != nil {
			fmt.Fprintln(log, lines.Text())
		}
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		e.Line = lines.Text()
		if address, ok := strings.CutPrefix(e.Message, "Listening on "); ok {
			listening <- address
		}
		p.mu.Lock()
		p.events = append(p.events, e)
		p.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, out)
	p.err = p.command.Wait()
	close(p.exited)
}

// Address is where the portal listens, host and port.
func (p *Portal) Address() string { return p.address }

// Pid is the id of the process.
func (p *Portal) Pid() int { return p.command.Process.Pid }

// Events returns what the portal has logged so far under an event's name, in order; all lines for
// "".
func (p *Portal) Events(name string) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []Event
	for _, e := range p.events {
		if name == "" || e.Labels["event"] == name {
			found = append(found, e)
		}
	}
	return found
}

// Kill ends the process at once, as a machine that fails does.
func (p *Portal) Kill() error {
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	return p.end(syscall.SIGKILL)
}

// Stop asks the process to end and waits until it has. The error tells that it failed, now or
// before, and what it wrote to its error output.
func (p *Portal) Stop() error { return p.end(syscall.SIGTERM) }

func (p *Portal) end(signal os.Signal) error {
	select {
	case <-p.exited:
		return p.exitError()
	default:
	}
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending the portal: %w", err)
	}
	select {
	case <-p.exited:
		return p.exitError()
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("the portal did not end within %v", stopTime), p.command.Process.Kill())
	}
}

// exitError is the error of a process that has ended by itself, nil if it ended well or was killed.
func (p *Portal) exitError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil || p.killed {
		return nil
	}
	return fmt.Errorf("the portal ended badly: %w: %s", p.err, p.stderr.String())
}
