//! The real program, started as a person would start it.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    provider::Provider,
    wire::{Reply, ask, request, until},
};

/// The program with these arguments, in this folder, without the environment's settings.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tactful"));
    for (name, _) in std::env::vars() {
        if name.starts_with("TACTFUL__") || name == "OPENAI_API_KEY" {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a start is told.
#[derive(Debug)]
pub(crate) struct Start {
    folder: Arc<TempDir>,
    command: Command,
}

impl Start {
    /// In a folder of its own, on free ports, in front of this provider. Nothing is held out, nothing compared, and a
    /// slow machine misses no deadline.
    pub(crate) fn before(provider: &Provider) -> Self {
        Self::at(&format!("http://{}/v1", provider.address))
    }

    pub(crate) fn at(base_url: &str) -> Self {
        Self::within(Arc::new(tempfile::tempdir().unwrap()), base_url)
    }

    fn within(folder: Arc<TempDir>, base_url: &str) -> Self {
        let mut command = program(folder.path(), &["serve"]);
        command.env("TACTFUL__UPSTREAM__BASE_URL", base_url);
        Self { command, folder }
            .set("SERVER__LISTEN", "127.0.0.1:0")
            .set("SERVER__ADMIN_LISTEN", "127.0.0.1:0")
            .set("STORE__PATH", "store")
            .set("SELECTION__DEADLINE_MS", "20000")
            .set("SHADOW__SAMPLE_RATE", "0")
            .set("HOLDOUT__RATE", "0")
    }

    pub(crate) fn folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.folder)
    }

    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.command.env(format!("TACTFUL__{key}"), value);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Lays a configuration file under the environment.
    pub(crate) fn file(mut self, text: &str) -> Self {
        std::fs::write(self.folder.path().join("tactful.toml"), text).unwrap();
        self.command.args(["--config", "tactful.toml"]);
        self
    }

    pub(crate) fn run(mut self) -> Server {
        let mut child = self.command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let errors = Arc::new(Mutex::new(String::new()));
        let listener = listen(child.stderr.take().unwrap(), Arc::clone(&errors));
        let mut printed = String::new();
        while !printed.contains("upstream key") {
            if stdout.read_line(&mut printed).unwrap() == 0 {
                let _ = listener.join();
                panic!("it did not start: {}", errors.lock().unwrap());
            }
        }
        let printed = Arc::new(Mutex::new(printed));
        let (address, admin) = {
            let printed = printed.lock().unwrap();
            (address_after(&printed, "proxy"), address_after(&printed, "operators"))
        };
        let keep = Arc::clone(&printed);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|read| read > 0) {
                keep.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        let key = std::fs::read_to_string(self.folder.path().join("store/admin.key"));
        Server {
            address,
            admin,
            key: key.unwrap_or_default().trim().to_owned(),
            printed,
            errors,
            readers: vec![listener, reader],
            child,
            folder: self.folder,
        }
    }
}

fn listen(
    mut stderr: impl std::io::Read + Send + 'static,
    errors: Arc<Mutex<String>>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = stderr.by_ref().read(&mut bytes) {
            errors.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    })
}

fn address_after(printed: &str, label: &str) -> SocketAddr {
    let line = printed.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
    let rest = line.split_once("://").unwrap().1;
    rest[..rest.find('/').unwrap()].parse().unwrap()
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The operators' key, where the server made it.
    pub(crate) key: String,
    printed: Arc<Mutex<String>>,
    errors: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    child: Child,
    folder: Arc<TempDir>,
}

impl Server {
    pub(crate) fn before(provider: &Provider) -> Self {
        Start::before(provider).run()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) fn folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.folder)
    }

    /// A later start on what this one leaves.
    pub(crate) fn again(&self, provider: &Provider) -> Start {
        Start::within(self.folder(), &format!("http://{}/v1", provider.address))
    }

    pub(crate) fn is_up(&self) -> bool {
        ask(self.admin, &request("GET", "/healthz", &[], b"")).status() == 200
    }

    pub(crate) fn tell_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let status = until("the end of the process", || self.child.try_wait().unwrap());
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        status
    }

    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.tell_to_stop();
        self.wait()
    }

    /// As a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.wait();
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    pub(crate) fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        ask(self.address, &request(method, target, headers, body))
    }

    /// A chat request with this body.
    pub(crate) fn chat_of(&self, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.ask("POST", "/v1/chat/completions", headers, body)
    }

    /// A Responses request with this body.
    pub(crate) fn respond(&self, user: &str, body: &Value) -> Reply {
        self.ask("POST", "/v1/responses", &[("x-tactful-user", user)], body.to_string().as_bytes())
    }

    /// One turn of this user.
    pub(crate) fn chat(&self, user: &str, prompt: &str) -> Reply {
        self.chat_of(&[("x-tactful-user", user)], turn(prompt).as_bytes())
    }

    /// A call of the personal API as the operator.
    pub(crate) fn api(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.api_as(&self.key, method, path, body)
    }

    pub(crate) fn api_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        let authorization = format!("Bearer {key}");
        let headers =
            [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let body = body.map_or_else(String::new, |body| body.to_string());
        self.ask(method, &format!("/tactful/v1{path}"), &headers, body.as_bytes())
    }

    /// The data of a list that the personal API shows.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        let reply = self.api("GET", path, None);
        assert_eq!(reply.status(), 200, "{}", reply.text());
        reply.json()["data"].as_array().unwrap().clone()
    }

    /// What is held about a user.
    pub(crate) fn held(&self, user: &str) -> Vec<Value> {
        self.list(&format!("/users/{user}/attributes"))
    }

    /// The attribute that quotes these words, once it is learned.
    pub(crate) fn learned(&self, user: &str, words: &str) -> Value {
        until(words, || {
            let quotes = |held: &Value| held["evidence"].to_string().contains(words);
            self.held(user).into_iter().find(quotes)
        })
    }

    /// States an attribute on a user's behalf.
    pub(crate) fn enter(&self, user: &str, text: &str) -> Value {
        let path = format!("/users/{user}/attributes");
        let reply = self.api("POST", &path, Some(json!({ "text": text })));
        assert_eq!(reply.status(), 201, "{}", reply.text());
        reply.json()
    }

    /// The most memory it has held at once, in bytes.
    pub(crate) fn memory_peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim_end_matches("kB").trim().parse::<usize>().unwrap() << 10
    }

    pub(crate) fn metrics(&self) -> String {
        ask(self.admin, &request("GET", "/metrics", &[], b"")).text()
    }

    /// The value of the sample whose line begins like this; 0 where there is none.
    pub(crate) fn metric(&self, line: &str) -> f64 {
        let metrics = self.metrics();
        let value = metrics.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        value.unwrap_or(0.0)
    }

    /// Waits until as many turns were learned from, or held nothing to learn.
    pub(crate) fn settled(&self, turns: u32) {
        until("lessons", || {
            let settled = ["learned", "nothing_said", "nothing_found"].map(|result| {
                self.metric(&format!("tactful_extraction_jobs_total{{result=\"{result}\"}}"))
            });
            (settled.iter().sum::<f64>() >= f64::from(turns)).then_some(())
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the server said:\n{}", self.errors());
        }
    }
}

/// A chat request of one turn.
pub(crate) fn turn(prompt: &str) -> String {
    json!({ "model": "m-1", "messages": [{ "role": "user", "content": prompt }] }).to_string()
}
