// A HashMap, whose usable bytes hang on its hash seed: a bench program without libmembench.a (docs/protocol.md).
use std::collections::HashMap;
use std::env;
use std::fs::{read_to_string, File};
use std::io::Write;
use std::os::unix::io::FromRawFd;

fn anonymous_bytes() -> i64 {
    let status = read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap();
    1024 * line.split_whitespace().nth(1).unwrap().parse::<i64>().unwrap()
}

fn main() {
    let mut events = unsafe { File::from_raw_fd(env::var("MEMBENCH_FD").unwrap().parse().unwrap()) };
    writeln!(events, "{{\"event\":\"hello\",\"protocol\":1}}").unwrap();
    if env::var("MEMBENCH_ACTION").unwrap() == "list" {
        writeln!(events, "{{\"event\":\"case\",\"id\":\"rust_map\"}}").unwrap();
    } else if env::var("MEMBENCH_PASS").unwrap() == "pages" {
        anonymous_bytes();
        writeln!(events, "{{\"event\":\"begin\",\"window\":\"cold\"}}").unwrap();
        let before = anonymous_bytes();
        let names: HashMap<String, usize> = (0..1000).map(|i| (i.to_string(), i)).collect();
        let first = *names.values().next().unwrap(); // in the order of the hashes
        let held = vec![1u8; 4096 * (200 + first)];
        let held_bytes = anonymous_bytes() - before;
        writeln!(events, "{{\"event\":\"end\",\"values\":{{\"anon_delta_bytes\":{held_bytes}}}}}").unwrap();
        drop(held);
    } else {
        writeln!(events, "{{\"event\":\"begin\",\"window\":\"cold\"}}").unwrap();
        writeln!(events, "{{\"event\":\"end\",\"values\":{{}}}}").unwrap();
    }
    writeln!(events, "{{\"event\":\"done\",\"outcome\":\"ok\"}}").unwrap();
}
