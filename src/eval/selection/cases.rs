//! The evaluation file of the selection stage, read into what the server's code takes.

use std::{collections::HashSet, path::Path};

use serde::Deserialize;

use crate::{
    eval::EvalError,
    person::{Attribute, AttributeId, Category, Profile, Settings},
    select::{self, Policy, Prepared, Request, Scorer, Selection, Turn},
};

/// The server hands the selector at most this many earlier turns.
const EARLIER_TURNS: usize = 6;

#[derive(Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    user: Option<String>,
    attributes: Vec<Labelled>,
    #[serde(default)]
    history: Vec<Message>,
    prompt: String,
    relevant: Vec<String>,
    #[serde(default)]
    relevant_second_rater: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Labelled {
    id: String,
    text: String,
    #[serde(default)]
    category: Option<Category>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

/// One labelled request.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) prompt: String,
    history: Vec<Message>,
    /// The attributes' names in the file, in the profile's order.
    pub(super) names: Vec<String>,
    pub(super) profile: Profile,
    pub(super) prepared: Prepared,
    pub(super) relevant: HashSet<usize>,
    pub(super) relevant_second: Option<HashSet<usize>>,
}

impl Case {
    /// Runs the server's selection at a threshold.
    pub(super) fn select(&self, scorer: &dyn Scorer, threshold: f32, policy: &Policy) -> Selection {
        self.with_request(|request| {
            select::select_by(scorer, threshold, &self.profile, &self.prepared, request, policy)
        })
    }

    /// Hands over the request as the server would build it.
    pub(super) fn with_request<T>(&self, act: impl FnOnce(&Request<'_>) -> T) -> T {
        let recent = self.history.len().saturating_sub(EARLIER_TURNS);
        let history: Vec<_> = self.history[recent..]
            .iter()
            .filter(|message| matches!(message.role.as_str(), "user" | "assistant"))
            .map(|message| Turn { by_user: message.role == "user", text: &message.content })
            .collect();
        act(&Request { prompt: &self.prompt, history: &history, domain: None, now: 0 })
    }
}

/// The place of an attribute in the profile, from the id it was given here.
pub(super) fn index_of(id: AttributeId) -> usize {
    let [.., a, b, c, d] = id.0;
    u32::from_be_bytes([a, b, c, d]) as usize
}

pub(super) fn read(path: &Path) -> Result<Vec<Case>, EvalError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| EvalError::File { path: path.into(), source })?;
    let mut cases = Vec::new();
    for (line, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let wrong = |what: String| EvalError::Line { path: path.into(), line: line + 1, what };
        let row = serde_json::from_str::<Row>(row)
            // serde's own words quote the value; the place is enough.
            .map_err(|error| {
                wrong(format!("not a labelled request (column {})", error.column()))
            })?;
        cases.push(case(row).map_err(wrong)?);
    }
    if cases.is_empty() {
        return Err(EvalError::Empty { path: path.into() });
    }
    Ok(cases)
}

fn case(row: Row) -> Result<Case, String> {
    let names: Vec<_> = row.attributes.iter().map(|attribute| attribute.id.clone()).collect();
    let places = |ids: Vec<String>| {
        ids.into_iter()
            .map(|id| names.iter().position(|name| *name == id))
            .collect::<Option<HashSet<_>>>()
            .ok_or("a label names an attribute that is not among the candidates")
    };
    let relevant = places(row.relevant)?;
    let relevant_second = row.relevant_second_rater.map(places).transpose()?;
    let attributes =
        row.attributes.into_iter().zip(0..).map(|(labelled, at)| attribute(labelled, at));
    let profile = Profile {
        // The labels ask what is relevant, not what is allowed.
        settings: Settings { sensitive_categories: Category::ALL.to_vec(), ..Settings::default() },
        attributes: attributes.collect(),
        ..Profile::default()
    };
    Ok(Case {
        user: row.user.unwrap_or_else(|| row.id.clone()),
        id: row.id,
        prompt: row.prompt,
        history: row.history,
        names,
        prepared: select::prepare(&profile),
        profile,
        relevant,
        relevant_second,
    })
}

fn attribute(labelled: Labelled, at: u32) -> Attribute {
    let mut id = [0; 16];
    id[12..].copy_from_slice(&at.to_be_bytes());
    // No tokenizer is needed to see whether three short statements fit a budget: four bytes to a token.
    let tokens = u32::try_from(labelled.text.len() / 4 + 1).unwrap_or(u32::MAX);
    let category = labelled.category.unwrap_or(Category::Other);
    Attribute::entered(crate::person::Id(id), labelled.text, category, 0, tokens)
}
