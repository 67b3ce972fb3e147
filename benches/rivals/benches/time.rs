//! How long each contender takes for each body, on the machine at hand.
//!
//! ```console
//! $ cargo bench --manifest-path benches/rivals/Cargo.toml --bench time
//! ```

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rivals::{BODIES, Buffers, CONTENDERS, Response, measured};

fn benches(criterion: &mut Criterion) {
    let mut buffers = Buffers::default();
    for body in &BODIES {
        let response = Response::new(body);
        let mut group = criterion.benchmark_group(body.name);
        group.throughput(Throughput::Bytes(response.size() as u64));
        for contender in &CONTENDERS {
            group.bench_function(BenchmarkId::from_parameter(contender.name), |bench| {
                bench.iter(|| {
                    buffers.clear();
                    measured(contender, &response, &mut buffers);
                });
            });
        }
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
