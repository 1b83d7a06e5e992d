//! `deadline --batch`: one question a line, one answer a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;

use domain::calendar::Calendar;
use domain::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::deadline::{Question, answer};
use super::{CliError, Outcome};
use crate::files::lines::{Line, Lines};

/// A line of the file. Other keys are the asker's own: a note, an expected answer.
#[derive(Deserialize)]
struct Asked {
    #[serde(alias = "from")]
    at: String,
    budget: String,
    #[serde(default)]
    suspend: Vec<(String, Option<String>)>,
    #[serde(default)]
    extend: Vec<String>,
}

/// Answers every line; 1 if a line could not be answered.
pub fn run(calendar: &Calendar, file: &Path) -> Outcome {
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let opened = File::open(file).map_err(|error| CliError::io(file.display(), &error))?;
        Box::new(BufReader::new(opened))
    };
    let mut lines = Lines::new(input);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut bad = false;
    while let Some((number, line)) =
        lines.next_line().map_err(|error| CliError::io(file.display(), &error))?
    {
        if line.is_blank() {
            continue;
        }
        let text = one(calendar, &line).unwrap_or_else(|fault| {
            bad = true;
            let field = Some(&fault.field).filter(|field| !field.is_empty());
            json!({
                "error": { "code": fault.code, "field": field, "zh": fault.zh, "en": fault.en },
                "line": number,
            })
        });
        if writeln!(out, "{text}").is_err() {
            // Nobody reads any more.
            return Ok(ExitCode::from(1));
        }
    }
    let flushed = out.flush().is_ok();
    Ok(if bad || !flushed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn one(calendar: &Calendar, line: &Line<'_>) -> Result<Value, Fault> {
    let Line::Text(bytes) = line else { return Err(Line::too_long()) };
    let asked: Asked = serde_json::from_slice(bytes).map_err(|error| {
        Fault::new(
            "QUESTION_INVALID",
            format!(
                "第 {} 列起不是 {{\"at\",\"budget\",\"suspend\":[[from,to]],\"extend\":[…]}}",
                error.column()
            ),
            format!(
                "from column {} on this is not {{\"at\",\"budget\",\"suspend\":[[from,to]],\"extend\":[…]}}",
                error.column()
            ),
        )
    })?;
    let question =
        Question { at: asked.at, budget: asked.budget, suspend: asked.suspend, extend: asked.extend };
    let clock = question.clock(calendar)?;
    let counted = calendar.count(&clock).map_err(domain::calendar::CountError::fault)?;
    serde_json::to_value(answer(&counted, calendar))
        .map_err(|error| Fault::new("FAILED", "失败", error.to_string()))
}
