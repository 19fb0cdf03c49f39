//! Cases of membench in the manner of Criterion (docs/rust.md). What the closure of `iter` builds is measured while it is
//! alive and once it was dropped; `cargo bench` starts the coordinator, which runs each sample in a process of its own.
//! It speaks docs/protocol.md. Between the readings nothing of this crate allocates or is touched for the first time.
use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::os::unix::io::FromRawFd;
use std::os::unix::process::CommandExt;
use std::time::Instant;

const POINTS: usize = 4; // B, E1, E2, T

extern "C" {
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    #[cfg(target_env = "gnu")]
    fn malloc_trim(keep_bytes: usize) -> i32;
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number(name: &str) -> i64 {
    variable(name).parse().unwrap_or(-1)
}

fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => made.extend(['\\', c]),
            c if c < ' ' => write!(made, "\\u{:04x}", c as u32).unwrap(),
            c => made.push(c),
        }
    }
    made + "\""
}

struct Events(File);

impl Events {
    fn send(&mut self, event: &str, members: &str) {
        let comma = if members.is_empty() { "" } else { "," };
        let line = format!("{{\"event\":\"{event}\"{comma}{members}}}\n");
        self.0.write_all(line.as_bytes()).expect("membench has gone");
    }

    fn sign(&mut self, character: &[u8; 1]) {
        self.0.write_all(character).expect("membench has gone");
    }
}

/// A reading of the heap hook: calls, bytes requested, blocks given back, bytes alive, their peak, threads.
type HeapReading = [i64; 6];
const ALLOC_COUNT: usize = 0;
const ALLOC_BYTES: usize = 1;
const LIVE: usize = 3;
const PEAK: usize = 4;

#[repr(C)] // docs/protocol.md
struct HeapHook {
    magic: u64,
    version: u32,
    table_bytes: u32,
    begin: extern "C" fn(),
    read: extern "C" fn(*mut HeapReading),
    later: [usize; 3],
    point: Option<extern "C" fn(i32)>, // from version 3 on
}

const MAGIC: u64 = 0x4d42_4845_4150_0001;

struct Readings {
    status: Option<File>,
    texts: [Vec<u8>; POINTS],
    lengths: [usize; POINTS],
    hook: Option<&'static HeapHook>,
    heap: [HeapReading; POINTS],
    says_points: bool,
}

impl Readings {
    fn new() -> Readings {
        let address = usize::from_str_radix(&variable("MEMBENCH_HEAP_HOOK"), 16).unwrap_or(0);
        let is_heap = variable("MEMBENCH_PASS") == "heap";
        // SAFETY: the hook, in this process since before main, has written where its table is; or the value is 0.
        let hook = unsafe { (address as *const HeapHook).as_ref() };
        Readings {
            status: if is_heap { None } else { File::open(variable("MEMBENCH_ROOT") + "/proc/self/status").ok() },
            texts: [(); POINTS].map(|_| vec![b' '; 8192]),
            lengths: [0; POINTS],
            hook: hook.filter(|hook| is_heap && hook.magic == MAGIC && hook.version >= 3),
            heap: Default::default(),
            says_points: false,
        }
    }

    fn read(&mut self, point: usize) {
        if let Some(status) = &self.status {
            self.lengths[point] = status.read_at(&mut self.texts[point], 0).unwrap_or(0);
        }
        let Some(hook) = self.hook else { return };
        let say = |is_its_turn| match hook.point {
            Some(say) if is_its_turn && self.says_points => say(point as i32),
            _ => (),
        };
        say(point == 0);
        if point == 0 {
            (hook.begin)();
        }
        (hook.read)(&mut self.heap[point]);
        say(point > 0);
    }

    /// (VmRSS, RssAnon + RssShmem)
    fn sizes(&self, point: usize) -> Option<(i64, i64)> {
        let text = std::str::from_utf8(&self.texts[point][..self.lengths[point]]).ok()?;
        let size = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<i64>().ok().map(|kib| 1024 * kib)
        };
        Some((size("VmRSS:")?, size("RssAnon:")? + size("RssShmem:")?))
    }

    /// The members of the event "end".
    fn members(&self) -> String {
        let (mut values, mut missing) = (Vec::new(), "");
        if let Some(sizes) = (0..POINTS).map(|point| self.sizes(point)).collect::<Option<Vec<_>>>() {
            let trimmed = "retained_after_trim_bytes retained_after_trim_anon_bytes";
            let names = ["rss_delta_bytes anon_delta_bytes", "retained_rss_bytes retained_anon_bytes", trimmed];
            for (size, names) in sizes[1..].iter().zip(&names[..if cfg!(target_env = "gnu") { 3 } else { 2 }]) {
                let (rss, anon) = names.split_once(' ').unwrap();
                values.push(format!("\"{rss}\":{},\"{anon}\":{}", size.0 - sizes[0].0, size.1 - sizes[0].1));
            }
            missing = "\"peak_anon_delta_bytes\":\"this crate does not let itself be traced\"";
        } else if self.hook.is_some() {
            let [b, e1, e2, _] = &self.heap;
            let mut put = |name: &str, value: i64| values.push(format!("\"{name}\":{value}"));
            put("heap_live_bytes", e1[LIVE] - b[LIVE]);
            put("heap_peak_bytes", e2[PEAK] - b[LIVE]);
            put("heap_alloc_bytes", e1[ALLOC_BYTES]);
            put("heap_alloc_count", e1[ALLOC_COUNT]);
            put("heap_retained_bytes", e2[LIVE] - b[LIVE]);
        } else {
            missing = "\"heap_live_bytes\":\"no malloc hook answered in this process\"";
        }
        format!("\"values\":{{{}}},\"missing\":{{{missing}}}", values.join(","))
    }
}

pub struct Bencher {
    events: Events,
    is_done: bool,
}

impl Bencher {
    /// Measures the closure: what it returns is alive at the first reading and dropped before the second.
    pub fn iter<T>(&mut self, mut run: impl FnMut() -> T) {
        self.is_done = true;
        if variable("MEMBENCH_PASS") == "time" {
            return self.time(run);
        }
        let mut readings = Readings::new();
        let descriptor = std::mem::replace(&mut self.events.0, File::create("/dev/null").expect("/dev/null"));
        window(&mut readings, &mut self.events, &mut || ()); // for nothing: all is touched once
        self.events.0 = descriptor;
        readings.says_points = true;
        let warm_up_count = number("MEMBENCH_WARMUP");
        for name in ["cold", "steady"].iter().take(if warm_up_count < 0 { 1 } else { 2 }) {
            for _ in 0..if *name == "steady" { warm_up_count } else { 0 } {
                self.events.sign(b"w");
                drop(black_box(run()));
            }
            self.events.send("begin", &format!("\"window\":\"{name}\""));
            window(&mut readings, &mut self.events, &mut run);
            self.events.send("end", &readings.members());
        }
    }

    fn time<T>(&mut self, mut run: impl FnMut() -> T) {
        let cpu_ns = || {
            let mut time = [0; 2];
            // SAFETY: a timespec has two words of 64 bits; 2 is CLOCK_PROCESS_CPUTIME_ID.
            unsafe { clock_gettime(2, &mut time) };
            1e9 * time[0] as f64 + time[1] as f64
        };
        let mut take = |count: u64| {
            let (real, cpu) = (Instant::now(), cpu_ns());
            (0..count).for_each(|_| drop(black_box(run())));
            (real.elapsed().as_nanos() as f64, cpu_ns() - cpu)
        };
        let (least_ns, warm_up_ns) = (number("MEMBENCH_TIME_MIN_NS") as f64, number("MEMBENCH_TIME_WARMUP_NS") as f64);
        let (begin, mut count) = (Instant::now(), 1);
        loop {
            let (taken_ns, _) = take(count);
            if taken_ns >= least_ns && begin.elapsed().as_nanos() as f64 >= warm_up_ns {
                break;
            }
            let wanted = (1.2 * count as f64 * least_ns / taken_ns.max(1.0)) as u64 + 1;
            count = count.max(wanted.min(10 * count));
        }
        let rows: Vec<_> = (0..number("MEMBENCH_TIME_REPETITIONS")).map(|_| take(count)).collect();
        let each = |ns: &f64| format!("{:.3}", ns / count as f64);
        let real = rows.iter().map(|row| each(&row.0)).collect::<Vec<_>>().join(",");
        let cpu = rows.iter().map(|row| each(&row.1)).collect::<Vec<_>>().join(",");
        self.events.send("time", &format!("\"real_time_ns\":[{real}],\"cpu_time_ns\":[{cpu}],\"iterations\":{count}"));
    }
}

fn window<T>(readings: &mut Readings, events: &mut Events, run: &mut impl FnMut() -> T) {
    events.sign(b"r");
    readings.read(0);
    let kept = black_box(run());
    readings.read(1);
    events.sign(b"x");
    drop(kept);
    readings.read(2);
    events.sign(b"t");
    #[cfg(target_env = "gnu")]
    // SAFETY: glibc's own function, which may be called at any time.
    unsafe {
        malloc_trim(0)
    };
    readings.read(3);
}

/// All cases of a program: given to each function of [`membench_group!`].
pub struct Membench {
    wanted: Option<String>, // None: the cases are listed
    bencher: Bencher,
}

impl Membench {
    /// A case named by its id, such as "queue/push". What comes before `iter` is not measured.
    pub fn bench_function(&mut self, id: &str, case: impl FnMut(&mut Bencher)) {
        self.add(id, id, "", case);
    }

    /// The case "id/input" with a parameter: several of them are a sweep.
    pub fn bench_with_input(&mut self, id: &str, name: &str, input: u64, mut case: impl FnMut(&mut Bencher, &u64)) {
        let params = format!(",\"params\":[{{\"name\":{},\"value\":{input}}}]", quoted(name));
        self.add(&format!("{id}/{input}"), id, &params, |b| case(b, &input));
    }

    fn add(&mut self, id: &str, group: &str, params: &str, mut case: impl FnMut(&mut Bencher)) {
        if self.wanted.is_none() {
            let members = format!("\"id\":{},\"group\":{}{params}", quoted(id), quoted(group));
            self.bencher.events.send("case", &members);
        } else if self.wanted.as_deref() == Some(id) {
            case(&mut self.bencher);
        }
    }
}

#[doc(hidden)] // of membench_main!
pub fn run(groups: &[fn(&mut Membench)]) {
    let descriptor = number("MEMBENCH_FD");
    if descriptor < 0 {
        let membench = std::env::var("MEMBENCH").unwrap_or_else(|_| "membench".into());
        let mut command = std::process::Command::new(&membench);
        command.arg("--program").arg(std::env::current_exe().expect("/proc/self/exe"));
        let problem = command.args(std::env::args().skip(1).filter(|argument| argument != "--bench")).exec();
        eprintln!("cannot run {membench}: {problem}: install membench, or name it in MEMBENCH");
        std::process::exit(1);
    }
    std::panic::set_hook(Box::new(|info| eprintln!("{}", info.to_string().replace('\n', " "))));
    // SAFETY: the coordinator has opened it for this program alone.
    let events = Events(unsafe { File::from_raw_fd(descriptor as i32) });
    let is_list = variable("MEMBENCH_ACTION") == "list";
    let wanted = if is_list { None } else { Some(variable("MEMBENCH_CASE")) };
    let mut all = Membench { wanted, bencher: Bencher { events, is_done: is_list } };
    all.bencher.events.send("hello", "\"protocol\":1");
    groups.iter().for_each(|group| group(&mut all));
    let Bencher { mut events, is_done } = all.bencher;
    let outcome = if is_done { "\"ok\"" } else { "\"failed\",\"message\":\"no such case, or it has no iter\"" };
    events.send("done", &format!("\"outcome\":{outcome}"));
    std::process::exit(i32::from(!is_done));
}

/// A function of that name that runs all these, each of which is given a [`Membench`].
#[macro_export]
macro_rules! membench_group {
    ($name:ident, $($target:path),+ $(,)?) => {
        fn $name(c: &mut $crate::Membench) {
            $($target(c);)+
        }
    };
}

/// The main function of a bench program, of groups.
#[macro_export]
macro_rules! membench_main {
    ($($group:path),+ $(,)?) => {
        fn main() {
            $crate::run(&[$($group),+]);
        }
    };
}
