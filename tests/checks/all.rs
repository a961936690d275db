//! What must hold for any bytes: the bodies of the fuzz targets in `fuzz/`, which `tests/properties.rs` runs too, over
//! the committed seeds and over generated input.

pub(crate) mod chat;
pub(crate) mod events;
pub(crate) mod headers;
pub(crate) mod tree;
