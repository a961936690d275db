//! The personal API.
