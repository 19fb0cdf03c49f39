//! A bench program in Rust: a module in wasmi that calls a function of this host all the time. It speaks the protocol
//! of docs/protocol.md, with the standard library alone beside the runtime.
//!
//! Its allocator counts: calls, requested bytes and usable bytes, as the heap hook does for C.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::os::fd::FromRawFd;
use std::os::unix::process::CommandExt;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use wasmi::{Caller, Engine, Linker, Module, Store, TypedFunc};

const PREFIX: &str = "wasm_host_calls/wasmi-rust/hostloop";
const SIZES: [i64; 3] = [100_000, 1_000_000, 10_000_000];
const MODULE: &str = "hostloop";

extern "C" {
    fn malloc_usable_size(block: *mut c_void) -> usize;
    fn malloc_trim(pad: usize) -> c_int;
}

static CALLS: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

struct Counting;

impl Counting {
    fn taken(block: *mut u8, requested: usize) -> *mut u8 {
        if !block.is_null() {
            CALLS.fetch_add(1, Relaxed);
            BYTES.fetch_add(requested as i64, Relaxed);
            let usable = unsafe { malloc_usable_size(block.cast()) } as i64;
            PEAK.fetch_max(LIVE.fetch_add(usable, Relaxed) + usable, Relaxed);
        }
        block
    }

    fn given(block: *mut u8) {
        LIVE.fetch_sub(unsafe { malloc_usable_size(block.cast()) } as i64, Relaxed);
    }
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::taken(System.alloc(layout), layout.size())
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::taken(System.alloc_zeroed(layout), layout.size())
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Self::given(block);
        System.dealloc(block, layout)
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let before = malloc_usable_size(block.cast()) as i64;
        let moved = System.realloc(block, layout, size);
        if !moved.is_null() {
            LIVE.fetch_sub(before, Relaxed);
        }
        Self::taken(moved, size)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Events(std::fs::File);

impl Events {
    fn emit(&mut self, bytes: &[u8]) {
        if self.0.write_all(bytes).is_err() {
            std::process::exit(1); // nobody is left to be told
        }
    }
    fn line(&mut self, members: &str) {
        self.emit(format!("{{{members}}}\n").as_bytes());
    }
    fn sign(&mut self, character: u8) {
        self.emit(&[character]);
    }
    fn done(&mut self, outcome: &str, message: &str, operations: i64) {
        let message: String = message
            .chars()
            .filter(|c| !c.is_control() && *c != '"' && *c != '\\')
            .collect();
        self.line(&format!(
            r#""event":"done","outcome":"{outcome}","message":"{message}","operation_count":{operations}"#
        ));
    }
}

/// The host and one instance, which are there before the first window. The store counts the calls that reach the host.
struct Subject {
    store: Store<i64>,
    run: TypedFunc<i32, i32>,
    calls: i64,
}

impl Subject {
    fn open(calls: i64, bytes: &[u8]) -> Result<Self, wasmi::Error> {
        let engine = Engine::default();
        let module = Module::new(&engine, bytes)?;
        let mut store = Store::new(&engine, 0);
        let mut linker = Linker::new(&engine);
        linker.func_wrap(
            "env",
            "tick",
            |mut caller: Caller<'_, i64>, argument: i32| -> i32 {
                *caller.data_mut() += 1;
                argument & 1
            },
        )?;
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        let run = instance.get_typed_func::<i32, i32>(&store, "run")?;
        run.call(&mut store, 1)?; // the first call sets up what calls need
        Ok(Subject { store, run, calls })
    }

    fn call(&mut self) {
        *self.store.data_mut() = 0;
        self.run
            .call(&mut self.store, self.calls as i32)
            .expect("the module trapped");
        assert_eq!(
            *self.store.data(),
            self.calls,
            "not all calls reached the host"
        );
    }
}

/// Bytes from /proc/self/status or smaps_rollup, as the coordinator wants: opened once, read without allocating.
struct Reader {
    file: std::fs::File,
    text: [u8; 8192],
    rss: &'static [u8],
    anon: &'static [&'static [u8]],
    is_heap: bool,
}

#[derive(Clone, Copy, Default)]
struct Reading {
    rss: i64,
    anon: i64,
    calls: i64,
    bytes: i64,
    live: i64,
}

impl Reader {
    fn new(is_heap: bool) -> std::io::Result<Self> {
        let root = std::env::var("MEMBENCH_ROOT").unwrap_or_default();
        let is_rollup = std::env::var("MEMBENCH_RSS").as_deref() == Ok("smaps_rollup");
        let source = if is_rollup { "smaps_rollup" } else { "status" };
        Ok(Reader {
            file: std::fs::File::open(format!(
                "{}/proc/self/{source}",
                root.trim_end_matches('/')
            ))?,
            text: [1; 8192],
            rss: if is_rollup { b"\nRss:" } else { b"\nVmRSS:" },
            anon: if is_rollup {
                &[b"\nAnonymous:"]
            } else {
                &[b"\nRssAnon:", b"\nRssShmem:"]
            },
            is_heap,
        })
    }

    /// The number of KiB behind a name, in bytes.
    fn find(&self, length: usize, name: &[u8]) -> i64 {
        let text = &self.text[..length];
        let Some(at) = text.windows(name.len()).position(|w| w == name) else {
            return 0;
        };
        let digits = text[at + name.len()..]
            .iter()
            .take_while(|c| **c != b'k')
            .filter(|c| c.is_ascii_digit());
        digits.fold(0, |kib, c| kib * 10 + i64::from(c - b'0')) * 1024
    }

    fn read(&mut self) -> Reading {
        if self.is_heap {
            return Reading {
                calls: CALLS.load(Relaxed),
                bytes: BYTES.load(Relaxed),
                live: LIVE.load(Relaxed),
                ..Default::default()
            };
        }
        let mut length = 0;
        if self.file.seek(SeekFrom::Start(0)).is_ok() {
            while let Ok(count) = self.file.read(&mut self.text[length..]) {
                if count == 0 {
                    break;
                }
                length += count;
            }
        }
        Reading {
            rss: self.find(length, self.rss),
            anon: self.anon.iter().map(|name| self.find(length, name)).sum(),
            ..Default::default()
        }
    }
}

fn measure(subject: &mut Subject, window: &str, reader: &mut Reader, events: &mut Events) {
    events.line(&format!(r#""event":"begin","window":"{window}""#));
    reader.read();
    let before = reader.read();
    PEAK.store(before.live, Relaxed);
    events.sign(b'r');
    subject.call();
    let ran = reader.read();
    let peak = PEAK.load(Relaxed);
    events.sign(b'x');
    let released = reader.read();
    if reader.is_heap {
        events.line(&format!(
            r#""event":"end","values":{{"heap_live_bytes":{},"heap_peak_bytes":{},"heap_alloc_bytes":{},"heap_alloc_count":{},"heap_retained_bytes":{}}},"missing":{{}}"#,
            ran.live - before.live,
            peak - before.live,
            ran.bytes - before.bytes,
            ran.calls - before.calls,
            released.live - before.live
        ));
        return;
    }
    events.sign(b't');
    unsafe { malloc_trim(0) };
    let trimmed = reader.read();
    events.line(&format!(
        r#""event":"end","values":{{"rss_delta_bytes":{},"anon_delta_bytes":{},"retained_rss_bytes":{},"retained_anon_bytes":{},"retained_after_trim_bytes":{},"retained_after_trim_anon_bytes":{}}},"missing":{{"footprint_bytes":"this program does not read it"}}"#,
        ran.rss - before.rss,
        ran.anon - before.anon,
        released.rss - before.rss,
        released.anon - before.anon,
        trimmed.rss - before.rss,
        trimmed.anon - before.anon
    ));
}

fn integer(variable: &str, fallback: i64) -> i64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(fallback)
}

fn sample(subject: &mut Subject, pass: &str, events: &mut Events) -> std::io::Result<()> {
    let mut reader = Reader::new(pass == "heap")?;
    measure(subject, "cold", &mut reader, events);
    let warmups = integer("MEMBENCH_WARMUP", 2);
    if warmups >= 0 && subject.calls < SIZES[2] {
        for _ in 0..warmups {
            events.sign(b'w');
            subject.call();
        }
        measure(subject, "steady", &mut reader, events);
    }
    Ok(())
}

fn measure_time(subject: &mut Subject, events: &mut Events) {
    let minimum = Duration::from_nanos(integer("MEMBENCH_TIME_MIN_NS", 25_000_000) as u64);
    let mut times = Vec::new();
    subject.call();
    for _ in 0..integer("MEMBENCH_TIME_REPETITIONS", 1) {
        let (start, mut count) = (Instant::now(), 0);
        while count == 0 || start.elapsed() < minimum {
            subject.call();
            count += 1;
        }
        times.push(format!(
            "{:.3}",
            start.elapsed().as_nanos() as f64 / f64::from(count)
        ));
    }
    events.line(&format!(
        r#""event":"time","real_time_ns":[{}]"#,
        times.join(",")
    ));
}

/// Calls all the time, or not at all, as the lines on standard input say; at its end, as if told to stop.
fn soak(subject: &mut Subject, events: &mut Events) -> i64 {
    let (sender, commands) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let interval = Duration::from_nanos(integer("MEMBENCH_SOAK_INTERVAL_NS", 1_000_000_000) as u64);
    let mut count = 0;
    let mut report = |state: &str, count: i64| {
        let state = if state.is_empty() {
            String::new()
        } else {
            format!(r#""state":"{state}","#)
        };
        let live = LIVE.load(Relaxed);
        events.line(&format!(
            r#""event":"progress",{state}"operation_count":{count},"heap_live_bytes":{live}"#
        ));
    };
    let mut command = String::from("run");
    while command != "stop" {
        match command.as_str() {
            "run" => {
                report("run", count);
                let mut reported = Instant::now();
                command = loop {
                    subject.call();
                    count += subject.calls;
                    if reported.elapsed() >= interval {
                        report("", count);
                        reported = Instant::now();
                    }
                    match commands.try_recv() {
                        Ok(next) => break next,
                        Err(mpsc::TryRecvError::Disconnected) => break "stop".into(),
                        Err(mpsc::TryRecvError::Empty) => {}
                    }
                };
                continue;
            }
            "trim" => {
                unsafe { malloc_trim(0) };
                report("trimmed", count);
            }
            "idle" => report("idle", count),
            _ => {}
        }
        command = commands.recv().unwrap_or_else(|_| "stop".into());
    }
    count
}

fn list(events: &mut Events) {
    for calls in SIZES {
        let flags = if calls == SIZES[2] {
            r#""cold_only""#
        } else {
            ""
        };
        events.line(&format!(
            r#""event":"case","id":"{PREFIX}/{calls}","group":"wasm_host_calls","function":"wasmi-rust","flags":[{flags}],"summary":"calls of a host function from one instance","params":[{{"name":"module","value":0,"label":"{MODULE}"}},{{"name":"calls","value":{calls}}}]"#
        ));
    }
    events.done("ok", "", 0);
}

fn run_case(
    events: &mut Events,
    program: &std::path::Path,
) -> Result<i64, Box<dyn std::error::Error>> {
    let is_soak = std::env::var("MEMBENCH_ACTION").as_deref() == Ok("soak");
    let calls = match std::env::var("MEMBENCH_CASE") {
        Ok(wanted) => SIZES
            .into_iter()
            .find(|calls| format!("{PREFIX}/{calls}") == wanted)
            .ok_or("the program has no case with that id")?,
        Err(_) if is_soak => SIZES[0], // started as a command: short calls, so that commands are heard soon
        Err(error) => return Err(error.into()),
    };
    events.sign(b's');
    let file = program
        .with_file_name("wasm-modules")
        .join(format!("{MODULE}.wasm"));
    let mut subject = Subject::open(calls, &std::fs::read(file)?)?;
    let pass = std::env::var("MEMBENCH_PASS").unwrap_or_default();
    if is_soak {
        return Ok(soak(&mut subject, events));
    }
    match pass.as_str() {
        "time" => measure_time(&mut subject, events),
        _ => sample(&mut subject, &pass, events)?,
    }
    Ok(calls)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::current_exe()?;
    let Ok(descriptor) = std::env::var("MEMBENCH_FD") else {
        let beside = program.with_file_name("../bin/membench");
        let coordinator = if beside.exists() {
            beside
        } else {
            "membench".into()
        };
        let mut command = std::process::Command::new(coordinator);
        return Err(command
            .arg("--program")
            .arg(&program)
            .args(std::env::args_os().skip(1))
            .exec()
            .into());
    };
    let mut events = Events(unsafe { std::fs::File::from_raw_fd(descriptor.parse()?) });
    events.line(
        r#""event":"hello","protocol":1,"version":"wasmi 2.0.0","allocator":"Rust over malloc""#,
    );
    if std::env::var("MEMBENCH_ACTION").as_deref() == Ok("list") {
        list(&mut events);
        return Ok(());
    }
    match run_case(&mut events, &program) {
        Ok(operations) => events.done("ok", "", operations),
        Err(error) if error.downcast_ref::<std::io::Error>().is_some() => {
            events.done("skipped", &format!("the module {MODULE}: {error}"), 0)
        }
        Err(error) => events.done("failed", &error.to_string(), 0),
    }
    Ok(())
}
