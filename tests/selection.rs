//! The selector among everyday prompts. Profile and prompts are invented for this test.

use tactful::{
    person::{Attribute, AttributeId, Category, Id, Profile, Sensitivity, Settings},
    select::{Policy, Request, Selection, prepare, select},
};

const POLICY: Policy =
    Policy { max_attributes: 3, token_budget: 160, false_injection_target: 0.05 };

const PROFILE: [(&str, Category); 30] = [
    ("Name is Marit", Category::Identity),
    ("Is 38 years old", Category::Identity),
    ("Works as a structural engineer", Category::Occupation),
    ("Has a master's degree in civil engineering", Category::Education),
    ("Is married to Jonas", Category::Family),
    ("Has a six-year-old daughter who loves dinosaurs", Category::Family),
    ("Lives in Trondheim", Category::Location),
    ("Comes from Iceland", Category::Location),
    ("Speaks Norwegian and English", Category::Language),
    ("Is learning Spanish, beginner level", Category::Language),
    ("Is vegetarian", Category::Diet),
    ("Is allergic to hazelnuts", Category::Health),
    ("Has asthma", Category::Health),
    ("Uses a wheelchair on long distances", Category::Health),
    ("Owns a Pixel 7 phone", Category::Possession),
    ("Drives an electric car", Category::Possession),
    ("Has a Linux laptop", Category::Possession),
    ("Programs in Python, intermediate", Category::Skill),
    ("Plays the cello", Category::Skill),
    ("Likes bouldering", Category::Interest),
    ("Collects old maps", Category::Interest),
    ("Reads crime novels", Category::Interest),
    ("Dislikes crowded places", Category::Preference),
    ("Dislikes cilantro", Category::Preference),
    ("Prefers trains to planes", Category::Preference),
    ("Wants to run a half marathon in autumn", Category::Goal),
    ("Wants to move into management", Category::Goal),
    ("Prefers short answers with bullet points", Category::AnswerStyle),
    ("Has a budget of 400 euros a month for leisure", Category::Preference),
    ("Has a dog named Pluto", Category::Family),
];

fn attribute(at: u8, text: &str, category: Category) -> Attribute {
    let sensitivity =
        if category.is_sensitive() { Sensitivity::Sensitive } else { Sensitivity::Ordinary };
    let mut id = [0; 16];
    id[15] = at;
    let id: AttributeId = Id(id);
    Attribute { sensitivity, ..Attribute::entered(id, text.into(), category, 0, 8) }
}

fn profile() -> Profile {
    let attributes =
        (0..).zip(PROFILE).map(|(at, (text, category))| attribute(at, text, category)).collect();
    let settings = Settings { sensitive_categories: vec![Category::Health], ..Settings::default() };
    Profile { settings, attributes, ..Profile::default() }
}

fn ask(prompt: &str) -> Selection {
    let profile = profile();
    let request = Request { prompt, history: &[], domain: None, now: 0 };
    select(&profile, &prepare(&profile), &request, &POLICY)
}

fn texts(selection: &Selection) -> Vec<&'static str> {
    selection.chosen.iter().map(|id| PROFILE[usize::from(id.0[15])].0).collect()
}

#[test]
fn everyday_prompts_that_need_nothing_get_nothing() {
    let prompts = include_str!("selection/neutral.txt").lines().collect::<Vec<_>>();
    let got: Vec<_> = prompts
        .iter()
        .filter_map(|prompt| {
            let told = texts(&ask(prompt));
            (!told.is_empty()).then(|| format!("{prompt} => {told:?}"))
        })
        .collect();
    assert!(prompts.len() >= 100);
    assert!(got.len() * 100 <= prompts.len(), "{} of {}: {got:#?}", got.len(), prompts.len());
}

#[test]
fn most_prompts_that_need_an_attribute_get_it() {
    let prompts: Vec<_> = include_str!("selection/needing.txt").lines().collect();
    let missed: Vec<_> = prompts
        .iter()
        .filter_map(|line| {
            let (prompt, needed) = line.split_once(" => ").unwrap();
            let told = texts(&ask(prompt));
            let served = told.iter().any(|text| needed.split(" | ").any(|one| one == *text));
            (!served).then(|| format!("{line}; told {told:?}"))
        })
        .collect();
    assert!(prompts.len() >= 50);
    assert!(
        missed.len() * 4 <= prompts.len(),
        "{} of {} missed: {missed:#?}",
        missed.len(),
        prompts.len()
    );
}
