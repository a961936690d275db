//! The pieces of a body in one piece.

use std::io;

use bytes::{Bytes, BytesMut};
use memmap2::MmapMut;

/// Larger bodies lie in memory of their own, which goes back to the system the moment they are done with: an allocator
/// would keep it, and a burst of large bodies would be paid for ever after.
const HEAP_BYTES_MAX: usize = 1 << 20;

/// The pieces of a body in one piece. A body of one piece is passed on as it is.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    first: Bytes,
    heap: BytesMut,
    map: Option<MmapMut>,
    length: usize,
}

impl Gathered {
    /// Adds a piece of a body that will have at least `promised` bytes. Room is made for what is promised: it costs no
    /// memory until it is filled.
    pub(super) fn add(&mut self, piece: Bytes, promised: usize) -> io::Result<()> {
        let length = self.length + piece.len();
        if self.length == 0 {
            self.first = piece;
        } else if length <= HEAP_BYTES_MAX {
            if self.heap.is_empty() {
                self.heap.reserve(length.max(promised.min(HEAP_BYTES_MAX)));
                self.heap.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.heap.extend_from_slice(&piece);
        } else {
            if self.map.as_ref().is_none_or(|map| map.len() < length) {
                let mut map = MmapMut::map_anon(promised.max(2 * length))?;
                map[..self.length].copy_from_slice(self.so_far());
                (self.first, self.heap, self.map) = (Bytes::new(), BytesMut::new(), Some(map));
            }
            if let Some(map) = &mut self.map {
                map[self.length..length].copy_from_slice(&piece);
            }
        }
        self.length = length;
        Ok(())
    }

    fn so_far(&self) -> &[u8] {
        match &self.map {
            Some(map) => &map[..self.length],
            None if self.heap.is_empty() => &self.first,
            None => &self.heap,
        }
    }

    /// All of it.
    pub(super) fn freeze(self) -> Bytes {
        match self.map {
            Some(map) => Bytes::from_owner(Mapped { map, length: self.length }),
            None if self.heap.is_empty() => self.first,
            None => self.heap.freeze(),
        }
    }
}

struct Mapped {
    map: MmapMut,
    length: usize,
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.map[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_pieces_are_they_come_out_in_one() {
        for (piece, pieces) in [(0, 3), (10, 1), (10, 5), (300_000, 12), (2 << 20, 1), (1, 1)] {
            for promised in [0, piece * pieces, usize::MAX >> 40] {
                let mut gathered = Gathered::default();
                let mut whole = Vec::new();
                for n in 0..pieces {
                    let bytes = vec![u8::try_from(n).unwrap(); piece];
                    whole.extend_from_slice(&bytes);
                    gathered.add(bytes.into(), promised).unwrap();
                }
                assert!(gathered.freeze() == whole, "{pieces} of {piece}");
            }
        }
    }
}
