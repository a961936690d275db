//! The personal API by what it does.
