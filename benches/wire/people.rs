//! A store made through the library: sealed records of real people's size, written before the server starts.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use tactful::{
    learn::classify,
    people::{CacheBounds, People},
    person::{Attribute, Change, Id, UserRef, clock},
    store::{MasterKey, SledOptions, SledStore},
};

use crate::workload;

/// What the user of this number is called.
pub(crate) fn name(at: usize) -> String {
    format!("user-{at:05}")
}

/// Makes a store in which each of so many users has a hundred attributes.
pub(crate) async fn fill(path: &Path, users: usize) -> Result<()> {
    SledStore::claim(path)?;
    let master = MasterKey::load_or_create(&path.join("master.key"))?;
    let store = Arc::new(SledStore::open(path, SledOptions::default())?);
    let people = People::open(store, &master, CacheBounds::default()).await?;
    for user in 0..users {
        let who = UserRef { app: "default".into(), user: name(user) };
        let held: Vec<_> = workload::attributes().into_iter().map(attribute).collect();
        people
            .update(&who, |_| (held.iter().cloned().map(Change::Attribute).collect(), ()))
            .await
            .with_context(|| format!("user {user}"))?;
    }
    people.flush().await?;
    Ok(())
}

/// As the personal API would keep it.
fn attribute(text: &str) -> Attribute {
    let (category, sensitivity) = classify(text);
    Attribute {
        sensitivity,
        ..Attribute::entered(Id::fresh(), text.into(), category, clock::now(), 8)
    }
}
