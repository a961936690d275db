use super::*;
use crate::person::{AttributeId, Status};

#[test]
fn the_same_fact_again_confirms() {
    let mut profile = Profile::default();
    taught(&mut profile, "I live in Lisbon");
    let before = profile.attributes[0].clone();
    let again = Lesson {
        said_at: 2_000,
        conversation: Some("other".into()),
        ..lesson("Well, I live in Lisbon!")
    };
    let learned = taught_lesson(&mut profile, &again);
    assert_eq!(profile.attributes.len(), 1);
    let after = &profile.attributes[0];
    assert_eq!((after.id, after.evidence.len(), after.last_seen_at), (before.id, 2, 2_000));
    assert!(after.confidence > before.confidence && after.confidence < 1.0);
    assert_eq!(learned.learned, []);
    // The same words in the same conversation add nothing.
    assert_eq!(taught_lesson(&mut profile, &again).changes, []);
}

#[test]
fn evidence_is_bounded() {
    let mut profile = Profile::default();
    for conversation in 0..20 {
        taught_lesson(
            &mut profile,
            &Lesson { conversation: Some(conversation.to_string()), ..lesson("I love jazz") },
        );
    }
    assert_eq!(profile.attributes[0].evidence.len(), EVIDENCE_MAX);
    assert_eq!(profile.attributes[0].evidence[0].conversation.as_deref(), Some("0"));
}

#[test]
fn what_changed_takes_the_place_of_what_was() {
    for (was, is) in [
        ("I live in Lisbon", "I live in Porto"),
        ("I'm 34 years old", "I'm 35 years old"),
        ("My name is Ana", "My name is Anna"),
        ("I have two kids", "I have three kids"),
        ("I'm single", "I'm married"),
        ("I'm vegetarian", "I'm vegan"),
        ("I work as a cook", "I work as a baker"),
        ("I like mushrooms", "I don't like mushrooms"),
        ("I eat meat", "I don't eat meat"),
        ("I hate jazz", "I love jazz"),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, was);
        taught(&mut profile, is);
        assert_eq!(profile.attributes.len(), 2, "{was}, {is}: {:?}", profile.attributes);
        assert_eq!(profile.attributes[0].status, Status::Superseded, "{was}");
        assert_eq!(profile.attributes[0].superseded_by, Some(profile.attributes[1].id));
        assert_eq!(profile.attributes[1].status, Status::Active);
    }
}

#[test]
fn different_facts_stand_side_by_side() {
    let mut profile = Profile::default();
    for turn in [
        "I have a dog",
        "I have a cat",
        "I like jazz",
        "I like tea",
        "I'm a nurse",
        "I speak Dutch",
        "I'm from Faro",
        "I live in Lisbon",
    ] {
        taught(&mut profile, turn);
    }
    assert_eq!(profile.attributes.len(), 8);
    assert!(profile.attributes.iter().all(|held| held.status == Status::Active));
}

#[test]
fn what_waits_takes_nobodys_place_and_what_the_person_entered_stays() {
    let mut profile = Profile::default();
    taught(&mut profile, "I live in Lisbon");
    profile.attributes[0].basis = Basis::Entered;
    taught(&mut profile, "I live in Porto");
    assert_eq!(profile.attributes[0].status, Status::Active);
}

#[test]
fn said_in_so_many_words_an_inference_becomes_active() {
    let mut profile = Profile::default();
    taught(&mut profile, "What can I cook for my daughter?");
    assert_eq!(held(&profile, "Has a daughter").status, Status::Pending);
    taught(&mut profile, "I have a daughter");
    let daughter = held(&profile, "Has a daughter");
    assert_eq!(
        (daughter.status, daughter.basis, daughter.expires_at),
        (Status::Active, Basis::Stated, None)
    );
}

#[test]
fn deleted_stays_deleted() {
    let key = [7; 32];
    let mut profile = Profile { fingerprint_key: key, ..Profile::default() };
    taught(&mut profile, "I live in Lisbon with my two dogs");
    let deleted = profile.attributes.remove(0);
    let tombstone = tombstone(&deleted, &key, 5);
    assert!(tombstone.stems.is_sorted() && !tombstone.stems.is_empty());
    profile.tombstones.push(tombstone);
    for turn in ["I live in Lisbon with my two dogs.", "i live with my two dogs in lisbon"] {
        let learned = taught(&mut profile, turn);
        assert!(learned.refused.contains(&"forgotten"), "{turn}: {learned:?}");
        assert!(profile.attributes.iter().all(|held| !held.text.starts_with("Lives")), "{turn}");
    }
    taught(&mut profile, "I live in Porto");
    assert_eq!(held(&profile, "Lives in Porto").status, Status::Active);
}

#[test]
fn a_tombstone_is_worth_nothing_under_another_key_and_keeps_its_polarity() {
    let mut profile = Profile { fingerprint_key: [1; 32], ..Profile::default() };
    taught(&mut profile, "I eat meat");
    let deleted = profile.attributes.remove(0);
    assert_ne!(tombstone(&deleted, &[1; 32], 5).stems, tombstone(&deleted, &[2; 32], 5).stems);
    profile.tombstones.push(tombstone(&deleted, &[1; 32], 5));
    assert_eq!(taught(&mut profile, "I don't eat meat").learned.len(), 1);
}

#[test]
fn a_statement_the_person_rejected_is_not_learned_again() {
    let mut profile = Profile::default();
    taught(&mut profile, "I love jazz");
    profile.attributes[0].status = Status::Rejected;
    assert_eq!(taught(&mut profile, "I love jazz").refused, ["rejected"]);
}

#[test]
fn domains_are_walls() {
    let mut profile = Profile::default();
    taught_lesson(
        &mut profile,
        &Lesson { domain: Some("work".into()), ..lesson("I live in Lisbon") },
    );
    taught_lesson(
        &mut profile,
        &Lesson { domain: Some("home".into()), ..lesson("I live in Porto") },
    );
    assert!(profile.attributes.iter().all(|held| held.status == Status::Active));
    assert_eq!(profile.attributes.len(), 2);
}

#[test]
fn nothing_is_learned_when_learning_is_off() {
    let mut profile = Profile::default();
    profile.settings.learn = false;
    assert_eq!(taught(&mut profile, "I live in Lisbon"), Learned::default());
}

#[test]
fn at_the_ceiling_the_least_supported_gives_way_and_never_what_the_person_keeps() {
    let mut profile = Profile::default();
    taught(&mut profile, "I love jazz");
    let pattern = profile.attributes[0].clone();
    profile.attributes = (0..ATTRIBUTES_MAX)
        .map(|at| Attribute {
            id: AttributeId::fresh(),
            text: format!("Likes number{at}"),
            confidence: if at == 7 { 0.1 } else { 0.9 },
            ..pattern.clone()
        })
        .collect();
    let weakest = profile.attributes[7].id;
    let learned = taught(&mut profile, "I have a telescope");
    assert!(learned.changes.contains(&Change::Forget(weakest)));
    assert_eq!(profile.attributes.len(), ATTRIBUTES_MAX);
    for held in &mut profile.attributes {
        held.basis = Basis::Entered;
    }
    assert_eq!(taught(&mut profile, "I own a piano").refused, ["ceiling"]);
}

#[test]
fn tokens_are_counted_when_stored() {
    let mut profile = Profile::default();
    taught(&mut profile, "I love jazz");
    assert_eq!(profile.attributes[0].tokens, 10);
}
