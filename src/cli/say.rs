//! The one way to print: a command whose reader has gone ends quietly, as `tactful eval … | head` should.

use std::{fmt, io, io::Write as _};

/// Nobody reads what is printed any more. No failure: whoever asked has seen enough.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads what is printed")]
pub(super) struct NobodyReads;

/// Prints a line. Called by [`say!`].
///
/// # Errors
/// [`NobodyReads`], or what the system says where it cannot be written otherwise.
pub(super) fn line(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(NobodyReads.into()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot print")),
    }
}

/// Prints a line, formatted as by `println!`; leaves the function where it cannot.
macro_rules! say {
    () => { $crate::cli::say::line(format_args!(""))? };
    ($($text:tt)+) => { $crate::cli::say::line(format_args!($($text)+))? };
}
pub(super) use say;
