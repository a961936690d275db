//! What a person enters themselves.

use super::{
    PENDING_SECONDS,
    classify::{classify, sensitivity},
    verify::TEXT_CHARS_MAX,
};
use crate::person::{Attribute, AttributeId, Basis, Category, Settings, Status, Usage};

/// The attribute for a statement that the person entered, cut to its longest length.
///
/// `category`: what the person says it is about; sensitive words in the text overrule an ordinary one, so that no
/// choice of category goes around consent. Without consent to its category it is held as pending.
#[must_use]
pub fn entered(
    text: &str,
    category: Option<Category>,
    settings: &Settings,
    now: i64,
    count_tokens: &dyn Fn(&str) -> u32,
) -> Attribute {
    let text: String = text.trim().chars().take(TEXT_CHARS_MAX).collect();
    let found = classify(&text).0;
    let category = match category {
        Some(chosen) if chosen.is_sensitive() || !found.is_sensitive() => chosen,
        _ => found,
    };
    let waits = !settings.consents_to(category);
    Attribute {
        id: AttributeId::fresh(),
        category,
        sensitivity: sensitivity(category),
        status: if waits { Status::Pending } else { Status::Active },
        basis: Basis::Entered,
        confidence: 1.0,
        evidence: Vec::new(),
        usage: Usage::Auto,
        domain: None,
        created_at: now,
        last_seen_at: now,
        expires_at: waits.then_some(now + PENDING_SECONDS),
        superseded_by: None,
        uses: 0,
        tokens: count_tokens(&text),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_choice_of_category_goes_around_consent() {
        let mut settings = Settings::default();
        let enter = |text: &str, category, settings: &Settings| {
            let entered = entered(text, category, settings, 5, &|_| 3);
            (entered.category, entered.status)
        };
        let other = Some(Category::Other);
        assert_eq!(enter("Has diabetes", other, &settings), (Category::Health, Status::Pending));
        assert_eq!(enter("Sings", other, &settings), (Category::Other, Status::Active));
        assert_eq!(enter("Lives in Lisbon", None, &settings), (Category::Location, Status::Active));
        settings.sensitive_categories = vec![Category::Health];
        assert_eq!(enter("Has diabetes", None, &settings), (Category::Health, Status::Active));
    }
}
