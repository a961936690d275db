//! What waits to be looked through: bounded by turns and by bytes, those in hand included.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Turns that wait or are in hand; what is said past that is not learned, and counted.
const TURNS_MAX: usize = 4096;
/// The memory they may take together.
const BYTES_MAX: usize = 32 << 20;

/// Turns that wait, the oldest first.
#[derive(Debug)]
pub(super) struct Waiting<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    /// Each with its bytes.
    turns: VecDeque<(T, usize)>,
    in_hand: usize,
    bytes: usize,
}

/// Turns that were taken. Until this is dropped, they are counted among those that wait.
#[derive(Debug)]
pub(in super::super) struct InHand<'w, T> {
    /// The turns.
    pub(in super::super) turns: Vec<T>,
    waiting: &'w Waiting<T>,
    taken: usize,
    bytes: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(Mutex::new(State { turns: VecDeque::new(), in_hand: 0, bytes: 0 }))
    }
}

impl<T> Waiting<T> {
    /// Adds a turn that takes about so many bytes. False: too many wait.
    pub(super) fn add(&self, turn: T, bytes: usize) -> bool {
        let mut state = self.lock();
        let is_room = state.count() < TURNS_MAX && state.bytes + bytes <= BYTES_MAX;
        if is_room {
            state.bytes += bytes;
            state.turns.push_back((turn, bytes));
        }
        is_room
    }

    /// Takes the oldest, so many at most.
    pub(super) fn take(&self, most: usize) -> InHand<'_, T> {
        let mut state = self.lock();
        let taken = most.min(state.turns.len());
        state.in_hand += taken;
        let (turns, bytes): (Vec<T>, Vec<usize>) = state.turns.drain(..taken).unzip();
        InHand { turns, waiting: self, taken, bytes: bytes.iter().sum() }
    }

    /// How many wait or are in hand.
    pub(super) fn len(&self) -> usize {
        self.lock().count()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn count(&self) -> usize {
        self.turns.len() + self.in_hand
    }
}

impl<T> Drop for InHand<'_, T> {
    fn drop(&mut self) {
        let mut state = self.waiting.lock();
        state.in_hand -= self.taken;
        state.bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(waiting: &Waiting<usize>, bytes: usize) -> usize {
        (0..5_000).take_while(|n| waiting.add(*n, bytes)).count()
    }

    #[test]
    fn what_waits_is_bounded_by_turns_and_by_bytes_also_while_it_is_in_hand() {
        let waiting = Waiting::default();
        for (bytes, room) in [(1, 4_096), (2 << 20, 16), (1, 4_096)] {
            assert_eq!(fill(&waiting, bytes), room, "of {bytes} bytes");
            let some = waiting.take(3);
            assert_eq!(some.turns, [0, 1, 2]);
            assert_eq!(fill(&waiting, bytes), 0, "in hand are {:?}", some.turns);
            assert_eq!(waiting.len(), room);
            drop(some);
            assert_eq!(fill(&waiting, bytes), 3);
            let all = waiting.take(usize::MAX);
            assert_eq!((all.turns.len(), all.turns[0], waiting.len()), (room, 3, room));
        }
        assert_eq!(waiting.len(), 0);
    }
}
