package bench

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is CPU time used by the three parties that share the machine, and by the
// whole machine.
type cpu struct{ service, database, generator, machine time.Duration }

func (c cpu) minus(before cpu) cpu {
	return cpu{c.service - before.service, c.database - before.database, c.generator - before.generator, c.machine - before.machine}
}

func (c cpu) ours() time.Duration { return c.service + c.database + c.generator }

// others returns what programs that are not part of the measurement used.
func (c cpu) others() time.Duration { return max(0, c.machine-c.ours()) }

// processes are the process ids of the service and of the database server, 0
// where there is none; this process is the generator.
type processes struct{ service, database int }

func (p processes) usage() cpu {
	return cpu{service: cpuOf(p.service), database: cpuOf(p.database), generator: ownCPU(), machine: machineCPU()}
}

// ownCPU returns the CPU time this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clockTick is what /proc counts CPU time in; Linux shows every program 100 a
// second, whatever the kernel does inside.
const clockTick = 10 * time.Millisecond

// cpuOf returns the CPU time a process has used, 0 where the system does not
// say.
func cpuOf(process int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(process) + "/stat")
	if process == 0 || err != nil {
		return 0
	}
	// The name in parentheses may hold anything; utime and stime are the 12th
	// and 13th field after it.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick
}

// machineCPU returns the CPU time that all cores were busy, or taken away from a
// virtual machine, since it was started.
func machineCPU() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var busy int64
	for i, field := range strings.Fields(line) {
		n, _ := strconv.ParseInt(field, 10, 64)
		if idle := i == 4 || i == 5; i > 0 && i <= 8 && !idle {
			busy += n
		}
	}
	return time.Duration(busy) * clockTick
}

// memoryOf returns the resident memory of a process in bytes: now, and at its
// highest.
func memoryOf(process int) (now, highest int64) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(process) + "/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			highest = kib << 10
		}
	}
	return now, highest
}
