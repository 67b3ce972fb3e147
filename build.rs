//! The corpus is inside the library: a new file in it must make cargo build the library again.

fn main() {
    println!("cargo::rerun-if-changed=corpus");
}
