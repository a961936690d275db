//! The queue of jobs: bounded, oldest first, each leased to one worker at a time.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{
    super::{Error, Job},
    Engine, layout,
};

/// What the queue knows beside the jobs in the tree: how many there are, and who works on which.
#[derive(Debug)]
pub(super) struct Queue {
    len: usize,
    max: usize,
    leases: HashMap<[u8; 16], Instant>,
}

impl Queue {
    pub(super) fn new(len: usize, max: usize) -> Self {
        Self { len, max, leases: HashMap::new() }
    }

    pub(super) fn len(&self) -> u64 {
        self.len as u64
    }

    /// Makes room for jobs that a batch adds, counting those it ends.
    pub(super) fn reserve(&mut self, added: usize, ended: usize) -> Result<(), Error> {
        if added > 0 && self.len + added > self.max + ended {
            return Err(Error::QueueFull);
        }
        self.len += added;
        Ok(())
    }

    /// Gives back room that was not used.
    pub(super) fn unreserve(&mut self, added: usize) {
        self.len = self.len.saturating_sub(added);
    }

    /// Forgets a job that was done or erased.
    pub(super) fn ended(&mut self, job: [u8; 16]) {
        self.len = self.len.saturating_sub(1);
        self.leases.remove(&job);
    }
}

impl Engine {
    pub(super) fn lease(&self, limit: usize, lease: Duration) -> Result<Vec<Job>, Error> {
        let mut queue = self.queue();
        let now = Instant::now();
        queue.leases.retain(|_, until| *until > now);
        let mut jobs = Vec::new();
        for entry in self.tree.scan_prefix(layout::QUEUE) {
            if jobs.len() >= limit {
                break;
            }
            let (key, value) = entry.map_err(layout::failed("read the queue"))?;
            let (job, user, sealed) = layout::read_job(&key, &value)?;
            if !queue.leases.contains_key(&job) {
                jobs.push(Job { job, user, sealed: sealed.to_vec() });
            }
        }
        // A lease too long for the clock never runs out.
        let until = now.checked_add(lease).unwrap_or(now + Duration::from_secs(1 << 32));
        queue.leases.extend(jobs.iter().map(|job| (job.job, until)));
        Ok(jobs)
    }
}
