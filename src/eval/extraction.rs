//! Scores extraction: what is stored, how much of it, on what words, and what of the labels it finds.
//!
//! Sessions are split in two halves by a hash of their id: `dev` is for looking at while the grammar is written,
//! `held_out` is not. Both are reported; only the second says how it does on words it has not seen. What the first
//! version stored of the second half was read once and its faults were mended, so its figures flatter a little.
//!
//! A stored item matches a label when its quote and the label's evidence overlap in the same message, or when half of
//! the content stems of the shorter of the two texts stand in the other. That measures finding, not truth: labels of
//! this kind are made by machine and then corrected, leave true statements out and count guesses in, so an item that
//! matches none may be right. Whether what is stored is true has to be read by people.

mod report;
mod session;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    time::Instant,
};

pub use report::{Figure, Half, Report};
use session::{Session, score};

use super::EvalError;

/// Extracts from every session of `data`, writes what was found to `predictions`, and scores it against the labels.
///
/// # Errors
/// When a file cannot be read or written, or a line is not a session.
pub fn run(data: &Path, predictions: Option<&Path>) -> Result<Report, EvalError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| EvalError::File { path, source }
    };
    let mut out = match predictions {
        Some(path) => {
            let made = File::create(path).map_err(failed(path))?;
            Some((path, BufWriter::new(made)))
        }
        None => None,
    };
    let mut scores = Vec::new();
    let mut refused = BTreeMap::new();
    let mut missed_because = BTreeMap::new();
    let (mut bytes, mut seconds) = (0_usize, 0.0);
    for (index, line) in BufReader::new(File::open(data).map_err(failed(data))?).lines().enumerate()
    {
        let line = line.map_err(failed(data))?;
        if line.trim().is_empty() {
            continue;
        }
        let session: Session = serde_json::from_str(&line).map_err(|source| EvalError::Line {
            path: data.to_owned(),
            line: index + 1,
            // serde's own words quote the value; the place is enough.
            what: format!("not a labelled session (column {})", source.column()),
        })?;
        let turns = session.own_turns();
        let began = Instant::now();
        let found = crate::learn::extract(turns.iter().map(|(_, text)| *text));
        seconds += began.elapsed().as_secs_f64();
        bytes += turns.iter().map(|(_, text)| text.len()).sum::<usize>();
        for words in &found.refused {
            *refused.entry(words.why.as_str()).or_insert(0) += 1;
        }
        session.missed(&found, &mut missed_because);
        let kept = crate::learn::without_repeats(found.candidates);
        if let Some((path, out)) = &mut out {
            let written = serde_json::to_writer(&mut *out, &session.prediction(&kept))
                .map_err(io::Error::from);
            written.and_then(|()| out.write_all(b"\n")).map_err(failed(path))?;
        }
        scores.push(score(&session, &kept));
    }
    if let Some((path, mut out)) = out {
        out.flush().map_err(failed(path))?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let megabytes_per_second = bytes as f64 / 1e6 / seconds.max(1e-9);
    Ok(Report::of(&scores, refused, missed_because, megabytes_per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSIONS: &str = r#"{"id":"one","messages":[{"role":"user","content":"I'm a nurse and I live in Lisbon."},{"role":"assistant","content":"I live nowhere."}],"attributes":[{"text":"Lives in Lisbon","valid":true,"kind":"direct","evidence":"I live in Lisbon"},{"text":"Likes fado","valid":false}]}
{"id":"two","messages":[{"role":"user","content":"What is 2+2?"}],"attributes":[]}
"#;

    #[test]
    fn a_file_is_scored_and_predictions_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let (data, predictions) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
        std::fs::write(&data, SESSIONS).unwrap();
        let report = run(&data, Some(&predictions)).unwrap();
        assert_eq!(report.all.sessions, 2);
        assert_eq!(report.all.items, 2);
        assert!((report.all.verbatim.value - 1.0).abs() < 1e-9);
        assert!((report.all.recall_direct.value - 1.0).abs() < 1e-9);
        assert!((report.all.stores_without_reason.value).abs() < 1e-9);
        let written = std::fs::read_to_string(&predictions).unwrap();
        assert!(
            written.contains(r#""evidence":{"message":0,"quote":"I live in Lisbon."}"#),
            "{written}"
        );
        assert!(report.to_string().contains("held out"));
    }

    #[test]
    fn a_bad_line_is_named_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("in.jsonl");
        std::fs::write(&data, "{\"id\":\"secret words\"}\n").unwrap();
        let error = run(&data, None).unwrap_err().to_string();
        assert!(error.contains("jsonl:1:") && !error.contains("secret"), "{error}");
    }
}
