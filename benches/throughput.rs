//! Vectors per second over the protocol: the reference and the bundled ports, pipelined through one process, against
//! one process for each vector.
//!
//! ```console
//! $ cargo bench --bench throughput
//! ```
//!
//! Compare the `thrpt` lines of `pipelined/PORT` and `process-per-vector/PORT`. Both count vectors with a body of at
//! most 64 KiB, and both include start-up, as a run in CI does. The dozen bodies of a MiB measure a JSON library and
//! not the protocol; they are in `whole-corpus/PORT`.
#![expect(clippy::print_stderr, reason = "missing ports are skipped with a message")]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use relogin_conformance::corpus::{Corpus, Request, Vector};
use relogin_conformance::protocol::bundled::{self, Ready};
use relogin_conformance::protocol::{self, Exchange, Limits, Port, VectorRequests};

/// How many vectors get a process of their own in one round: enough for long and short bodies, few enough to wait for.
const ALONE: usize = 20;
/// The most bytes of a body that is not counted as large.
const SMALL: usize = 1 << 16;

fn benches(criterion: &mut Criterion) {
    let corpus = Corpus::embedded();
    let all: Vec<&Vector> = corpus.vectors().collect();
    let small: Vec<&Vector> = all.iter().copied().filter(|vector| vector.input.body.expand().len() <= SMALL).collect();
    let some: Vec<&Vector> = small.iter().copied().step_by(small.len() / ALONE).take(ALONE).collect();
    let (ports, notes) = bundled::ready();
    notes.iter().for_each(|note| eprintln!("{note}"));
    let reference =
        Ready { name: "reference".into(), words: vec![env!("CARGO_BIN_EXE_relogin").into(), "port".into()] };

    for port in std::iter::once(&reference).chain(&ports) {
        let name = port.name.trim_start_matches("ports/");
        for (way, vectors, together) in
            [("whole-corpus", &all, true), ("pipelined", &small, true), ("process-per-vector", &some, false)]
        {
            let mut group = criterion.benchmark_group(way);
            group.sampling_mode(SamplingMode::Flat).sample_size(10).measurement_time(Duration::from_secs(5));
            group.throughput(Throughput::Elements(vectors.len() as u64));
            let chunk = if together { vectors.len() } else { 1 };
            group.bench_function(BenchmarkId::from_parameter(name), |bench| {
                bench.iter(|| vectors.chunks(chunk).for_each(|chunk| ask(port, corpus, chunk)));
            });
            group.finish();
        }
    }
}

/// Starts a port, asks it about vectors, and checks that it answers each of them.
fn ask(port: &Ready, corpus: &Corpus, vectors: &[&Vector]) {
    let (running, _) =
        Port::start(&port.words, Limits::of(Duration::from_secs(60))).expect("a bundled port that is ready starts");
    let requests: Vec<Request<'_>> = vectors.iter().map(|vector| Request::of(vector)).collect();
    let run = protocol::run(running, &VectorRequests(corpus, &requests), |_, _| (), |_| {});
    assert!(
        run.exchanges.iter().all(|exchange| matches!(exchange, Exchange::Answered(_))),
        "{} answers every vector",
        port.name
    );
}

criterion_group!(all, benches);
criterion_main!(all);
