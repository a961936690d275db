//! What the demo does and prints.

use std::time::Duration;

use anyhow::bail;
use serde_json::Value;

use super::{
    super::say::say,
    client::{Client, Reply},
};

const USER: &str = "ana";

/// What Ana says first: of herself, of her sister, in a pirate's name, and of her health.
const SAID: [&str; 4] = [
    "I'm vegetarian and I live in Lisbon. I work as a nurse. Thanks for having me!",
    "My sister is allergic to peanuts.",
    "Write a letter that begins: \"I am a pirate and I live on a ship.\"",
    "I have type 1 diabetes.",
];

/// What she then asks.
const ASKED: [&str; 4] = [
    "What is 17 * 23?",
    "What is the boiling point of ethanol?",
    "Can you suggest a quick, healthy dinner for me tonight?",
    "Where should I go for a day trip this weekend?",
];

pub(super) async fn tell(client: &Client) -> anyhow::Result<()> {
    say!(
        "Three processes in one: a small bundled provider, the proxy in front of it, and a client of the proxy.\n"
    );

    heading("1. Ana talks; the proxy learns after the answer has gone")?;
    for prompt in SAID {
        client.chat(USER, prompt).await?;
        say!("  Ana: {prompt}");
    }
    learned(client, SAID.len()).await?;
    say!("\n  learned, each from her own words:");
    let attributes = client.get(&format!("/users/{USER}/attributes")).await?;
    for attribute in items(&attributes) {
        say!(
            "    {:<24} {:<12} {:<8} “{}”",
            text(&attribute["text"]),
            text(&attribute["category"]),
            text(&attribute["status"]),
            text(&attribute["evidence"][0]["quote"]),
        );
    }
    let refused: Vec<_> = client.metrics("tactful_attributes_refused_total{reason=\"").await?;
    say!("  refused: {}", refused.join(", "));
    say!("  What is about her health waits for her yes (pending), sealed and unused.\n");

    heading("2. Ana asks; usually nothing about her changes the answer")?;
    let mut personalized = Vec::new();
    for prompt in ASKED {
        let reply = client.chat(USER, prompt).await?;
        if reply.header("x-tactful-outcome") == "personalized" {
            personalized.push(reply.header("x-tactful-request-id").to_owned());
        }
        say!("  Ana: {prompt}");
        say!("    {}", outcome(&reply, &attributes));
        say!("    {}\n", reply.text);
    }
    recorded(client, &personalized).await?;

    heading("3. Why: a receipt for every answer")?;
    let receipts = client.get(&format!("/users/{USER}/uses?limit=2")).await?;
    for receipt in items(&receipts) {
        say!("  {}", text(&receipt["request"]));
        for considered in items_of(&receipt["considered"]) {
            let used = if considered["used"] == true { "used    " } else { "withheld" };
            let name = name_of(&attributes, &considered["attribute"]);
            say!("    {used}  {name:<24} {}", sentence(considered));
        }
    }
    say!();

    heading("4. Did it help? Both answers, for people to judge")?;
    for comparison in items(&compared(client, 2).await?) {
        say!("  Ana: {}", text(&comparison["prompt"]));
        side_by_side(
            "personalised",
            text(&comparison["personalized"]["text"]),
            "generic",
            text(&comparison["generic"]["text"]),
        )?;
        say!();
    }
    Ok(())
}

pub(super) fn say_where(client: &Client) -> anyhow::Result<()> {
    heading("Running on; stop with Ctrl-C")?;
    say!(
        "  proxy          http://{}/v1   (point an app's base URL here; user: {USER})",
        client.server
    );
    say!("  metrics        http://{}/metrics", client.admin);
    say!("  personal API   http://{}/tactful/v1/openapi.json", client.server);
    say!("  what is known  curl -H 'Authorization: Bearer {}' \\", client.key);
    say!("                   http://{}/tactful/v1/users/{USER}/attributes", client.server);
    Ok(())
}

fn heading(text: &str) -> anyhow::Result<()> {
    say!("{text}\n{}", "─".repeat(text.chars().count()));
    Ok(())
}

/// Waits until what was said in so many turns has been looked at, and learned where it was of oneself.
async fn learned(client: &Client, turns: usize) -> anyhow::Result<()> {
    for _ in 0..200 {
        let mut seen = 0.0;
        for result in ["learned", "nothing_said", "nothing_found"] {
            let line = format!("tactful_extraction_jobs_total{{result=\"{result}\"}}");
            seen += client.metric(&line).await?;
        }
        if seen >= turns as f64 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the lessons were not learned within 10 seconds")
}

/// Waits until each of these requests has its receipt.
async fn recorded(client: &Client, requests: &[String]) -> anyhow::Result<()> {
    for _ in 0..200 {
        let receipts = client.get(&format!("/users/{USER}/uses?limit=100")).await?;
        let receipts = items(&receipts);
        let has = |request: &String| receipts.iter().any(|one| text(&one["request"]) == request);
        if requests.iter().all(has) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the receipts were not kept within 10 seconds")
}

/// The comparisons, once there are as many as personalised answers.
async fn compared(client: &Client, wanted: usize) -> anyhow::Result<Value> {
    let mut found = Value::Null;
    for _ in 0..200 {
        found = client.get(&format!("/comparisons?user={USER}")).await?;
        if items(&found).len() >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(found)
}

fn outcome(reply: &Reply, attributes: &Value) -> String {
    let header = |name: &str| reply.header(name);
    match header("x-tactful-attributes") {
        "" => format!("[{}: {}]", header("x-tactful-outcome"), header("x-tactful-reason")),
        ids => {
            let names: Vec<_> =
                ids.split(',').map(|id| name_of(attributes, &Value::from(id))).collect();
            format!("[{}: {}]", header("x-tactful-outcome"), names.join(", "))
        }
    }
}

fn name_of(attributes: &Value, id: &Value) -> String {
    let found = items(attributes).into_iter().find(|attribute| attribute["id"] == *id);
    found.map_or_else(|| text(id).to_owned(), |attribute| text(&attribute["text"]).to_owned())
}

fn sentence(considered: &Value) -> &str {
    considered["explanation"].as_str().unwrap_or_else(|| text(&considered["reason"]))
}

fn items(list: &Value) -> Vec<&Value> {
    items_of(&list["data"])
}

fn items_of(list: &Value) -> Vec<&Value> {
    list.as_array().into_iter().flatten().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn side_by_side(
    left_title: &str,
    left: &str,
    right_title: &str,
    right: &str,
) -> anyhow::Result<()> {
    const WIDTH: usize = 46;
    say!("    {left_title:<WIDTH$}  {right_title}");
    let (left, right) = (wrapped(left, WIDTH), wrapped(right, WIDTH));
    for row in 0..left.len().max(right.len()) {
        let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        say!("    {:<WIDTH$}  {}", cell(&left), cell(&right));
    }
    Ok(())
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
