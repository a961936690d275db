use super::*;

#[test]
fn plain_statements_become_predicates() {
    let mut missed = Vec::new();
    for (turn, wanted) in [
        ("I'm a nurse", "Is a nurse"),
        ("im a nurse and i need help", "Is a nurse"),
        (
            "I am an international student at a small college",
            "Is an international student at a small college",
        ),
        ("I'm vegetarian, what can I cook tonight?", "Is vegetarian"),
        ("I’m 34 years old.", "Is 34 years old"),
        ("I'm 34.", "Is 34 years old"),
        ("I'm from Porto", "Is from Porto"),
        ("I'm learning Dutch.", "Is learning Dutch"),
        ("I'm not a native speaker of English", "Is not a native speaker of English"),
        ("I am left-handed", "Is left-handed"),
        ("I'm in my thirties", "Is in their thirties"),
        ("I'm the owner of a small bakery", "Is the owner of a small bakery"),
        ("I'm interested in astronomy", "Is interested in astronomy"),
        ("I live in Lisbon.", "Lives in Lisbon"),
        ("I live with my parents", "Lives with their parents"),
        ("I grew up in a village near Braga", "Grew up in a village near Braga"),
        ("I was born in 1987", "Was born in 1987"),
        ("Since I moved to Porto, what should I see there?", "Moved to Porto"),
        ("I have two kids", "Has two kids"),
        ("I've got a dog named Rex", "Has a dog named Rex"),
        ("I have a daughter who loves trains", "Has a daughter"),
        ("I have a degree in biology", "Has a degree in biology"),
        ("I have ten years of experience in carpentry", "Has ten years of experience in carpentry"),
        ("I have an electric bike", "Has an electric bike"),
        ("I own a bakery", "Owns a bakery"),
        ("I've been learning Spanish for two years", "Has been learning Spanish for two years"),
        ("I work as a locksmith", "Works as a locksmith"),
        ("I work from home", "Works from home"),
        ("I study marine biology", "Studies marine biology"),
        ("I speak Dutch and a little Greek", "Speaks Dutch and a little Greek"),
        ("I can speak Dutch", "Can speak Dutch"),
        ("I can't swim", "Cannot swim"),
        ("I play the cello", "Plays the cello"),
        ("I usually cycle to work", "Usually cycles to work"),
        ("I don't eat meat", "Does not eat meat"),
        ("I never eat fish", "Never eats fish"),
        ("I love hiking in the mountains", "Loves hiking in the mountains"),
        ("I can't stand coriander", "Cannot stand coriander"),
        ("I prefer trains to planes", "Prefers trains to planes"),
        ("I don't have a car", "Does not have a car"),
        ("I use Linux", "Uses Linux"),
        ("I want to become a pilot", "Wants to become a pilot"),
        ("My goal is to run a marathon", "Wants to run a marathon"),
        ("I want to learn Greek", "Wants to learn Greek"),
        ("My name is Ana", "Is named Ana"),
        ("my name is ana", "Is named ana"),
        ("Hi! My name is Ana and I need a plan", "Is named Ana"),
        ("Hi, I'm Ana.", "Is named Ana"),
        ("Sometimes I read novels", "Sometimes reads novels"),
        ("I smoke and drink", "Smokes and drinks"),
        ("I have an old Toyota Corolla 2004", "Has an old Toyota Corolla 2004"),
        ("I'm 170 cm tall", "Is 170 cm tall"),
        ("My favourite colour is green", "Favourite colour is green"),
        ("Ponyo is my favourite film", "Favourite film is Ponyo"),
        ("My job is teaching chemistry", "Works as teaching chemistry"),
        ("My native language is Greek", "Has as native language Greek"),
        ("As a nurse, I work nights", "Is a nurse"),
        ("Please remember that I live in Lisbon", "Lives in Lisbon"),
        ("I'm a baker and live in Porto", "Lives in Porto"),
        ("I used to be a sailor", "Used to be a sailor"),
    ] {
        if !texts(turn).contains(&wanted.to_owned()) {
            missed.push((turn, texts(turn), extract([turn]).refused));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn standing_wishes_for_answers_are_kept() {
    for (turn, wanted) in [
        ("Please always answer in metric units", "Wants answers in metric units"),
        ("please keep your answers short", "Wants answers to be short"),
        ("Keep answers short.", "Wants answers to be short"),
        ("From now on, answer in Portuguese", "Wants answers in Portuguese"),
        ("I prefer short answers", "Wants short answers"),
        ("Never use emojis", "Wants answers without emojis"),
        ("Always use British spelling.", "Wants answers with British spelling"),
        ("Call me Sam", "Wants to be called Sam"),
    ] {
        let found = found(turn);
        assert!(
            found
                .iter()
                .any(|found| found.text == wanted && found.category == Category::AnswerStyle),
            "{turn}: {found:?}"
        );
    }
}

#[test]
fn those_close_by_are_an_inference() {
    for (turn, wanted) in [
        ("What can I give my wife for her birthday?", "Has a wife"),
        ("Why does my sister Ana sing?", "Has a sister named Ana"),
        ("My daughter is five and loves trains", "Has a daughter"),
        ("Suggest a walk with my two dogs", "Has dogs"),
    ] {
        let found = found(turn);
        let kin = found
            .iter()
            .find(|found| found.text == wanted)
            .unwrap_or_else(|| panic!("{turn}: {found:?}"));
        assert_eq!(kin.basis, Basis::Inferred);
    }
    for turn in [
        "My dog died",
        "What is my dog food made of?",
        "My ex wife is a judge",
        "If my son were a bird, could he fly?",
    ] {
        assert_eq!(texts(turn), [""; 0], "{turn}");
    }
}

#[test]
fn every_quote_is_verbatim_and_ends_with_its_statement() {
    let turn = "Hello — I’m a nurse, and my name is Zoë.  I don’t eat meat; what’s for dinner?";
    let found = found(turn);
    let quotes: Vec<_> = found.iter().map(|found| found.quote.as_str()).collect();
    assert_eq!(quotes, ["I’m a nurse", "my name is Zoë.", "I don’t eat meat"]);
    assert!(quotes.iter().all(|quote| turn.contains(quote)));
}

#[test]
fn a_candidate_names_its_turn() {
    let found = extract(["hi", "I live in Lisbon"]);
    assert_eq!(found.candidates[0].turn, 1);
}
