//! HTTP/1.1 as far as a load generator and an upstream need it: where a message ends.

use std::io::{Error, ErrorKind, IoSlice, Result};

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection and what was read from it.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    bytes: Vec<u8>,
    filled: usize,
}

impl Wire {
    /// With room for `bytes_max`, which must hold a head; bodies may be larger.
    pub(crate) fn new(stream: TcpStream, bytes_max: usize) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, bytes: vec![0; bytes_max], filled: 0 })
    }

    /// Reads more; false at the end of the stream.
    async fn more(&mut self) -> Result<bool> {
        if self.filled == self.bytes.len() {
            return Err(Error::new(ErrorKind::InvalidData, "a head is too long"));
        }
        let read = self.stream.read(&mut self.bytes[self.filled..]).await?;
        self.filled += read;
        Ok(read > 0)
    }

    /// Reads a head; its length. None where the stream ends before it begins.
    pub(crate) async fn head(&mut self) -> Result<Option<usize>> {
        loop {
            if let Some(at) = memmem::find(&self.bytes[..self.filled], b"\r\n\r\n") {
                return Ok(Some(at + 4));
            }
            if !self.more().await? {
                return if self.filled == 0 {
                    Ok(None)
                } else {
                    Err(ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// What was read and not yet taken.
    pub(crate) fn read(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Drops the first bytes.
    pub(crate) fn take(&mut self, length: usize) {
        self.bytes.copy_within(length..self.filled, 0);
        self.filled -= length;
    }

    /// Reads until a head of this length and the body it announces are here, as far as there is room.
    pub(crate) async fn message(&mut self, head: usize) -> Result<&[u8]> {
        let whole = head + length_of(&self.bytes[..head]).unwrap_or(0);
        while self.filled < whole.min(self.bytes.len()) && self.more().await? {}
        Ok(&self.bytes[..self.filled.min(whole)])
    }

    /// Reads past a head of this length and the body it announces, keeping neither.
    pub(crate) async fn skip_message(&mut self, head: usize) -> Result<()> {
        match length_of(&self.bytes[..head]) {
            Some(length) => self.skip(head + length).await,
            None => {
                self.take(head);
                self.skip_chunks().await
            }
        }
    }

    async fn skip(&mut self, length: usize) -> Result<()> {
        if length <= self.filled {
            self.take(length);
            return Ok(());
        }
        let mut left = length - self.filled;
        self.filled = 0;
        while left > 0 {
            let room = left.min(self.bytes.len());
            let read = self.stream.read(&mut self.bytes[..room]).await?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            left -= read;
        }
        Ok(())
    }

    async fn skip_chunks(&mut self) -> Result<()> {
        loop {
            let Some(line) = memmem::find(self.read(), b"\r\n") else {
                if !self.more().await? {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                continue;
            };
            let size = std::str::from_utf8(&self.bytes[..line])
                .ok()
                .and_then(|size| usize::from_str_radix(size, 16).ok())
                .ok_or_else(|| Error::new(ErrorKind::InvalidData, "no chunk size"))?;
            self.skip(line + 2 + size + 2).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Waits for more bytes to look at; false at the end of the stream.
    pub(crate) async fn wait(&mut self) -> Result<bool> {
        self.more().await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Writes a head and a body, in one system call where they fit.
    pub(crate) async fn write_message(&mut self, head: &[u8], body: &[u8]) -> Result<()> {
        let whole = head.len() + body.len();
        let mut written = 0;
        while written < head.len() {
            let parts = [IoSlice::new(&head[written..]), IoSlice::new(body)];
            written += match self.stream.write_vectored(&parts).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => count,
            };
        }
        if written < whole {
            self.stream.write_all(&body[written - head.len()..]).await?;
        }
        Ok(())
    }
}

/// The length of the body that follows this head; none: it comes in chunks.
fn length_of(head: &[u8]) -> Option<usize> {
    let value = header(head, b"content-length")?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// The value of a header, by its name in lower case.
pub(crate) fn header<'h>(head: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let mut lines = memmem::find_iter(head, b"\r\n").map(|at| &head[at + 2..]);
    lines.find_map(|line| {
        let (found, rest) = line.split_at_checked(name.len())?;
        if !found.eq_ignore_ascii_case(name) || rest.first() != Some(&b':') {
            return None;
        }
        let value = &rest[1..memmem::find(rest, b"\r\n")?];
        Some(value.trim_ascii())
    })
}
