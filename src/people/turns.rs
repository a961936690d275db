//! One at a time per person.

use tokio::sync::{Mutex, MutexGuard};

use crate::store::UserTag;

const TURNS: usize = 256;

/// Locks shared by the people whose tags begin alike. Fair: whoever waits longest is next.
pub(super) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self([const { Mutex::const_new(()) }; TURNS])
    }
}

impl Turns {
    pub(super) async fn of(&self, user: UserTag) -> MutexGuard<'_, ()> {
        self.0[usize::from(user.0[0]) % TURNS].lock().await
    }
}
