//! The crate as its users call it: what it offers beside the verdict, and how often it allocates.

mod allocations;
mod surface;
