//! 回访 in words and forms: the three answers, an attempt that reached nobody, and the second look.

use domain::case::Event;
use domain::case::admissible::Kind;
use domain::case::event::{
    CallbackAttempted, CallbackCompleted, CaseClosed, CloseMode, Dissatisfaction, Drawn, Unreached,
};

use super::fields::{Choice, Field, Input, option, yes_no};
use super::forms::{Both, Desk, satisfactions};
use super::lang::Lang;
use super::orders::{word, yes};
use super::timeline::answers;
use super::when::Times;
use super::words;
use crate::http::order::Order;
use crate::http::problem::Problem;

/// What each form is called, what it says beneath, and what its button says.
pub const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::RecordCallback,
        ("回访接通", "Called back"),
        (
            "联系过且已解决即结案；未解决或没有人联系过，进入复核，由另行决定重办或解释结案。",
            "Contacted and solved closes; not solved, or nobody was in touch, waits for a second look.",
        ),
        ("记录回访", "Record the callback"),
    ),
    (
        Kind::AttemptCallback,
        ("回访未接通", "Nobody reached"),
        (
            "不同钟点各试一次才计数；计满规定次数为无效回访，自动结案。",
            "Only tries at different hours count; after the set number the callback is invalid and the case closes.",
        ),
        ("记录未接通", "Record the attempt"),
    ),
    (
        Kind::Close,
        ("解释结案", "Close as explained"),
        ("复核：写明依法如何说明。", "After a second look: what the complainant was lawfully told."),
        ("结案", "Close"),
    ),
];

/// What these forms ask.
pub fn fields(kind: Kind, desk: &Desk<'_>) -> Vec<Field> {
    let l = desk.l;
    let recording = || Field::line("recording", l.t("录音号（可不填）", "Recording (may be left out)"));
    match kind {
        Kind::RecordCallback => vec![
            Field::choice("contacted", l.t("单位联系过诉求人", "The unit had been in touch"), yes_no(l))
                .required(),
            Field::choice("solved", l.t("问题已解决", "The matter is solved"), yes_no(l)).required(),
            Field::select("satisfaction", l.t("满意度", "Satisfaction"), satisfactions(l)).required(),
            Field::select("why", l.t("不满意原因", "Why not satisfied"), reasons(l)),
            Field::line("remark", l.t("补充说明（隐去号码）", "In words (numbers are masked)")),
            recording(),
        ],
        Kind::AttemptCallback => {
            let outcomes = Unreached::ALL.iter().map(|(_, word, zh, en)| option(*word, l.t(zh, en)));
            vec![
                Field::select("outcome", l.t("情形", "What happened"), outcomes.collect()).required(),
                recording(),
            ]
        }
        Kind::Close => {
            let solved = desk.state.calls.solved;
            let modes = vec![
                option("explained", l.t("解释结案", "as explained")),
                option("solved", l.t("诉求人认可已解决", "as solved: the complainant says so")),
            ];
            let mode = solved.then(|| Field::select("mode", l.t("结案方式", "How"), modes).required());
            let reason = Field::area("reason", l.t("如何说明", "What was explained")).required();
            mode.into_iter().chain([reason]).collect()
        }
        _ => vec![],
    }
}

fn reasons(l: Lang) -> Vec<Choice> {
    let named = Dissatisfaction::ALL.iter().map(|(_, word, zh, en)| option(*word, l.t(zh, en)));
    std::iter::once(option("", l.t("无，或未说明", "none, or not said"))).chain(named).collect()
}

/// The form of this action, read as an order; none where it is none of these.
pub fn read(action: &str, input: &Input) -> Option<Result<Order, Problem>> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let order = || {
        Ok(match action {
            "record_callback" => Order::RecordCallback {
                contacted: yes("contacted", input)?,
                solved: yes("solved", input)?,
                satisfaction: word("satisfaction", input)?,
                why: if text("why").is_empty() { None } else { Some(word("why", input)?) },
                remark: text("remark"),
                recording: text("recording"),
            },
            "attempt_callback" => {
                Order::AttemptCallback { outcome: word("outcome", input)?, recording: text("recording") }
            }
            _ => {
                let explained = text("mode").is_empty();
                let mode = if explained { CloseMode::Explained } else { word("mode", input)? };
                Order::Close { mode, reason: text("reason") }
            }
        })
    };
    matches!(action, "record_callback" | "attempt_callback" | "close").then(order)
}

/// An event of these in a sentence; none where it is none of these.
pub fn sentence(times: &Times, event: &Event) -> String {
    match event {
        Event::CallbackCompleted(e) => completed(e, times.l),
        Event::CallbackAttempted(e) => attempted(times, e),
        Event::VerificationPassed(e) => e.sample.map(|drawn| drawn_words(drawn, times.l)).unwrap_or_default(),
        Event::CaseClosed(e) => closed(e, times.l),
        _ => String::new(),
    }
}

fn joined<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn recording(number: &str, l: Lang) -> String {
    if number.is_empty() { String::new() } else { l.f("录音 {}", "recording {}", number) }
}

fn completed(e: &CallbackCompleted, l: Lang) -> String {
    let why = e.said.why.map(|why| l.t(why.zh(), why.en()).to_owned());
    joined([
        answers((e.contacted, e.solved, e.satisfaction), l),
        why.unwrap_or_default(),
        e.said.remark.clone(),
        recording(&e.said.recording, l),
        if e.capped {
            l.t("重办次数已满，转督办", "cannot be reopened again: supervision").to_owned()
        } else {
            String::new()
        },
    ])
}

fn attempted(times: &Times, e: &CallbackAttempted) -> String {
    let l = times.l;
    let counted = if e.counted {
        l.t("计数", "counts")
    } else {
        l.t("同一钟点或间隔太短，不计", "does not count: same hour, or too soon")
    };
    let next = e.next_from.map(|at| l.f("下次可在 {}", "next from {}", times.short(at)));
    joined([
        outcome(e.outcome, l).to_owned(),
        counted.to_owned(),
        recording(&e.recording, l),
        next.unwrap_or_default(),
    ])
}

/// Why an attempt came to nothing, in words.
pub fn outcome(outcome: Unreached, l: Lang) -> &'static str {
    l.t(outcome.zh(), outcome.en())
}

/// How a case was drawn, in words: by its number, which nobody chooses.
pub fn drawn_words(drawn: Drawn, l: Lang) -> String {
    let Drawn { percent, draw } = drawn;
    let (zh, en) = if drawn.is_called() { ("抽中回访", "drawn") } else { ("抽样未中", "not drawn") };
    match l {
        Lang::Zh => format!("{zh}：抽 {percent}%，按编号得 {draw}（小于 {percent} 为中）"),
        Lang::En => {
            format!("{en}: {percent} % are called, its number gives {draw} (below {percent} is drawn)")
        }
    }
}

fn closed(e: &CaseClosed, l: Lang) -> String {
    joined([words::close_mode(e.mode, l).to_owned(), e.reason.clone()])
}
