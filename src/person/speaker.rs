//! Who is speaking.

use super::Mode;

/// One user of one app. Two apps' users of the same name are two people.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserRef {
    /// The app's name; `default` where none are configured.
    pub app: String,
    /// The user's id, as the app gave it. Personal: never logged.
    pub user: String,
}

impl std::fmt::Debug for UserRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRef").field("app", &self.app).field("user", &"***").finish()
    }
}

/// Who is speaking, and where.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// The person.
    pub who: UserRef,
    /// The conversation, as the app named it (`x-tactful-conversation`).
    pub conversation: Option<String>,
    /// The part of a life (`x-tactful-domain`).
    pub domain: Option<String>,
    /// The mode the app asked for (`x-tactful-mode`).
    pub mode: Option<Mode>,
}
