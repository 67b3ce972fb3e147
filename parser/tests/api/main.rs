//! The interface of the crate: the parts beside the verdict, and the number of allocations.

mod allocations;
mod features;
mod surface;
