//! The other engine of extraction: a language model is asked what it finds, and believed in nothing.
//!
//! Pure: what is asked, and what of the answer may be held. The asking itself is the pipeline's.
//!
//! ```text
//! windows ▶ question ▶ items (or repair, once) ▶ check (and refine, once) ▶ beside the local engine's
//! ```
//!
//! - [`windows`]: the turns worth sending, in pieces of bounded size. What the local rules say is no turn of a person
//!   who speaks for themselves is not sent: that saves its cost, and keeps what it may tell the model from the model.
//! - [`Window`]: its question, the request to repair an answer, the request to mend what was refused.
//! - [`items`]: what an answer lists, however it is wrapped.
//! - [`Window::check`]: an item is held to the person's own words; what holds is a candidate as any other.
//! - [`Checked::mended_by`]: what came of both rounds.
//!
//! Where both engines found the same fact, the local one's words are held.

mod beside;
mod check;
mod items;
mod mend;
mod question;
mod window;

pub(super) use beside::beside;
pub use check::{Checked, Refused};
pub use items::{Bad, Item, items};
pub use question::Form;
pub use window::{Window, windows};

use super::{Candidate, Refusal};

/// What a model found in a lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What held.
    pub candidates: Vec<Candidate>,
    /// What did not, and what was not sent.
    pub refused: Vec<Refusal>,
}
