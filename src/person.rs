//! The domain as plain values: attribute, evidence, consent, receipt, comparison, judgment.
//!
//! Knows nothing of HTTP, of storage or of models. Every type here that leaves the process has the
//! shape the personal API promises; times are Unix seconds.

mod attribute;
mod category;
pub mod clock;
mod comparison;
mod id;
mod judgment;
mod lesson;
mod names;
mod profile;
mod receipt;
mod settings;
mod speaker;

pub use attribute::{Attribute, AttributeId, Basis, Evidence, Sensitivity, Status, Usage};
pub use category::Category;
pub use comparison::{Answer, Comparison, ComparisonId, Signals};
pub use id::{Id, IdError};
pub use judgment::{Judgment, JudgmentId, RaterKind, Relevance, Stage, Truth, Verdict};
pub use lesson::Lesson;
pub(crate) use names::wire_names;
pub use profile::{Change, Changes, Profile, Tombstone};
pub use receipt::{Considered, Outcome, Reason, Receipt, ReceiptId, RequestId, RequestReason};
pub use settings::{Mode, Settings};
pub use speaker::{Speaker, UserRef};
