//! A case as people read it, from the document that machines get.

use serde_json::Value;

use super::output;

/// Prints the document.
pub fn print(document: &Value) {
    let text = |field: &str| word(document, field);
    output::line(format!("{}  {} · {}", text("case_no"), text("state_zh"), text("state")));
    let rows = [
        ("标题 title", text("title")),
        ("来源 source", join(&[text("source"), text("external_id"), text("channel")])),
        ("受理 received", text("received_at")),
        ("事项 item", join(&[text("item"), text("item_name")])),
        ("主办 lead", join(&[text("unit"), text("unit_name")])),
        ("现责 responsible", join(&[text("rung"), text("responsible"), text("responsible_name")])),
    ];
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        output::line(format!("  {label}: {value}"));
    }
    if let Some(recorded) = document.get("recorded").filter(|recorded| !recorded.is_null()) {
        let text = |field| word(recorded, field);
        output::line(format!(
            "  原记录 as recorded: unit {} due {} closed {} on time {}",
            text("unit"),
            text("due_at"),
            text("closed_at"),
            text("on_time"),
        ));
    }
    clocks(&document["clocks"]);
    output::line("经过 timeline");
    for step in document["timeline"].as_array().into_iter().flatten() {
        let at = |field| word(step, field);
        let actor = word(&step["actor"], "id");
        output::line(format!("  {}  {} {}  {}", at("occurred_at"), at("event_zh"), at("event"), actor));
        let told = &step["data"]["told"];
        if told.is_object() {
            let who = join(&[word(told, "unit"), word(told, "post"), word(told, "name")]);
            let channels = told["channels"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let channels: Vec<String> = channels.map(ToOwned::to_owned).collect();
            output::line(format!("      → {}", join(&[who, channels.join("、")])));
        } else if !word(&step["data"], "channel").is_empty() && at("event").starts_with("Notification") {
            let data = &step["data"];
            let tried = format!("×{}", word(data, "attempt"));
            let how = join(&[word(data, "channel"), tried, word(data, "reason"), word(data, "answer")]);
            output::line(format!("      → {how}"));
        }
        if at("recorded_at") != at("occurred_at") {
            output::line(format!("      记录于 recorded {}", at("recorded_at")));
        }
    }
}

fn clocks(clocks: &Value) {
    let resolve = &clocks["resolve"];
    if !resolve.is_null() {
        output::line(format!(
            "  办结时限 resolve: {}  ({}, {})  黄灯 amber {}",
            word(resolve, "due_at"),
            word(resolve, "budget"),
            word(resolve, "rule"),
            word(resolve, "amber_at"),
        ));
    }
    for due in clocks["limits"].as_array().into_iter().flatten() {
        output::line(format!(
            "  {} {}: {}  ({})",
            word(due, "name_zh"),
            word(due, "name"),
            word(due, "due_at"),
            word(due, "budget")
        ));
    }
    let next = &clocks["next"];
    if !next.is_null() {
        output::line(format!(
            "  下一时限 next: {} {} {}",
            word(next, "name_zh"),
            word(next, "name"),
            word(next, "due_at")
        ));
    }
}

/// A field as text; empty where it is not there.
fn word(value: &Value, field: &str) -> String {
    match value.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn join(words: &[String]) -> String {
    words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}
