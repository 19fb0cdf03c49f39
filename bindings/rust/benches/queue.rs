//! A queue of jobs: what each of them takes.
use membench::{membench_group, membench_main, Membench};
use std::collections::{HashMap, VecDeque};

struct Job {
    _id: u64,
    _payload: Box<[u8]>,
}

fn queue(c: &mut Membench) {
    for jobs in [10, 100, 1000] {
        c.bench_with_input("queue/push", "jobs", jobs, |b, &jobs| {
            b.iter(|| {
                let new = |id| Job { _id: id, _payload: vec![1; 112].into_boxed_slice() };
                (0..jobs).map(new).collect::<VecDeque<_>>()
            })
        });
    }
}

fn index(c: &mut Membench) {
    c.bench_function("index/by_name", |b| {
        let names: Vec<String> = (0..1000).map(|i| format!("name {i}")).collect(); // before the window
        b.iter(|| names.iter().map(String::as_str).zip(0..).collect::<HashMap<_, u32>>())
    });
}

membench_group!(benches, queue, index);
membench_main!(benches);
