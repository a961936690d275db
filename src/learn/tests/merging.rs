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

/// Each line says one fact in many ways.
const PARAPHRASES: &[&[&str]] = &[
    &[
        "I'm vegetarian",
        "I'm a vegetarian",
        "I am really a strict vegetarian",
        "I don't eat meat",
        "I never eat meat",
        "I don't eat meat, I'm vegetarian",
        "I'm currently vegetarian",
        "I've been vegetarian for ten years",
    ],
    &[
        "I live in Porto",
        "I'm based in Porto",
        "I'm living in Porto",
        "I live in Porto, Portugal",
        "I reside in Porto",
        "I moved to Porto",
        "I've been living in Porto since 2015",
        "my wife and I live in Porto",
        "I live in the city of Porto",
        "I live in Porto with my wife",
        "I still live in Porto",
    ],
    &["I live in New York", "I'm based in NYC", "I live in New York City"],
    &["I like jazz", "I love jazz", "I really enjoy jazz", "I'm fond of jazz", "I'm into jazz"],
    &["I don't like coffee", "I hate coffee", "I can't stand coffee", "I dislike coffee"],
    &["I enjoy hiking", "I like to hike", "I love hiking"],
    &[
        "I'm a nurse",
        "I work as a nurse",
        "I'm working as a nurse",
        "I've worked as a nurse for ten years",
    ],
    &["I work at Acme", "I'm working for Acme", "I'm employed by Acme"],
    &["I have a dog", "I own a dog", "I've got a dog"],
    &["I have two kids", "I have 2 children"],
    &["I speak Dutch", "I can speak Dutch", "I'm fluent in Dutch"],
    &["I'm from Faro", "I come from Faro"],
    &["I'm 34 years old", "I'm 34", "I am 34 years old now"],
    &["I study biology", "I'm studying biology", "I'm majoring in biology"],
];

#[test]
fn the_same_fact_in_other_words_confirms() {
    let mut wrong = Vec::new();
    for line in PARAPHRASES {
        for (one, other) in line.iter().flat_map(|one| line.iter().map(move |other| (one, other))) {
            let mut profile = Profile::default();
            taught_lesson(&mut profile, &Lesson { conversation: Some("1".into()), ..lesson(one) });
            let first = profile.attributes.len();
            let again = Lesson { conversation: Some("2".into()), ..lesson(other) };
            taught_lesson(&mut profile, &again);
            let stated: Vec<_> =
                profile.attributes.iter().filter(|held| held.basis == Basis::Stated).collect();
            if first == 0 || stated.len() != 1 || stated[0].evidence.len() < 2 {
                wrong.push((one, other, stated.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn different_facts_in_like_words_do_not_confirm_each_other() {
    for (one, other) in [
        ("I live in York", "I live in New York"),
        ("I'm from Faro", "I live in Faro"),
        ("I have a father", "I'm a father"),
        ("I like jazz", "I play jazz"),
        ("I lived in Porto", "I live in Porto"),
        ("I used to be vegan", "I'm vegan"),
        ("I worked at Acme", "I work at Acme"),
        ("I eat fish, eggs and cheese", "I don't eat fish, eggs and cheese"),
        ("I don't eat fish", "I don't eat meat"),
        ("I'm vegan", "I don't eat meat"),
        ("I have a dog named Rex", "I have a dog"),
        ("I live in a small flat", "I live in Porto"),
    ] {
        for (one, other) in [(one, other), (other, one)] {
            let mut profile = Profile::default();
            taught(&mut profile, one);
            let learned = taught(&mut profile, other);
            assert_eq!(learned.learned.len(), 1, "{one}, {other}: {:?}", profile.attributes);
        }
    }
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
        ("I live in Lisbon", "I moved to Porto"),
        ("I moved to Lisbon", "I'm based in Porto now"),
        ("I live in Porto", "I moved from Porto to Lisbon"),
        ("I'm 34 years old", "I'm 35 now"),
        ("I'm 34", "I'm 35"),
        ("I like coffee", "I hate coffee now"),
        ("I like coffee", "I can't stand coffee"),
        ("I'm vegan", "I eat meat"),
        ("I'm vegetarian", "I eat meat"),
        ("I'm married", "I'm divorced"),
        ("I have a wife", "I'm divorced"),
        ("I have a girlfriend", "I'm single"),
        ("I work at Acme", "I work for Globex"),
        ("I work at Acme", "I'm retired"),
        ("I'm unemployed", "I work at Acme"),
        ("I'm a nurse", "I'm a baker now"),
        ("I'm a nurse", "I now work as a baker"),
        ("I live in New York", "I live in York"),
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

/// What was said, what ends it, and whether those words are learned too.
const OVER: &[(&str, &str)] = &[
    ("I'm vegan", "I'm no longer vegan"),
    ("I'm vegan", "I'm not vegan any more"),
    ("I'm vegan", "I'm not vegan anymore!"),
    ("I'm vegan", "I used to be vegan"),
    ("I eat meat", "I stopped eating meat"),
    ("I eat meat", "I gave up meat"),
    ("I eat meat", "I don't eat meat any more"),
    ("I like coffee", "I don't like coffee any more"),
    ("I play tennis", "I quit playing tennis last year"),
    ("I live in Porto", "I no longer live in Porto"),
    ("I live in Porto", "I moved out of Porto"),
    ("I live in Porto", "I used to live in Porto, can you help?"),
    ("I live in Porto, Portugal", "I left Porto last week"),
    ("I work as a nurse", "I quit my job as a nurse"),
    ("I'm a nurse", "I quit my job as a nurse because of the nights"),
    ("I work as a nurse", "I quit my job"),
    ("I work at Acme", "I've recently left my job at Acme"),
    ("I work at Acme", "I got laid off"),
    ("I work at Acme", "I no longer work at Acme"),
    ("I own a car", "I sold my car"),
    ("I have a red car", "Last week I sold my car, what now?"),
    ("I have a car", "I don't have a car anymore"),
    ("I have a dog", "My dog died"),
    ("I'm married", "my wife and I divorced"),
    ("I have a wife", "My wife and I got divorced last year."),
    ("I have a girlfriend", "I broke up with my girlfriend"),
    ("I have a husband", "my husband left me"),
    ("I'm single", "I got married last month"),
    ("I'm a student", "I'm no longer a student"),
];

#[test]
fn what_is_over_becomes_history() {
    let mut wrong = Vec::new();
    for (was, over) in OVER {
        let mut profile = Profile::default();
        taught(&mut profile, was);
        taught_lesson(&mut profile, &Lesson { said_at: 2_000, ..lesson(over) });
        let held = &profile.attributes[0];
        let last = held.evidence.last().unwrap();
        // Either the words that ended it were learned, or they stand as its last quote.
        let told =
            held.superseded_by.is_some() || over.contains(&last.quote) && last.said_at == 2_000;
        if held.status != Status::Superseded || !told {
            wrong.push((was, over, profile.attributes));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_not_over_stays() {
    for (was, said) in [
        ("I own a car", "I want to sell my car"),
        ("I own a car", "Should I sell my car?"),
        ("I own a car", "If I sold my car, what would I get?"),
        ("I own a car", "I haven't sold my car"),
        ("I own a car", "> I sold my car"),
        ("I own a car", "Translate: I sold my car"),
        ("I own a car", "I sold my bike"),
        ("I have two dogs", "My dog died"),
        ("I have a car and a bike", "I sold my car"),
        ("I own a car", "My neighbour sold his car"),
        ("I'm vegan", "I'm no longer hungry"),
        ("I work as a nurse", "I quit my job as a waiter in May"),
        ("I work at Acme", "I left my keys at home"),
        ("I live in Porto", "I left Lisbon"),
        ("I'm vegan", "I'm not vegan-curious any more"),
        ("I have a wife", "My neighbour and I broke up the fight"),
        ("I'm married", "My parents divorced"),
        ("I have a daughter", "My dog died"),
        ("I like coffee and tea", "I don't like coffee any more"),
        ("I have a son", "My son passed his driving test"),
        ("I have a wife", "I left my wife at home"),
        ("I have a husband", "We split up the bill"),
        ("I work as a nurse", "I lost my work phone"),
        ("I own a car wash", "I sold my car"),
        ("I live in Porto", "I left Porto this morning"),
        ("I live in Porto", "[tactful:begin] I no longer live in Porto [tactful:end]"),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, was);
        assert!(!profile.attributes.is_empty(), "{was}");
        taught(&mut profile, said);
        assert_eq!(profile.attributes[0].status, Status::Active, "{was}, {said}");
    }
}

#[test]
fn it_counts_in_which_order_things_are_said() {
    for (turn, wanted) in [
        ("I sold my car. I own a car.", Status::Active),
        ("I own a car. I sold my car.", Status::Superseded),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, turn);
        assert_eq!(held(&profile, "Owns a car").status, wanted, "{turn}");
    }
}

#[test]
fn what_the_person_had_a_hand_in_waits_for_their_word() {
    let hands: &[fn(&mut Attribute)] = &[
        |held| held.basis = Basis::Entered,
        |held| held.confidence = 1.0,
        |held| held.usage = crate::person::Usage::AlwaysAsk,
    ];
    for hand in hands {
        for (was, said, waiting) in [
            ("I live in Lisbon", "I live in Porto", "Lives in Porto"),
            ("I'm vegan", "I'm no longer vegan", "Is no longer vegan"),
            ("I own a car", "I sold my car", "Sold their car"),
            ("I like coffee", "I hate coffee", "Hates coffee"),
        ] {
            let mut profile = Profile::default();
            taught(&mut profile, was);
            hand(&mut profile.attributes[0]);
            let before = profile.attributes[0].clone();
            for conversation in ["1", "2"] {
                let again = Lesson { conversation: Some(conversation.into()), ..lesson(said) };
                taught_lesson(&mut profile, &again);
                assert_eq!(profile.attributes[0], before, "{said}");
                let waits = held(&profile, waiting);
                let until = Some(1_000 + PENDING_SECONDS);
                assert_eq!((waits.status, waits.expires_at), (Status::Pending, until), "{said}");
            }
        }
    }
}

#[test]
fn what_waits_under_a_condition_of_theirs_goes_on_waiting() {
    let mut profile = Profile::default();
    taught(&mut profile, "I live in Lisbon");
    profile.attributes[0].status = Status::Pending;
    profile.attributes[0].usage = crate::person::Usage::Never;
    taught(&mut profile, "I live in Porto");
    assert_eq!(profile.attributes[0].status, Status::Pending);
    assert_eq!(held(&profile, "Lives in Porto").status, Status::Active);
}

#[test]
fn saying_it_again_never_makes_it_certain() {
    let mut profile = Profile::default();
    for conversation in 0..200 {
        let again =
            Lesson { conversation: Some(conversation.to_string()), ..lesson("I love jazz") };
        taught_lesson(&mut profile, &again);
    }
    assert!(!profile.attributes[0].is_kept(), "{}", profile.attributes[0].confidence);
    // Nor does it when whoever read it was sure.
    let profile = Profile::default();
    let lesson = lesson("I love jazz");
    let mut merge = merge::Merge::new(&profile, &lesson, 1_000);
    let sure = Candidate { confidence: 1.0, ..found("I love jazz").remove(0) };
    merge.take(sure, 1).unwrap();
    let [Change::Attribute(held)] = &merge.changes()[..] else { panic!("one thing was said") };
    assert!(!held.is_kept());
}

const DAY: i64 = 86_400;

#[test]
fn dated_facts_expire_and_are_renewed_when_said_again() {
    for (turn, days) in [
        ("I'm training for the marathon in May", 151),
        ("I'm working in Porto until March", 90),
        ("this year I'm studying abroad", 365),
        ("I'm studying abroad this year", 365),
        ("I live in Porto until June", 181),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, turn);
        let ends: Vec<_> = profile.attributes.iter().map(|held| held.expires_at).collect();
        assert_eq!(ends, [Some(days * DAY)], "{turn}: {:?}", profile.attributes);
        // The same a year later: till the end of what they say then.
        let later = Lesson { said_at: 370 * DAY, ..lesson(turn) };
        taught_lesson(&mut profile, &later);
        assert_eq!(profile.attributes.len(), 1);
        assert!(profile.attributes[0].expires_at > Some(370 * DAY), "{turn}");
    }
    for turn in
        ["I live in Porto", "this year I moved; I'm vegan", "I'm here until March, I'm vegan"]
    {
        let mut profile = Profile::default();
        taught(&mut profile, turn);
        assert!(profile.attributes.iter().all(|held| held.expires_at.is_none()), "{turn}");
    }
}

#[test]
fn what_is_dated_and_waits_goes_at_whichever_comes_first() {
    let mut profile = Profile::default();
    taught(&mut profile, "I'm pregnant");
    assert_eq!(profile.attributes[0].expires_at, Some(1_000 + PENDING_SECONDS));
    profile = Profile::default();
    profile.settings.sensitive_categories = vec![Category::Health];
    taught(&mut profile, "I'm pregnant");
    assert_eq!(profile.attributes[0].expires_at, Some((40 * 7 + 1) * DAY));
    let now = 19 * DAY;
    let lesson = Lesson { said_at: now, ..lesson("I take insulin until January") };
    let learned = learn(&lesson, &Profile::default(), now, &|_| 1);
    let [Change::Attribute(held)] = &learned.changes[..] else { panic!("{learned:?}") };
    assert_eq!((held.status, held.expires_at), (Status::Pending, Some(31 * DAY)));
}

#[test]
fn an_end_told_before_the_words_is_known_when_the_person_says_yes() {
    for turn in [
        "This year I'm studying abroad",
        "Hi! For the next two years I'm working in Porto, any tips?",
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, turn);
        let held = &mut profile.attributes[0];
        let end = held.expires_at;
        assert!(end.is_some() && turn.contains(&held.evidence[0].quote), "{turn}: {held:?}");
        assert_eq!(ends_at(held), end, "{turn}");
        // Said again without it: it ends all the same.
        (held.status, held.basis) = (Status::Pending, Basis::Inferred);
        held.expires_at = Some(PENDING_SECONDS);
        let words =
            if turn.contains("abroad") { "I'm studying abroad" } else { "I'm working in Porto" };
        let again = Lesson { conversation: Some("2".into()), ..lesson(words) };
        taught_lesson(&mut profile, &again);
        let held = &profile.attributes[0];
        assert_eq!((held.status, held.expires_at), (Status::Active, end), "{turn}");
        assert_eq!((held.evidence.len(), ends_at(held)), (2, end), "{turn}");
    }
}

#[test]
fn of_a_list_only_what_is_taken_back_goes() {
    for (was, said, left) in [
        ("I like coffee and tea", "I don't like coffee", Some("Likes tea")),
        ("I like coffee and tea", "I hate tea", Some("Likes coffee")),
        ("I like coffee and tea", "I don't like coffee any more", Some("Likes tea")),
        ("I love jazz, soul and blues", "I don't like soul", Some("Loves jazz and blues")),
        ("I like coffee, tea, and milk", "I don't like coffee or milk", Some("Likes tea")),
        ("I don't like coffee or tea", "I like tea now", Some("Does not like coffee")),
        ("I eat fish and eggs", "I don't eat fish", Some("Eats eggs")),
        ("I like to sing and dance", "I don't like singing", Some("Likes to dance")),
        // Nothing of it is left that is told in so many words.
        ("I like coffee and tea", "I don't like tea or coffee", None),
        ("I like coffee", "I don't like coffee and tea", None),
        ("I like iced coffee and green tea", "I don't like iced coffee", None),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, was);
        let before = profile.attributes[0].clone();
        taught(&mut profile, said);
        let held = &profile.attributes[0];
        match left {
            Some(left) => {
                let told = (held.text.as_str(), held.status);
                assert_eq!(told, (left, Status::Active), "{was}, {said}");
                assert_eq!(held.evidence[0], before.evidence[0], "the words it rests on");
            }
            None => {
                assert_eq!(held.status, Status::Superseded, "{was}, {said}: {held:?}");
                assert_eq!(held.superseded_by, Some(profile.attributes[1].id));
            }
        }
        assert!(profile.attributes[1..].iter().all(|held| held.status == Status::Active));
    }
    for (was, said) in [
        ("I like coffee and tea", "I don't like cake"),
        ("I like coffee and tea", "I like coffee"),
        ("I like coffee with milk and sugar", "I don't like coffee"),
        ("I like coffee and tea", "I don't drink coffee"),
        ("I have a cat and a dog", "I don't like cats"),
    ] {
        let mut profile = Profile::default();
        taught(&mut profile, was);
        let before = profile.attributes[0].clone();
        taught(&mut profile, said);
        assert_eq!(profile.attributes[0], before, "{was}, {said}");
    }
}

#[test]
fn of_a_list_that_the_person_keeps_nothing_goes_without_their_word() {
    let mut profile = Profile::default();
    taught(&mut profile, "I like coffee and tea");
    profile.attributes[0].basis = Basis::Entered;
    let before = profile.attributes[0].clone();
    taught(&mut profile, "I don't like coffee");
    assert_eq!(profile.attributes[0], before);
    assert_eq!(held(&profile, "Does not like coffee").status, Status::Pending);
}

#[test]
fn what_is_left_of_a_list_is_nothing_that_was_deleted_or_is_held_already() {
    let key = [7; 32];
    let mut profile = Profile { fingerprint_key: key, ..Profile::default() };
    taught(&mut profile, "I like tea");
    let deleted = profile.attributes.remove(0);
    profile.tombstones.push(tombstone(&deleted, &key, 5));
    taught(&mut profile, "I like coffee and tea");
    taught(&mut profile, "I don't like coffee");
    assert!(profile.attributes.iter().all(|held| held.text != "Likes tea"), "{profile:?}");
    assert_eq!(held(&profile, "Likes coffee and tea").status, Status::Superseded);

    let mut profile = Profile::default();
    for said in ["I like tea", "I like coffee and tea", "I don't like coffee"] {
        taught(&mut profile, said);
    }
    assert_eq!(profile.attributes.iter().filter(|held| held.text == "Likes tea").count(), 1);
    assert_eq!(held(&profile, "Likes coffee and tea").status, Status::Superseded);
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
fn an_inference_waits_however_often_it_is_made() {
    let mut profile = Profile::default();
    for conversation in 0..9 {
        let again = Lesson {
            conversation: Some(conversation.to_string()),
            ..lesson("What can I cook for my daughter?")
        };
        taught_lesson(&mut profile, &again);
        let daughter = held(&profile, "Has a daughter");
        assert_eq!((daughter.status, daughter.basis), (Status::Pending, Basis::Inferred));
    }
    assert_eq!(profile.attributes.len(), 1);
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
fn deleted_stays_deleted_in_other_words_too() {
    let key = [7; 32];
    for (line, unlike) in PARAPHRASES.iter().zip([
        &["I'm vegan", "I don't eat fish", "I eat meat"][..],
        &["I live in Lisbon", "I'm from Porto", "I no longer live in Porto"],
        &["I live in York"],
        &["I play jazz", "I don't like jazz"],
        &["I like coffee", "I don't like tea"],
        &["I don't like hiking"],
        &["I'm a baker"],
        &["I work at Globex"],
        &["I have a cat", "I don't have a dog"],
        &["I have three kids"],
        &["I speak Danish"],
        &["I live in Faro"],
        &["I'm 35"],
        &["I study history"],
    ]) {
        for deleted in *line {
            let mut profile = Profile { fingerprint_key: key, ..Profile::default() };
            taught(&mut profile, deleted);
            profile.attributes.retain(|held| held.basis == Basis::Stated);
            let mark = tombstone(&profile.attributes.remove(0), &key, 5);
            profile.tombstones.push(mark);
            for again in *line {
                let learned = taught(&mut profile, again);
                let stated = profile.attributes.iter().filter(|it| it.basis == Basis::Stated);
                assert_eq!(stated.count(), 0, "{deleted}, {again}: {learned:?}");
                assert!(learned.refused.contains(&"forgotten"), "{deleted}, {again}");
            }
            for other in unlike {
                let before = profile.attributes.len();
                taught(&mut profile, other);
                // "No longer" is learned only where the grammar reads it.
                let is_read = !texts(other).is_empty();
                assert_eq!(profile.attributes.len() > before, is_read, "{deleted}, {other}");
            }
        }
    }
}

#[test]
fn a_tombstone_is_worth_nothing_under_another_key_and_keeps_its_polarity() {
    let mut profile = Profile { fingerprint_key: [1; 32], ..Profile::default() };
    taught(&mut profile, "I eat fish, eggs and cheese");
    let deleted = profile.attributes.remove(0);
    profile.tombstones.push(tombstone(&deleted, &[1; 32], 5));
    assert_eq!(taught(&mut profile, "I don't eat fish, eggs and cheese").learned.len(), 1);
    profile.attributes.clear();
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
    for again in ["I love jazz", "I'm fond of jazz", "I really like jazz!"] {
        assert_eq!(taught(&mut profile, again).refused, ["rejected"], "{again}");
    }
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
fn at_the_ceiling_what_is_least_supported_gives_way() {
    let supported = |status, quotes: usize, seen, confidence| {
        move |held: &mut Attribute| {
            held.status = status;
            held.evidence = vec![held.evidence[0].clone(); quotes];
            held.last_seen_at = seen;
            held.confidence = confidence;
        }
    };
    let usual = supported(Status::Active, 3, 900, 0.9);
    // Each gives way before all that come after it.
    let order: &[&dyn Fn(&mut Attribute)] = &[
        &supported(Status::Superseded, 5, 999, 0.9),
        &supported(Status::Pending, 1, 999, 0.9),
        &supported(Status::Active, 1, 100, 0.9),
        &supported(Status::Active, 1, 999, 0.5),
        &supported(Status::Active, 1, 999, 0.6),
        &supported(Status::Active, 2, 10, 0.2),
        &usual,
    ];
    let mut profile = Profile::default();
    taught(&mut profile, "I love jazz");
    let pattern = profile.attributes[0].clone();
    let hold = |at: usize, of: &dyn Fn(&mut Attribute)| {
        let text = format!("Likes number{at}");
        let mut held = Attribute { id: AttributeId::fresh(), text, ..pattern.clone() };
        of(&mut held);
        held
    };
    profile.attributes = (order.len()..ATTRIBUTES_MAX).map(|at| hold(at, &usual)).collect();
    profile.attributes.extend(order.iter().enumerate().rev().map(|(at, of)| hold(at, of)));
    // What the person keeps stays, however little speaks for it.
    for at in 0..4 {
        profile.attributes[at] = hold(900 + at, &supported(Status::Active, 1, 0, 0.1));
    }
    profile.attributes[0].basis = Basis::Entered;
    profile.attributes[1].confidence = 1.0;
    profile.attributes[2].usage = crate::person::Usage::Never;
    profile.attributes[3].status = Status::Paused;
    for at in 0..6 {
        let learned = taught(
            &mut profile,
            &format!("I have a dog named Rex{}", ["a", "b", "c", "d", "e", "f"][at]),
        );
        let gone = |text: &str| profile.attributes.iter().all(|held| held.text != text);
        assert!(gone(&format!("Likes number{at}")), "{at}: {learned:?}");
        assert!(!gone(&format!("Likes number{}", at + 1)), "{at}: {learned:?}");
        assert!((900..904).all(|at| !gone(&format!("Likes number{at}"))));
        profile.attributes.last_mut().unwrap().evidence = vec![pattern.evidence[0].clone(); 3];
        assert_eq!(profile.attributes.len(), ATTRIBUTES_MAX);
    }
    // A guess takes the place of nothing that was said.
    assert!(taught(&mut profile, "What can I cook for my daughter?").refused.contains(&"ceiling"));
}

#[test]
fn tokens_are_counted_when_stored() {
    let mut profile = Profile::default();
    taught(&mut profile, "I love jazz");
    assert_eq!(profile.attributes[0].tokens, 10);
}
