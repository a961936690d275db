//! What cannot start says why in one line, and touches nothing.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use super::{
    provider::Provider,
    server::{Server, Start, program},
    wire::PATIENCE,
};

/// Runs to its end: the exit code, and the one line it must have said.
fn refused(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = program(folder, arguments);
    command.env("TACTFUL__SERVER__LISTEN", "127.0.0.1:0");
    command.env("TACTFUL__SERVER__ADMIN_LISTEN", "127.0.0.1:0");
    command.env("TACTFUL__UPSTREAM__BASE_URL", "http://127.0.0.1:9/v1");
    command.env("TACTFUL__STORE__PATH", "store");
    command.envs(variables.iter().copied());
    let output = bounded(command);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.starts_with("tactful: "), "{line}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap(), line)
}

/// As `Command::output`, of a process that ends by itself.
fn bounded(mut command: Command) -> Output {
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it did not end: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

/// Every file of a directory, byte for byte.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let name = entry.path().to_string_lossy().into_owned();
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// A store that somebody used, stopped.
fn used() -> (Provider, Server) {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    assert!(server.stop().success());
    (provider, server)
}

/// What is typed and set, and what the refusal names.
type Case =
    (&'static [&'static str], &'static [(&'static str, &'static str)], &'static [&'static str]);

#[test]
fn a_bad_configuration_names_the_key_and_where_it_is_from() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("unknown.toml"), "[server]\nlistne = \"x\"\n").unwrap();
    fs::write(folder.path().join("type.toml"), "[upstream]\nidle_timeout_ms = \"soon\"\n").unwrap();
    fs::write(folder.path().join("broken.toml"), "[server\n").unwrap();
    fs::write(
        folder.path().join("apps.toml"),
        "[[access.apps]]\nname = \"a\"\nkey_sha256 = \"00\"\n",
    )
    .unwrap();
    let cases: [Case; 10] = [
        (&["--config", "unknown.toml"], &[], &["`server.listne`", "in unknown.toml", "`listen`"]),
        (&["--config", "type.toml"], &[], &["`upstream.idle_timeout_ms`", "in type.toml"]),
        (&["--config", "broken.toml"], &[], &["broken.toml"]),
        (&["--config", "apps.toml"], &[], &["`access.apps`", "in apps.toml", "sha256sum"]),
        (&["--config", "missing.toml"], &[], &["missing.toml"]),
        (&[], &[("TACTFUL__SERVER__LISTNE", "x")], &["`server.listne`", "TACTFUL__SERVER__LISTNE"]),
        (
            &[],
            &[("TACTFUL__SERVER__LISTEN", "nowhere")],
            &["`server.listen`", "TACTFUL__SERVER__LISTEN"],
        ),
        (
            &[],
            &[("TACTFUL__HOLDOUT__RATE", "2")],
            &["`holdout.rate`", "TACTFUL__HOLDOUT__RATE", "0 to 1"],
        ),
        (&[], &[("TACTFUL__UPSTREAM__BASE_URL", "ftp://x")], &["`upstream.base_url`", "http"]),
        (&[], &[("TACTFUL__STORE__ENGINE", "rocksdb")], &["`store.engine`", "sled"]),
    ];
    for (arguments, variables, names) in cases {
        for command in [&["serve"][..], &["config", "check"], &["store", "check"]] {
            let (code, line) = refused(folder.path(), &[command, arguments].concat(), variables);
            assert_eq!(code, 2, "{line}");
            for name in names {
                assert!(line.contains(name), "{name} in {line}");
            }
        }
    }
    assert!(!folder.path().join("store").exists(), "nothing was made");
}

#[test]
fn bad_usage_is_the_callers() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["serve", "--nonsense"][..], &["nonsense"], &[]] {
        let output = program(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_taken_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (variable, key) in [
        ("TACTFUL__SERVER__LISTEN", "server.listen"),
        ("TACTFUL__SERVER__ADMIN_LISTEN", "server.admin_listen"),
    ] {
        let (code, line) = refused(folder.path(), &["serve"], &[(variable, &address)]);
        assert_eq!(code, 1);
        assert!(line.contains(&address) && line.contains(key), "{line}");
    }
}

#[test]
fn a_port_that_another_one_serves_is_taken_though_its_workers_share_it() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__WORKERS", "2").run();
    let folder = tempfile::tempdir().unwrap();
    let address = server.address.to_string();
    for workers in ["1", "3"] {
        let settings =
            [("TACTFUL__SERVER__LISTEN", &*address), ("TACTFUL__SERVER__WORKERS", workers)];
        let (code, line) = refused(folder.path(), &["serve"], &settings);
        assert_eq!(code, 1);
        assert!(line.contains(&address) && line.contains("server.listen"), "{line}");
    }
}

#[test]
fn a_directory_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join("thesis.tex"), "mine").unwrap();
    let before = files(&store);
    let (code, line) = refused(folder.path(), &["serve"], &[]);
    assert_eq!(code, 1);
    assert!(line.contains("thesis.tex") && line.contains("`store.path`"), "{line}");
    assert_eq!(files(&store), before);
}

#[test]
fn a_damaged_or_foreign_store_is_left_as_it_is() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm, &str); 6] = [
        (
            "a keyring cut short",
            |store| {
                let bytes = fs::read(store.join("keys")).unwrap();
                fs::write(store.join("keys"), &bytes[..100]).unwrap();
            },
            "backup",
        ),
        (
            "a keyring of noise",
            |store| fs::write(store.join("keys"), [7; 4096]).unwrap(),
            "`store.path`",
        ),
        ("no keyring", |store| fs::remove_file(store.join("keys")).unwrap(), "backup"),
        ("no records", |store| fs::remove_dir_all(store.join("records")).unwrap(), "backup"),
        (
            "no master key",
            |store| fs::remove_file(store.join("master.key")).unwrap(),
            "store.key_file",
        ),
        (
            "a master key for everyone",
            |store| {
                let open = fs::Permissions::from_mode(0o644);
                fs::set_permissions(store.join("master.key"), open).unwrap();
            },
            "chmod 600",
        ),
    ];
    for (what, harm, says) in harms {
        let (_provider, server) = used();
        harm(&server.store());
        let before = files(&server.store());
        for command in [&["serve"][..], &["store", "check"]] {
            let (code, line) = refused(server.folder().path(), command, &[]);
            assert_eq!(code, 1, "{what}: {line}");
            assert!(line.contains(says), "{what}: {line}");
            assert!(!line.contains("ana") && !line.contains("vegetarian"), "{line}");
            let after = files(&server.store());
            for (name, bytes) in &before {
                assert!(after.get(name) == Some(bytes), "{what}: {name} changed");
            }
        }
    }
}

#[test]
fn another_master_key_opens_nothing_and_the_right_one_still_does() {
    let (provider, server) = used();
    let key_file = server.store().join("master.key");
    let right = fs::read(&key_file).unwrap();
    fs::write(&key_file, "0".repeat(64)).unwrap();
    let keys = fs::read(server.store().join("keys")).unwrap();
    for command in [&["serve"][..], &["store", "check"]] {
        let (code, line) = refused(server.folder().path(), command, &[]);
        assert_eq!(code, 1, "{line}");
        assert!(line.contains("master key"), "{line}");
    }
    assert_eq!(fs::read(server.store().join("keys")).unwrap(), keys);
    fs::write(&key_file, right).unwrap();
    assert_eq!(server.again(&provider).run().held("ana").len(), 1);
}

#[test]
fn a_second_process_is_turned_away() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    for command in [&["serve"][..], &["store", "check"]] {
        let (code, line) = refused(server.folder().path(), command, &[]);
        assert_eq!(code, 1);
        assert!(line.contains("store"), "{line}");
    }
    assert_eq!(server.held("ana").len(), 1);
}

#[test]
fn the_operators_key_is_shown_once() {
    let (provider, server) = used();
    assert!(server.printed().contains(&server.key) && server.key.len() > 40);
    let mut again = server.again(&provider).run();
    assert_eq!(again.key, server.key);
    assert!(again.stop().success());
    assert!(!again.printed().contains(&server.key));
}

#[test]
fn root_certificates_are_read_only_where_they_are_needed() {
    let provider = Provider::model();
    let none = [("SSL_CERT_FILE", "/nowhere/roots.pem"), ("SSL_CERT_DIR", "/nowhere")];
    let start = Start::before(&provider).variable(none[0].0, none[0].1);
    assert_eq!(start.variable(none[1].0, none[1].1).run().chat("ana", "Hi").status(), 200);

    let folder = tempfile::tempdir().unwrap();
    let base = ("TACTFUL__UPSTREAM__BASE_URL", "https://provider.test/v1");
    let (_, error) = refused(folder.path(), &["serve"], &[none[0], none[1], base]);
    assert!(error.contains("root certificates"), "{error}");
}
