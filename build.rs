//! The corpus is inside the library: build it anew when a file of it comes, goes or changes, which `include_dir` cannot tell cargo.

fn main() {
    println!("cargo::rerun-if-changed=corpus");
}
