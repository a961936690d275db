//! The machine and its processes: which cores, how much CPU time, how much memory.

use std::{
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    time::{ClockId, clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

/// Which cores who runs on.
#[derive(Clone, Debug)]
pub(crate) struct Cores {
    /// The one core of the proxy under test.
    pub(crate) proxy: Vec<usize>,
    /// The core of the load generator.
    pub(crate) load: Vec<usize>,
    /// The core of the upstream: one of its own where there are three, the load's where there are two.
    pub(crate) upstream: Vec<usize>,
}

impl Cores {
    /// Shares out the cores this process may use, or takes one of them for everything.
    pub(crate) fn share_out(one: bool) -> Result<Self> {
        let allowed = sched_getaffinity(Pid::from_raw(0)).context("reading the affinity")?;
        let cores: Vec<_> =
            (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false)).collect();
        let cores = if one { &cores[..cores.len().min(1)] } else { &cores };
        Ok(match *cores {
            [only] => Self { proxy: vec![only], load: vec![only], upstream: vec![only] },
            [first, second] => {
                Self { proxy: vec![first], load: vec![second], upstream: vec![second] }
            }
            [first, second, third, ..] => {
                Self { proxy: vec![first], load: vec![second], upstream: vec![third] }
            }
            [] => anyhow::bail!("this process may run on no core"),
        })
    }

    /// How they were shared out, in words.
    pub(crate) fn told(&self) -> String {
        if self.proxy == self.load {
            return format!(
                "everything on core {}: figures include waiting for each other",
                self.proxy[0]
            );
        }
        format!(
            "proxy on core {}, load on core {}, upstream on core {}{}",
            self.proxy[0],
            self.load[0],
            self.upstream[0],
            if self.load == self.upstream { " (shared with the load)" } else { "" }
        )
    }
}

/// Keeps this thread, and what it starts from here on, on these cores.
pub(crate) fn stay_on(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core)?;
    }
    sched_setaffinity(Pid::from_raw(0), &set).context("setting the affinity")
}

/// What the processor calls itself, and how many cores this machine has.
pub(crate) fn described() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model =
        field("model name").or_else(|| field("CPU part")).unwrap_or_else(|| "unknown".into());
    let cores = info.lines().filter(|line| line.starts_with("processor")).count().max(1);
    let family = field("cpu family")
        .zip(field("model\t"))
        .map_or_else(String::new, |(family, model)| format!(" (family {family}, model {model})"));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores of {model}{family}, Linux {}", kernel.trim())
}

/// The CPU time that a process and all its threads, ended ones too, have used. In nanoseconds, by its own clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(ClockId);

impl CpuClock {
    pub(crate) fn of(child: &Child) -> Result<Self> {
        let pid = i32::try_from(child.id())?;
        Ok(Self(clock_getcpuclockid(Pid::from_raw(pid)).context("finding a process's CPU clock")?))
    }

    pub(crate) fn now(self) -> Result<Duration> {
        Ok(clock_gettime(self.0).context("reading a process's CPU clock; has it ended?")?.into())
    }

    /// Waits until the process does nothing more, so that work it put off is counted to those who caused it. At most
    /// [`SETTLE_MAX`]; says whether that was enough.
    pub(crate) fn settle(self) -> Result<(Duration, bool)> {
        const LOOK: Duration = Duration::from_millis(20);
        const IDLE: Duration = Duration::from_micros(200);
        let until = Instant::now() + SETTLE_MAX;
        let (mut before, mut quiet) = (self.now()?, 0);
        while quiet < 2 && Instant::now() < until {
            thread::sleep(LOOK);
            let now = self.now()?;
            quiet = if now - before < IDLE { quiet + 1 } else { 0 };
            before = now;
        }
        Ok((before, quiet == 2))
    }
}

/// How long a process may go on working after its last answer.
pub(crate) const SETTLE_MAX: Duration = Duration::from_secs(10);

/// The time since some fixed moment, the same for every process of this machine. In nanoseconds.
pub(crate) fn monotonic() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map_or(0, |now| u64::try_from(Duration::from(now).as_nanos()).unwrap_or(u64::MAX))
}

/// The resident memory of a process, in bytes.
pub(crate) fn resident(child: &Child) -> Result<u64> {
    status(child, "VmRSS:")
}

/// The most resident memory that a process has had, in bytes.
pub(crate) fn resident_at_most(child: &Child) -> Result<u64> {
    status(child, "VmHWM:")
}

fn status(child: &Child, field: &str) -> Result<u64> {
    let path = format!("/proc/{}/status", child.id());
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .with_context(|| format!("no {field}"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
