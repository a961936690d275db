use super::*;
use crate::person::Status;

/// Under every path of the grammar.
const SENSITIVE: &[(&str, Category)] = &[
    ("I'm gay", Category::Sexuality),
    ("I am a gay man", Category::Sexuality),
    ("I identify as bisexual", Category::Sexuality),
    ("I have diabetes", Category::Health),
    ("I have HIV", Category::Health),
    ("I'm HIV positive", Category::Health),
    ("I've been diagnosed with lupus", Category::Health),
    ("I was diagnosed with lupus", Category::Health),
    ("I suffer from migraines", Category::Health),
    ("I'm allergic to peanuts", Category::Health),
    ("I have a peanut allergy", Category::Health),
    ("I have a nut allergy and a dog", Category::Health),
    ("I go to AA", Category::Health),
    ("I take insulin", Category::Health),
    ("I'm a nurse with multiple sclerosis", Category::Health),
    ("I'm a recovering alcoholic", Category::Health),
    ("I can't eat gluten", Category::Health),
    ("I want to lose weight", Category::Health),
    ("I smoke", Category::Health),
    ("I'm a smoker", Category::Health),
    ("I've been sober for two years", Category::Health),
    ("My hobby is talking to my therapist", Category::Health),
    ("I vote for the Greens", Category::Politics),
    ("I always vote Labour", Category::Politics),
    ("I'm a socialist", Category::Politics),
    ("I'm a member of the Green Party", Category::Politics),
    ("I earn $85,000", Category::Finance),
    ("I make $85,000 a year", Category::Finance),
    ("My salary is 85000 euros", Category::Finance),
    ("I have a mortgage", Category::Finance),
    ("I'm in debt", Category::Finance),
    ("I'm Muslim", Category::Religion),
    ("I am a practising Catholic", Category::Religion),
    ("I go to church every Christmas", Category::Religion),
    ("I don't eat pork because I keep kosher", Category::Religion),
    ("I love reading the Bible", Category::Religion),
    ("I was convicted of theft", Category::CriminalRecord),
    ("I'm on parole", Category::CriminalRecord),
    ("I have a criminal record", Category::CriminalRecord),
    ("I'm a convicted felon", Category::CriminalRecord),
    ("I'm in a union", Category::Union),
    ("I work as a union rep", Category::Union),
    ("I'm black", Category::Ethnicity),
    ("I'm of Kurdish descent", Category::Ethnicity),
    ("I'm Hispanic", Category::Ethnicity),
];

#[test]
fn sensitive_statements_wait_for_consent_under_every_path() {
    let mut missed = Vec::new();
    for &(turn, category) in SENSITIVE {
        let mut profile = Profile::default();
        taught(&mut profile, turn);
        let kept: Vec<_> =
            profile.attributes.iter().filter(|held| held.category == category).collect();
        if kept.is_empty() {
            missed.push((turn, found(turn), extract([turn]).refused));
        }
        for held in kept {
            assert_eq!(held.sensitivity, Sensitivity::Sensitive, "{turn}");
            assert_eq!(held.status, Status::Pending, "{turn}");
            assert_eq!(held.expires_at, Some(1_000 + PENDING_SECONDS), "{turn}");
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn sensitive_words_in_the_quote_alone_are_enough() {
    let found = found("I have a daughter who is autistic");
    assert_eq!(found[0].text, "Has a daughter");
    assert_eq!(found[0].sensitivity, Sensitivity::Sensitive);
}

#[test]
fn with_consent_they_are_active() {
    let mut profile = Profile::default();
    profile.settings.sensitive_categories = vec![Category::Health];
    taught(&mut profile, "I'm allergic to peanuts. I'm Muslim.");
    assert_eq!(held(&profile, "Is allergic to peanuts").status, Status::Active);
    assert_eq!(held(&profile, "Is allergic to peanuts").expires_at, None);
    assert_eq!(held(&profile, "Is Muslim").status, Status::Pending);
}

#[test]
fn diet_by_choice_and_plain_life_are_ordinary() {
    for turn in [
        "I'm vegan",
        "I don't eat meat",
        "I live in Lisbon",
        "I'm a teacher",
        "I have two kids",
        "I love jazz",
        "I own a bike",
        "I work in a bank",
    ] {
        let found = found(turn);
        assert!(!found.is_empty(), "{turn}");
        assert!(
            found.iter().all(|found| found.sensitivity == Sensitivity::Ordinary),
            "{turn}: {found:?}"
        );
    }
}
