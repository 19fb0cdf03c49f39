// A bench program in Go: a module in wazero that calls a function of this host all the time. It speaks the protocol of
// docs/protocol.md, with the standard library alone beside the runtime.
//
// Go has an allocator of its own, so the heap pass reports what Go's counts: calls and bytes. A trim is a collection
// that gives all free pages back.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const group, name, module = "wasm_host_calls", "wazero", "hostloop"

var sizes = []int{100000, 1000000, 10000000}

type fields map[string]any

func send(event string, rest fields) {
	rest["event"] = event
	line, err := json.Marshal(rest)
	if err != nil {
		panic(err)
	}
	emit(append(line, '\n'))
}

var events *os.File

func emit(bytes []byte) {
	if _, err := events.Write(bytes); err != nil {
		os.Exit(1) // nobody is left to be told
	}
}

func sign(c byte) { emit([]byte{c}) }

func id(calls int) string { return fmt.Sprintf("%s/%s/%s/%d", group, name, module, calls) }

// The host and one instance, which are there before the first window.
type subject struct {
	context context.Context
	run     api.Function
	calls   int
	ticks   int
	stack   [1]uint64
}

func open(calls int) (*subject, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bytes, err := os.ReadFile(filepath.Join(filepath.Dir(program), "wasm-modules", module+".wasm"))
	if err != nil {
		return nil, err
	}
	s := &subject{context: context.Background(), calls: calls}
	engine := wazero.NewRuntime(s.context)
	// The form that calls by reflection, WithFunc, would allocate three blocks for each call.
	tick := func(_ context.Context, stack []uint64) {
		s.ticks++
		stack[0] &= 1
	}
	i32 := []api.ValueType{api.ValueTypeI32}
	host := engine.NewHostModuleBuilder("env").NewFunctionBuilder().WithGoFunction(api.GoFunc(tick), i32, i32).Export("tick")
	if _, err := host.Instantiate(s.context); err != nil {
		return nil, err
	}
	instance, err := engine.Instantiate(s.context, bytes)
	if err != nil {
		return nil, err
	}
	s.run = instance.ExportedFunction("run")
	_, err = s.run.Call(s.context, 1) // the first call sets up what calls need
	return s, err
}

func (s *subject) call() {
	s.ticks = 0
	s.stack[0] = uint64(s.calls)
	if err := s.run.CallWithStack(s.context, s.stack[:]); err != nil {
		fail(err.Error())
	}
	if s.ticks != s.calls {
		fail(fmt.Sprintf("%d calls reached the host, not %d", s.ticks, s.calls))
	}
}

func fail(message string) {
	send("done", fields{"outcome": "failed", "message": message})
	os.Exit(0)
}

// Bytes from /proc/self/status or smaps_rollup, as the coordinator wants: opened once, read without allocating.
type reader struct {
	file *os.File
	text [8192]byte
	rss  string
	anon []string
}

func newReader() *reader {
	root := os.Getenv("MEMBENCH_ROOT")
	r := &reader{rss: "VmRSS:", anon: []string{"RssAnon:", "RssShmem:"}}
	source := "status"
	if os.Getenv("MEMBENCH_RSS") == "smaps_rollup" {
		source, r.rss, r.anon = "smaps_rollup", "\nRss:", []string{"\nAnonymous:"}
	}
	file, err := os.Open(filepath.Join("/", root, "proc/self", source))
	if err != nil {
		fail(err.Error())
	}
	r.file = file
	return r
}

type reading struct {
	rss, anon int64
	faults    int64
	allocs    uint64
	bytes     uint64
}

// The number of KiB behind a name, in bytes.
func (r *reader) find(length int, name string) int64 {
	for at := 0; at+len(name) < length; at++ {
		if string(r.text[at:at+len(name)]) != name { // does not allocate
			continue
		}
		var kib int64
		for at += len(name); at < length && r.text[at] != 'k'; at++ {
			if c := r.text[at]; c >= '0' && c <= '9' {
				kib = kib*10 + int64(c-'0')
			}
		}
		return kib * 1024
	}
	return 0
}

func (r *reader) read(into *reading) {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		into.faults = usage.Minflt
	}
	length, err := syscall.Pread(int(r.file.Fd()), r.text[:], 0)
	if err != nil {
		fail(err.Error())
	}
	into.rss, into.anon = r.find(length, r.rss), 0
	for _, name := range r.anon {
		into.anon += r.find(length, name)
	}
}

var stats runtime.MemStats

func readHeap(into *reading) {
	runtime.ReadMemStats(&stats)
	into.allocs, into.bytes = stats.Mallocs, stats.TotalAlloc
}

func measure(s *subject, window string, r *reader, isHeap bool) {
	var before, ran, released, trimmed reading
	send("begin", fields{"window": window})
	read := r.read
	if isHeap {
		read = readHeap
	}
	debug.FreeOSMemory()
	read(&before)
	read(&before)
	sign('r')
	s.call()
	read(&ran)
	sign('x')
	read(&released)
	if isHeap {
		reason := "Go's collector, not the program, frees"
		send("end", fields{
			"values": fields{
				"heap_alloc_count": ran.allocs - before.allocs, "heap_alloc_bytes": ran.bytes - before.bytes},
			"missing": fields{"heap_live_bytes": reason, "heap_peak_bytes": reason, "heap_retained_bytes": reason}})
		return
	}
	sign('t')
	debug.FreeOSMemory()
	read(&trimmed)
	reason := "this program does not read it"
	send("end", fields{
		"values": fields{
			"rss_delta_bytes": ran.rss - before.rss, "anon_delta_bytes": ran.anon - before.anon,
			"retained_rss_bytes": released.rss - before.rss, "retained_anon_bytes": released.anon - before.anon,
			"retained_after_trim_bytes":      trimmed.rss - before.rss,
			"retained_after_trim_anon_bytes": trimmed.anon - before.anon,
			"page_fault_minor_count":         ran.faults - before.faults},
		"missing": fields{"footprint_bytes": reason, "peak_rss_delta_bytes": reason}})
}

func integer(variable string, fallback int64) int64 {
	value, err := strconv.ParseInt(os.Getenv(variable), 10, 64)
	if err != nil {
		return fallback
	}
	return value
}

func sample(s *subject, pass string) {
	r := newReader()
	measure(s, "cold", r, pass == "heap")
	warmups := integer("MEMBENCH_WARMUP", 2)
	if warmups < 0 || s.calls == sizes[len(sizes)-1] {
		return
	}
	for ; warmups > 0; warmups-- {
		sign('w')
		s.call()
	}
	measure(s, "steady", r, pass == "heap")
}

func measureTime(s *subject) {
	minimum, repetitions := integer("MEMBENCH_TIME_MIN_NS", 25000000), integer("MEMBENCH_TIME_REPETITIONS", 1)
	s.call()
	var times []float64
	for ; repetitions > 0; repetitions-- {
		start, count := time.Now(), 0
		for count == 0 || time.Since(start).Nanoseconds() < minimum {
			s.call()
			count++
		}
		times = append(times, float64(time.Since(start).Nanoseconds())/float64(count))
	}
	send("time", fields{"real_time_ns": times})
}

// Calls all the time, or not at all, as the lines on standard input say; at its end, as if told to stop.
func soak(s *subject) int {
	commands := make(chan string)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			commands <- lines.Text()
		}
		commands <- "stop"
	}()
	interval := time.Duration(integer("MEMBENCH_SOAK_INTERVAL_NS", 1000000000))
	count := 0
	reported := time.Now()
	report := func(state string) {
		what := fields{"operation_count": count}
		if state != "" {
			what["state"] = state
		}
		send("progress", what)
		reported = time.Now()
	}
	for command := "run"; command != "stop"; {
		switch command {
		case "run":
			report("run")
			sign('r')
			for command = ""; command == ""; {
				s.call()
				count += s.calls
				if time.Since(reported) >= interval {
					report("")
				}
				select {
				case command = <-commands:
				default:
				}
			}
			continue
		case "trim":
			sign('t')
			debug.FreeOSMemory()
			report("trimmed")
		case "idle":
			report("idle")
		}
		command = <-commands
	}
	return count
}

func list() {
	for i, calls := range sizes {
		flags := []string{"threads"}
		if i == len(sizes)-1 {
			flags = append(flags, "cold_only")
		}
		send("case", fields{
			"id": id(calls), "group": group, "function": name, "flags": flags,
			"summary": "calls of a host function from one instance",
			"params":  []fields{{"name": "module", "value": 0, "label": module}, {"name": "calls", "value": calls}}})
	}
	send("done", fields{"outcome": "ok"})
}

func main() {
	descriptor := os.Getenv("MEMBENCH_FD")
	if descriptor == "" {
		arguments := append([]string{"membench", "--program", os.Args[0]}, os.Args[1:]...)
		for _, folder := range append([]string{filepath.Dir(os.Args[0]) + "/../bin"}, filepath.SplitList(os.Getenv("PATH"))...) {
			_ = syscall.Exec(filepath.Join(folder, "membench"), arguments, os.Environ())
		}
		fmt.Fprintln(os.Stderr, "run by: membench --program", os.Args[0])
		os.Exit(2)
	}
	events = os.NewFile(uintptr(integer("MEMBENCH_FD", -1)), "events")
	send("hello", fields{"protocol": 1, "version": "wazero 1.6.0", "libc": "none", "allocator": runtime.Version()})
	action := os.Getenv("MEMBENCH_ACTION")
	if action == "list" {
		list()
		return
	}
	wanted := os.Getenv("MEMBENCH_CASE")
	if wanted == "" && action == "soak" { // started as a command: short calls, so that commands are heard soon
		wanted = id(sizes[0])
	}
	calls, err := strconv.Atoi(wanted[strings.LastIndex(wanted, "/")+1:])
	if err != nil || id(calls) != wanted {
		fail("the program has no case with that id")
	}
	sign('s')
	s, err := open(calls)
	if os.IsNotExist(err) {
		send("done", fields{"outcome": "skipped", "message": "the module " + module + " was not made"})
		return
	}
	if err != nil {
		fail(err.Error())
	}
	count := calls
	switch pass := os.Getenv("MEMBENCH_PASS"); {
	case action == "soak":
		count = soak(s)
	case pass == "time":
		measureTime(s)
	default:
		sample(s, pass)
	}
	send("done", fields{"outcome": "ok", "operation_count": count})
}
