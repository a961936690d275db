//! The `tactful` binary.

fn main() {}
