//! Choosing for one turn, within the deadline and without a fault that reaches the client.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use super::{Pipeline, chance::happens};
use crate::{
    openai::{Role, View},
    people::Person,
    person::{
        AttributeId, Considered, Outcome, Reason, RequestReason, Sensitivity, Speaker, clock,
    },
    select::{self, Glance, Request, Selection, Turn},
};

/// What was chosen for one turn.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<RequestReason>,
    /// What the model is told.
    pub(super) lines: Vec<Told>,
    /// For the receipt.
    pub(super) considered: Vec<Considered>,
    pub(super) considered_total: u32,
    pub(super) tokens: u32,
    /// Whether the choice leaves a receipt: it does where something is held about the person.
    pub(super) is_kept: bool,
    /// Whether the person's words in this turn may be learned from.
    pub(super) learn: bool,
}

/// One line the model is told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) attribute: AttributeId,
    pub(super) text: String,
    pub(super) said_at: i64,
    pub(super) is_sensitive: bool,
}

impl Chosen {
    fn nothing(outcome: Outcome, reason: RequestReason, learn: bool) -> Self {
        Self {
            outcome,
            reason: Some(reason),
            lines: Vec::new(),
            considered: Vec::new(),
            considered_total: 0,
            tokens: 0,
            is_kept: false,
            learn,
        }
    }

    /// Nobody is named, so nothing is chosen.
    pub(super) fn nobody() -> Self {
        Self::nothing(Outcome::Bypassed, RequestReason::NoUser, false)
    }

    /// There is no time to choose: relaying goes first.
    pub(super) fn too_busy() -> Self {
        Self::nothing(Outcome::Generic, RequestReason::Deadline, false)
    }
}

impl Pipeline {
    /// Chooses for this speaker and chat. Never fails, never takes longer than the deadline to wait for the store.
    pub(super) async fn choose(&self, speaker: &Speaker, chat: &View<'_>) -> Chosen {
        let began = Instant::now();
        let read = match self.people.cached(&speaker.who) {
            Some(person) => Ok(Ok(person)),
            None => {
                tokio::time::timeout(self.choosing.deadline, self.people.read(&speaker.who)).await
            }
        };
        self.metrics.selection.with_label_values(&["load"]).observe(began.elapsed().as_secs_f64());
        let mode = |person: Option<&Person>| match person {
            Some(person) => person.profile.settings.mode(speaker.mode, self.choosing.default_mode),
            None => speaker.mode.unwrap_or(self.choosing.default_mode),
        };
        let person: Arc<Person> = match read {
            Ok(Ok(person)) => person,
            Ok(Err(error)) => {
                self.metrics.store_errors.with_label_values(&["read"]).inc();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a profile could not be read"
                );
                return Chosen::nothing(
                    Outcome::Generic,
                    RequestReason::Error,
                    mode(None).learns(),
                );
            }
            Err(_) => {
                return Chosen::nothing(
                    Outcome::Generic,
                    RequestReason::Deadline,
                    mode(None).learns(),
                );
            }
        };

        let mode = mode(Some(&person));
        let learn = mode.learns() && person.profile.settings.learn;
        if !mode.uses() {
            return Chosen::nothing(Outcome::Bypassed, RequestReason::ModeOff, learn);
        }
        if person.profile.attributes.is_empty() {
            return Chosen::nothing(Outcome::Generic, RequestReason::NoAttributes, learn);
        }
        let scoring = Instant::now();
        let selection = catch_unwind(AssertUnwindSafe(|| self.select(&person, speaker, chat)));
        self.metrics
            .selection
            .with_label_values(&["score"])
            .observe(scoring.elapsed().as_secs_f64());
        let chosen = match selection {
            Ok(selection) => {
                // Where the provider holds what was told before, no answer is generic.
                let may_hold_out = chat.continues.is_none();
                self.chosen(&person, selection, learn, may_hold_out)
            }
            Err(_) => {
                tracing::error!("the selector panicked; the request went on without it");
                return Chosen::nothing(Outcome::Generic, RequestReason::Error, learn);
            }
        };
        if began.elapsed() > self.choosing.deadline {
            return Chosen::nothing(Outcome::Generic, RequestReason::Deadline, learn);
        }
        self.metrics
            .selected(!chosen.lines.is_empty(), chosen.lines.iter().any(|line| line.is_sensitive));
        self.metrics.attributes_considered.observe(f64::from(chosen.considered_total));
        self.metrics.attributes_selected.observe(chosen.lines.len() as f64);
        if !chosen.lines.is_empty() {
            self.metrics.injected_tokens.observe(f64::from(chosen.tokens));
        }
        chosen
    }

    fn select(&self, person: &Person, speaker: &Speaker, chat: &View<'_>) -> Selection {
        let Person { profile, prepared } = person;
        let (prompt, now) = (chat.prompt().unwrap_or_default(), clock::now());
        let domain = speaker.domain.as_deref();
        let glance = Glance::new(&prompt, chat.is_opening());
        if let Some(settled) = select::settled(profile, prepared, &glance, domain, now) {
            return settled;
        }
        let history = chat.history();
        let history: Vec<_> = history
            .iter()
            .map(|(role, text)| Turn { by_user: *role == Role::User, text })
            .collect();
        let request = Request { prompt: &prompt, history: &history, domain, now };
        select::weigh(profile, prepared, &glance, &request, &self.choosing.policy)
    }

    fn chosen(
        &self,
        person: &Person,
        mut selection: Selection,
        learn: bool,
        may_hold_out: bool,
    ) -> Chosen {
        let mut reason = selection.reason;
        if !selection.chosen.is_empty() && may_hold_out && happens(self.choosing.holdout_rate) {
            reason = Some(RequestReason::Holdout);
            selection.chosen.clear();
            selection.tokens = 0;
            for considered in selection.considered.iter_mut().filter(|considered| considered.used) {
                considered.used = false;
                considered.reason = Reason::Holdout;
            }
        }
        let told = |id: &AttributeId| {
            let attribute =
                person.profile.attributes.iter().find(|attribute| attribute.id == *id)?;
            Some(Told {
                attribute: *id,
                text: attribute.text.clone(),
                said_at: attribute.last_seen_at,
                is_sensitive: attribute.sensitivity == Sensitivity::Sensitive,
            })
        };
        let lines: Vec<_> = selection.chosen.iter().filter_map(told).collect();
        Chosen {
            outcome: if lines.is_empty() { Outcome::Generic } else { Outcome::Personalized },
            reason: if lines.is_empty() {
                reason.or(Some(RequestReason::NotRelevant))
            } else {
                None
            },
            lines,
            considered: selection.considered,
            considered_total: selection.considered_total,
            tokens: selection.tokens,
            is_kept: true,
            learn,
        }
    }
}
