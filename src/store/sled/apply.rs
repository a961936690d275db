//! Writing: one user's batch, checked and applied as one step.

use super::{
    super::{Batch, Error, KeyMark, Kind, ROW_BYTES_MAX, Revision, Row, UserTag, Write},
    Engine,
    count::Changes,
    layout::{self, failed},
};

/// What a batch comes to before it is applied.
#[derive(Default)]
struct Plan {
    changes: Changes,
    moves_profile: bool,
    pushed: usize,
    done: Vec<[u8; 16]>,
}

impl Engine {
    pub(super) fn apply(&self, batch: Batch) -> Result<Revision, Error> {
        let _only = self.lock(batch.user);
        self.check_key(batch.user, batch.key)?;
        let stands = self.revision(batch.user)?;
        if batch.guard.is_some_and(|guard| guard != stands) {
            return Err(Error::Conflict);
        }
        let mut plan = self.plan(&batch)?;
        let revision = stands + u64::from(plan.moves_profile);
        if plan.moves_profile {
            plan.changes.insert(layout::revision(batch.user), revision.to_be_bytes());
        }
        self.queue().reserve(plan.pushed, plan.done.len())?;
        if let Err(e) = self.count.change(&self.tree, plan.changes) {
            self.queue().unreserve(plan.pushed);
            return Err(failed("write")(e));
        }
        let mut queue = self.queue();
        plan.done.into_iter().for_each(|job| queue.ended(job));
        Ok(revision)
    }

    fn plan(&self, batch: &Batch) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        for write in &batch.writes {
            match write {
                Write::Put(Row { place, sealed }) => {
                    check_user(batch.user, place.user)?;
                    check_size(sealed)?;
                    plan.changes.insert(layout::record(place), sealed.as_slice());
                    if place.kind.ages() {
                        plan.changes.insert(layout::time(place), batch.app.0);
                    }
                    plan.moves_profile |= Kind::PROFILE.contains(&place.kind);
                }
                Write::Delete(place) => {
                    check_user(batch.user, place.user)?;
                    plan.changes.remove(layout::record(place));
                    if place.kind.ages() {
                        plan.changes.remove(layout::time(place));
                    }
                    plan.moves_profile |= Kind::PROFILE.contains(&place.kind);
                }
                Write::Push { job, sealed } => {
                    check_size(sealed)?;
                    let value = layout::job_value(batch.user, sealed);
                    plan.changes.insert(layout::job(*job), value);
                    plan.pushed += 1;
                }
                Write::Done { job } => {
                    if !self.holds_job(*job, batch.user)? || plan.done.contains(job) {
                        return Err(Error::Gone);
                    }
                    plan.changes.remove(layout::job(*job));
                    plan.done.push(*job);
                }
            }
        }
        Ok(plan)
    }

    fn check_key(&self, user: UserTag, mark: Option<KeyMark>) -> Result<(), Error> {
        let Some(mark) = mark else { return Ok(()) };
        let kept = self.keyring.get(user)?;
        if kept.is_some_and(|kept| KeyMark::of(&kept) == mark) {
            Ok(())
        } else {
            Err(Error::KeyGone)
        }
    }

    fn holds_job(&self, job: [u8; 16], user: UserTag) -> Result<bool, Error> {
        let key = layout::job(job);
        let Some(value) = self.tree.get(&key).map_err(failed("read the queue"))? else {
            return Ok(false);
        };
        Ok(layout::read_job(&key, &value)?.1 == user)
    }
}

fn check_user(batch: UserTag, record: UserTag) -> Result<(), Error> {
    if batch == record { Ok(()) } else { Err(Error::Misplaced) }
}

fn check_size(sealed: &[u8]) -> Result<(), Error> {
    match sealed.len() {
        0..=ROW_BYTES_MAX => Ok(()),
        bytes => Err(Error::TooLarge { bytes }),
    }
}
