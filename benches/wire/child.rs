//! Processes of the bench: itself, started again in another part; and the program under test.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{
    floor::{self, Splice},
    machine::{CpuClock, stay_on},
    workload,
};

/// A running process, killed when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    pub(crate) child: Child,
    pub(crate) cpu: CpuClock,
    /// Where it keeps its store and its log; goes when it does.
    folder: Option<TempDir>,
}

impl Process {
    /// Has it stop as an operator would; whether it ended in good order.
    pub(crate) fn stop(mut self) -> Result<bool> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        Ok(self.child.wait()?.success())
    }

    /// How many lines it logged, and the last of them.
    pub(crate) fn logged(&self) -> Option<(usize, String)> {
        let log = std::fs::read_to_string(self.folder.as_ref()?.path().join(LOG)).ok()?;
        Some((log.lines().count(), log.lines().last()?.to_owned()))
    }
}

/// What the program under test says on stderr goes here.
const LOG: &str = "log";

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts this program again in another part, on these cores.
pub(crate) fn again(part: &[&str], cores: &[usize], home: &[usize]) -> Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("part").args(part).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = spawn_on(command, cores, home)?;
    let mut line = String::new();
    let stdout = child.stdout.take().context("no stdout")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.trim().parse().with_context(|| format!("{part:?} did not start"))?;
    Ok(Process { address, cpu: CpuClock::of(&child)?, child, folder: None })
}

/// The program under test as it is configured here.
pub(crate) fn tactful(upstream: SocketAddr, store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tactful"));
    for (name, _) in std::env::vars() {
        if name.starts_with("TACTFUL__") || name == "OPENAI_API_KEY" {
            command.env_remove(name);
        }
    }
    command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped());
    command
        .env("TACTFUL__UPSTREAM__BASE_URL", format!("http://{upstream}/v1"))
        .env("TACTFUL__SERVER__LISTEN", "127.0.0.1:0")
        .env("TACTFUL__SERVER__ADMIN_LISTEN", "127.0.0.1:0")
        .env("TACTFUL__STORE__PATH", store)
        .env("TACTFUL__ACCESS__ADMIN_KEY", ADMIN_KEY)
        .env("TACTFUL__SHADOW__SAMPLE_RATE", "0")
        .env("TACTFUL__HOLDOUT__RATE", "0");
    command
}

/// The operators' key of every server started here.
pub(crate) const ADMIN_KEY: &str = "the-key-of-the-bench";

/// Starts the program under test, its store in this folder, and waits until it says where it listens.
pub(crate) fn serve(
    mut command: Command,
    cores: &[usize],
    home: &[usize],
    folder: TempDir,
) -> Result<Process> {
    let log = folder.path().join(LOG);
    command.stderr(File::create(&log)?);
    let mut child = spawn_on(command, cores, home)?;
    let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
    let mut line = String::new();
    let address = loop {
        line.clear();
        if stdout.read_line(&mut line)? == 0 {
            bail!("tactful did not start: {}", std::fs::read_to_string(&log)?.trim());
        }
        if let Some(rest) = line.trim_start().strip_prefix("proxy") {
            let rest = rest.trim_start().strip_prefix("http://").context("no address")?;
            break rest.split('/').next().unwrap_or_default().parse()?;
        }
    };
    thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    Ok(Process { address, cpu: CpuClock::of(&child)?, child, folder: Some(folder) })
}

/// A new folder on the disk that the build lies on.
pub(crate) fn folder() -> Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A child has the cores of the thread that starts it: go there, start it, come back.
fn spawn_on(mut command: Command, cores: &[usize], home: &[usize]) -> Result<Child> {
    stay_on(cores)?;
    let child = command.spawn();
    stay_on(home)?;
    child.with_context(|| format!("starting {}", command.get_program().display()))
}

/// One thread that does everything: what a part of the bench runs on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Runs beside the rest until it ends.
#[expect(clippy::disallowed_methods, reason = "a part of the bench is killed, never drained")]
pub(crate) fn spawn<T>(work: impl Future<Output = T> + Send + 'static)
where
    T: Send + 'static,
{
    tokio::spawn(work);
}

/// The floor as a part of its own, one worker for each core it may use.
pub(crate) fn floor(upstream: SocketAddr, splices: bool) -> Result<()> {
    let splice =
        splices.then(|| Splice { at: workload::SPLICE_AT, block: workload::block().into() });
    let runtime = runtime()?;
    let listener =
        runtime.block_on(async { floor::listen(SocketAddr::from(([127, 0, 0, 1], 0))) })?;
    let address = listener.local_addr()?;
    for _ in 1..thread::available_parallelism()?.get() {
        let splice = splice.clone();
        thread::spawn(move || -> Result<()> {
            let work = async { floor::work(floor::listen(address)?, upstream, splice).await };
            Ok(self::runtime()?.block_on(work)?)
        });
    }
    ready(address)?;
    Ok(runtime.block_on(floor::work(listener, upstream, splice))?)
}

/// Tells who started this part that it listens, and ends it when they do.
pub(crate) fn ready(address: SocketAddr) -> Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{address}")?;
    stdout.flush()?;
    thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Ok(())
}
