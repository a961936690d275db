//! The evaluation as an operator runs it, on an invented file.

use super::*;

const POLICY: Policy =
    Policy { max_attributes: 3, token_budget: 160, false_injection_target: 0.05 };

const DINNER: &str = r#"{"id":"t1","user":"ann","attributes":[{"id":"a","text":"Is vegetarian"},{"id":"b","text":"Plays the oboe"}],"history":[],"prompt":"What should I cook for dinner tonight?","relevant":["a"]}"#;
const SUM: &str = r#"{"id":"t2","user":"bob","attributes":[{"id":"a","text":"Is vegetarian"}],"history":[],"prompt":"What is 3 * 14?","relevant":[]}"#;
const MISSED: &str = r#"{"id":"t3","user":"bob","attributes":[{"id":"a","text":"Plays the oboe"}],"history":[{"role":"user","content":"Hi"}],"prompt":"What is 3 * 14?","relevant":["a"]}"#;

fn scored(lines: &[&str]) -> Result<(Report, String), EvalError> {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
    std::fs::write(&data, lines.join("\n")).unwrap();
    let report = run(&data, Some(&out), &POLICY, 5)?;
    Ok((report, std::fs::read_to_string(out).unwrap()))
}

#[test]
fn the_report_counts_what_was_found_and_what_was_missed() {
    let (report, _) = scored(&[DINNER, SUM, MISSED]).unwrap();
    let figures = &report.figures;
    assert_eq!((figures.turns, figures.users), (3, 2));
    assert_eq!(figures.precision.unwrap().value, 1.0);
    assert_eq!(figures.recall.unwrap().value, 0.5);
    assert_eq!(figures.false_injection.unwrap().value, 0.0);
    assert_eq!(figures.missed_need.unwrap().value, 0.5);
    assert_eq!(report.errors.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["t3"]);
    assert!(report.to_string().contains("false injection"));
}

#[test]
fn predictions_name_what_was_selected_and_its_score() {
    let (_, predictions) = scored(&[DINNER, SUM]).unwrap();
    let rows: Vec<serde_json::Value> =
        predictions.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(rows[0]["selected"], serde_json::json!(["a"]));
    assert!(rows[0]["scores"]["a"].as_f64() > rows[0]["scores"]["b"].as_f64());
    assert_eq!((&rows[1]["id"], rows[1]["selected"].as_array().unwrap().len()), (&"t2".into(), 0));
    assert!(rows[1]["micros"].is_u64());
}

#[test]
fn a_wrong_line_is_named_and_not_quoted() {
    let secret = DINNER.replace("\"relevant\":[\"a\"]", "\"relevant\":\"oboe\"");
    let error = scored(&[SUM, &secret]).unwrap_err().to_string();
    assert!(error.contains("in.jsonl:2:") && !error.contains("oboe"), "{error}");
    let unknown = DINNER.replace("[\"a\"]", "[\"z\"]");
    assert!(scored(&[&unknown]).unwrap_err().to_string().contains(":1:"));
    assert!(matches!(scored(&[]), Err(EvalError::Empty { .. })));
}
