//! What must follow: the fourth cell.

use std::sync::OnceLock;

use domain::case::clocks::DeadlineName;
use domain::case::{Code, Life, State};
use domain::context::Rulebook;
use domain::ids::Rung;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::action::Told;
use super::moment::{self, Moment};
use super::people::{UnitRef, rung};
use super::seen::{Seen, event};
use super::words::{normal, truth};

/// One thing that must hold.
#[derive(Debug, Clone)]
pub(super) struct Expect {
    /// As it is written.
    pub text: String,
    /// Of every case that the table knows.
    pub each: bool,
    /// Of this case; else of the one that was last named.
    pub case: Option<String>,
    pub what: What,
}

/// What it is about.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Refused, with this code.
    Refused(String),
    /// Accepted, and nothing happened.
    Nothing,
    /// What became of a complaint: `opened`, `duplicate`, `supplement`.
    Outcome(&'static str),
    Event(Seen),
    Life(Life),
    Lead(UnitRef),
    Responsible(UnitRef),
    Rung(Rung),
    /// The limit of this name; none where it does not run.
    Due(String, Limit),
    /// What comes next.
    Next(Option<String>, Option<Moment>),
    /// The ladder's step to this rung.
    Step(Rung, Option<Moment>),
    Inbox(UnitRef, Listed),
    /// Numbers of a unit's board.
    Board(UnitRef, Vec<(String, i64)>),
    /// Numbers of the supervisor's desk.
    Desk(Vec<(String, i64)>),
    /// A field of the case's state.
    Fact(String, Value),
    /// Whether a unit sees the case.
    Sees(UnitRef, bool),
    /// How many cases the log has.
    Cases(usize),
}

/// When a limit is.
#[derive(Debug, Clone)]
pub(super) enum Limit {
    At(Moment),
    Absent,
    /// As before the row.
    Same,
}

/// What an inbox holds.
#[derive(Debug, Clone)]
pub(super) enum Listed {
    Count(usize),
    Has(String, bool),
}

/// What a cell is read against.
pub(super) struct Base<'a> {
    pub rules: &'a Rulebook,
    pub now: Timestamp,
}

/// Reads the cell.
///
/// # Errors
/// Every item that is not understood.
pub(super) fn read(cell: &str, base: &Base<'_>) -> Result<Vec<Expect>, Vec<Told>> {
    let (mut expects, mut faults) = (Vec::new(), Vec::new());
    let mut case = None;
    let mut only = false;
    for part in split(cell) {
        let mut tokens: Vec<&str> = part.split_whitespace().collect();
        if let Some(label) = tokens.first().and_then(|token| token.strip_prefix(['@', '＠'])) {
            case = Some(label.trim_end_matches([':', '：']).to_owned());
            tokens.remove(0);
        }
        let each = tokens.first().is_some_and(|token| matches!(normal(token).as_str(), "每件" | "each"));
        tokens.drain(..usize::from(each));
        if tokens.first().is_some_and(|token| matches!(normal(token).as_str(), "仅" | "只有" | "only")) {
            only = true;
            tokens.remove(0);
        }
        if tokens.is_empty() {
            continue;
        }
        match item(&tokens, base) {
            Ok(mut what) => {
                if let What::Event(seen) = &mut what {
                    seen.only = only && !seen.ever && seen.times != Some(0);
                }
                expects.push(Expect { text: part.trim().to_owned(), each, case: case.clone(), what });
            }
            Err(told) => faults.push(told),
        }
    }
    if faults.is_empty() { Ok(expects) } else { Err(faults) }
}

/// Items end at `；`, `;` or `→`, but not inside brackets.
fn split(cell: &str) -> Vec<String> {
    let cell = cell.replace("->", "→").replace("<br>", ";");
    let (mut parts, mut depth) = (vec![String::new()], 0_u32);
    for c in cell.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            ';' | '；' | '→' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn item(tokens: &[&str], base: &Base<'_>) -> Result<What, Told> {
    let rest = tokens.get(1..).unwrap_or_default();
    let joined = rest.join(" ");
    let unit = |word: &str| {
        UnitRef::read(word, base.rules)
            .ok_or_else(|| (format!("没有单位「{word}」"), format!("there is no unit `{word}`")))
    };
    let first = rest.first().copied().unwrap_or_default();
    Ok(match normal(tokens[0]).as_str() {
        "拒绝" | "refused" => What::Refused(code(first)?),
        "无事" | "nothing" => What::Nothing,
        "新开" | "opened" => What::Outcome("opened"),
        "判重" | "duplicate" => What::Outcome("duplicate"),
        "并入" | "supplement" => What::Outcome("supplement"),
        "状态" | "state" => What::Life(life(&joined)?),
        "主办" | "lead" => What::Lead(unit(&joined)?),
        "责任" | "responsible" => What::Responsible(unit(&joined)?),
        "层级" | "rung" => What::Rung(rung(&joined).ok_or_else(|| unknown(&joined))?),
        "到期" | "due" => {
            let name = deadline(first).ok_or_else(|| unknown(first))?;
            What::Due(name, limit(&rest[1..].join(" "), base)?)
        }
        "下一时限" | "next" => match (deadline(first), is_none(first)) {
            (_, true) => What::Next(None, None),
            (Some(name), _) => What::Next(Some(name), moment_of(&rest[1..].join(" "), base)?),
            _ => return Err(unknown(first)),
        },
        "无时限" => What::Next(None, None),
        "阶梯" | "step" => {
            let to = rung(first).ok_or_else(|| unknown(first))?;
            let at = rest[1..].join(" ");
            What::Step(to, if is_none(&at) { None } else { Some(needed(&at, base)?) })
        }
        "收件箱" | "inbox" => What::Inbox(unit(first)?, listed(&rest[1..])?),
        "看板" | "board" => What::Board(unit(first)?, numbers(&rest[1..])?),
        "督查台" | "desk" => What::Desk(numbers(rest)?),
        "字段" | "fact" => {
            let (path, value) = joined.split_once('=').ok_or_else(|| unknown(&joined))?;
            let path = path.trim();
            // A misspelt field would be none for ever.
            let all = serde_json::to_value(State::default()).unwrap_or_default();
            all.get(path.split('.').next().unwrap_or(path)).ok_or_else(|| unknown(path))?;
            What::Fact(path.to_owned(), value_of(value.trim(), base))
        }
        "可见" | "visible" => What::Sees(unit(&joined)?, true),
        "不可见" | "hidden" => What::Sees(unit(&joined)?, false),
        "工单数" | "cases" => What::Cases(first.parse().map_err(|_| unknown(first))?),
        "累计" | "ever" => What::Event(Seen { ever: true, ..event(rest, base)? }),
        "从未" | "never" => What::Event(Seen { ever: true, times: Some(0), ..event(rest, base)? }),
        "无" | "没有" | "no" => What::Event(Seen { times: Some(0), ..event(rest, base)? }),
        _ => What::Event(event(tokens, base)?),
    })
}

pub(super) fn unknown(word: &str) -> Told {
    (format!("看不懂「{word}」"), format!("`{word}` is not understood"))
}

fn is_none(word: &str) -> bool {
    matches!(normal(word).as_str(), "无" | "没有" | "none" | "nothing" | "")
}

fn code(word: &str) -> Result<String, Told> {
    let known = Code::ALL.iter().any(|code| code.as_str() == word) || word.is_empty();
    if known {
        Ok(word.to_owned())
    } else {
        Err((format!("没有拒绝代码 {word}"), format!("there is no refusal {word}")))
    }
}

fn life(word: &str) -> Result<Life, Told> {
    let found = Life::ALL.into_iter().find(|life| life.zh() == word || life.as_str() == normal(word));
    found.ok_or_else(|| (format!("没有状态「{word}」"), format!("there is no state `{word}`")))
}

/// The names of an enumeration, as serde knows them.
fn names<T: DeserializeOwned>() -> Vec<String> {
    let error =
        serde_json::from_value::<T>(json!("\u{0}")).err().map(|error| error.to_string()).unwrap_or_default();
    error.split('`').skip(3).step_by(2).map(ToOwned::to_owned).collect()
}

/// A limit by either of its words, or by the Chinese without 时限.
pub(super) fn deadline(word: &str) -> Option<String> {
    static NAMES: OnceLock<Vec<(String, &'static str)>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let known = names::<DeadlineName>().into_iter();
        known
            .filter_map(|name| {
                let read: DeadlineName = serde_json::from_value(json!(name)).ok()?;
                Some((name, read.zh()))
            })
            .collect()
    });
    let plain = word.trim_end_matches("时限");
    let same = |zh: &str| zh == word || zh.trim_end_matches("时限") == plain;
    let short = match plain {
        "首联" => "contact",
        "复核" => "review",
        "答复" => "answer",
        "督办" => "supervise",
        other => other,
    };
    names.iter().find(|(name, zh)| *name == normal(short) || same(zh)).map(|(name, _)| name.clone())
}

fn limit(text: &str, base: &Base<'_>) -> Result<Limit, Told> {
    match normal(text).as_str() {
        "不变" | "same" | "unchanged" => Ok(Limit::Same),
        _ if is_none(text) => Ok(Limit::Absent),
        _ => Ok(Limit::At(needed(text, base)?)),
    }
}

pub(super) fn needed(text: &str, base: &Base<'_>) -> Result<Moment, Told> {
    moment_of(text, base)?.ok_or_else(|| (format!("「{text}」不是时间"), format!("`{text}` is no time")))
}

fn moment_of(text: &str, base: &Base<'_>) -> Result<Option<Moment>, Told> {
    if text.is_empty() {
        return Ok(None);
    }
    match moment::read(text, Some(base.now), base.rules.calendar.zone())? {
        Some(moment) => Ok(Some(moment)),
        None => Err((format!("「{text}」不是时间"), format!("`{text}` is no time"))),
    }
}

fn listed(tokens: &[&str]) -> Result<Listed, Told> {
    let word = tokens.first().copied().unwrap_or_default();
    let label =
        tokens.get(1).map(|label| label.trim_start_matches(['@', '＠']).to_owned()).unwrap_or_default();
    match normal(word).as_str() {
        "含" | "有" | "has" => Ok(Listed::Has(label, true)),
        "不含" | "没有" | "lacks" => Ok(Listed::Has(label, false)),
        "空" | "empty" => Ok(Listed::Count(0)),
        other => other.trim_end_matches('件').parse().map(Listed::Count).map_err(|_| unknown(word)),
    }
}

fn numbers(tokens: &[&str]) -> Result<Vec<(String, i64)>, Told> {
    let text = tokens.join(" ").replace(['=', '＝', ',', '，', '、'], " ");
    let parts: Vec<&str> = text.split_whitespace().collect();
    let pairs = parts.chunks(2).map(|pair| match pair {
        [name, number] => Ok((number_name(name), number.parse().map_err(|_| unknown(number))?)),
        _ => Err(unknown(&text)),
    });
    pairs.collect()
}

/// Numbers of board and desk by their Chinese words.
fn number_name(word: &str) -> String {
    let name = match word {
        "总数" | "件数" => "total",
        "未结" => "open",
        "已结" => "closed",
        "按期" => "on_time",
        "超期" | "超期办结" => "late",
        "重办" => "reopened",
        "升级" => "escalated",
        "网格办结" => "closed_at_grid",
        "逾期" | "超期未结" | "逾期未结" => "overdue",
        "待分类" => "triage",
        "逾期未签" => "unsigned_late",
        "预警" => "at_risk",
        "挂账" => "suspended",
        "待核查" => "to_verify",
        "待回访" => "to_callback",
        "回访未解决" => "called_back_unsolved",
        "升级未结" => "escalated_open",
        other => return normal(other),
    };
    name.to_owned()
}

pub(super) fn value_of(text: &str, base: &Base<'_>) -> Value {
    if is_none(text) {
        return Value::Null;
    }
    if let Some(truth) = truth(text) {
        return json!(truth);
    }
    match moment::read(text, Some(base.now), base.rules.calendar.zone()) {
        Ok(Some(moment)) => json!(moment.at),
        _ => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
    }
}
