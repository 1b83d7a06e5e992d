//! `/waiting`: what waits to be decided, on one page: what is asked, by whom, why, until when, and the form
//! that decides it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::admissible::Kind;
use projections::{WaitFor, Waiting};

use super::actions::action;
use super::lang::Lang;
use super::page::{Page, show, times, views_failed};
use super::when::{Countdown, Times};
use super::{failed, words};
use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Rows of the page.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage {
    page: Page,
    unit: String,
    total: u64,
    kinds: Vec<KindView>,
    rows: Vec<WaitView>,
    /// What can be given to all that wait here at once: the command, and of what kind they are.
    bulk: Option<(&'static str, &'static str, &'static str)>,
}

/// A kind of question, with how many of it wait.
struct KindView {
    key: &'static str,
    label: &'static str,
    count: u64,
    late: u64,
    here: bool,
}

/// Something that waits, on a page.
pub struct WaitView {
    /// Number of the case.
    pub no: String,
    /// What the case is called.
    pub title: String,
    /// What is asked.
    pub what: &'static str,
    /// Stable name of that.
    pub key: &'static str,
    /// Who asks, for which unit.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Until when; none where no limit runs.
    pub due: Option<Countdown>,
    /// Where it is decided.
    pub href: String,
    /// What the link says: the reader decides, or only looks.
    pub go: &'static str,
    /// The reader may decide it.
    pub mine: bool,
}

impl WaitView {
    /// Colour of the row's edge.
    pub fn tone(&self) -> &'static str {
        self.due.as_ref().map_or("", |due| due.tone.class())
    }
}

/// Which kind.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Asked {
    kind: Option<String>,
}

/// `GET /waiting`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Response {
    match waiting(&app, &visit, &reader, asked.kind.as_deref()).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn waiting(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    kind: Option<&str>,
) -> Result<WaitingPage, Problem> {
    let (l, times, scope) = (visit.lang, times(app, visit.lang), reader.scope());
    let kind = match kind.filter(|word| !word.is_empty()) {
        Some(word) => {
            Some(WaitFor::parse(word).ok_or_else(|| Problem::from(EdgeCode::BadQuery).about("kind"))?)
        }
        None => None,
    };
    let counts = app.views.waits_count(times.now, &scope).await.map_err(views_failed)?;
    let found = app.views.waits(kind, &scope, SHOWN).await.map_err(views_failed)?;
    let kinds = counts.iter().map(|(what, count, late)| KindView {
        key: what.as_str(),
        label: label(*what, l),
        count: *count,
        late: *late,
        here: kind == Some(*what),
    });
    Ok(WaitingPage {
        page: Page::inside(app, visit, reader).await?,
        unit: words::unit(&app.rules().org, &reader.account.unit, l),
        total: counts.iter().map(|(_, count, _)| count).sum(),
        bulk: kind.filter(|_| !found.is_empty()).and_then(|kind| for_all(kind, reader, l)),
        kinds: kinds.collect(),
        rows: found.iter().map(|one| view(app, reader, &times, one)).collect(),
    })
}

/// The command that all of a kind can be given at once, where they need no words of their own.
fn for_all(what: WaitFor, reader: &Reader, l: Lang) -> Option<(&'static str, &'static str, &'static str)> {
    let kind = match what {
        WaitFor::Extension => Kind::ApproveExtension,
        _ => return None,
    };
    let label = l.t("全部批准…", "Approve all…");
    Some((action(kind).filter(|_| reader.may_ever(Action::Case(kind)))?, what.as_str(), label))
}

/// Something that waits, with a link to the form that decides it.
pub fn view(app: &App, reader: &Reader, times: &Times, one: &Waiting) -> WaitView {
    let l = times.l;
    let (case, wait) = (&one.case, &one.wait);
    let actor = words::actor(&wait.by, l);
    let by = match &wait.unit {
        Some(unit) => format!("{} · {actor}", words::unit(&app.rules().org, unit, l)),
        None => actor,
    };
    let decides = decided_by(wait.what);
    let mine = decides.is_some_and(|kind| reader.may(Action::Case(kind), case));
    let form = decides.filter(|_| mine).and_then(action);
    WaitView {
        no: case.case_no.clone(),
        title: if case.title.is_empty() {
            l.t("（内容已匿名化）", "(content erased)").to_owned()
        } else {
            case.title.clone()
        },
        what: label(wait.what, l),
        key: wait.what.as_str(),
        by,
        reason: wait.reason.clone(),
        since: times.short(wait.since),
        due: wait.due_at.map(|due_at| times.countdown(due_at, None)),
        href: match form {
            Some(form) => format!("/cases/{no}#{form}-{no}", no = case.case_no),
            None => format!("/cases/{}", case.case_no),
        },
        go: if mine { l.t("去裁定", "Decide") } else { l.t("查看", "Look") },
        mine,
    }
}

/// The command that decides it; none where it is not ours to decide.
fn decided_by(what: WaitFor) -> Option<Kind> {
    Some(match what {
        WaitFor::Return => Kind::ApproveReturn,
        WaitFor::Objection => Kind::Adjudicate,
        WaitFor::Extension => Kind::ApproveExtension,
        WaitFor::Suspension => Kind::ApproveSuspension,
        WaitFor::Whistle => Kind::ApproveWhistle,
        WaitFor::Decline => Kind::AdjudicateDecline,
        WaitFor::Release => Kind::DecideRelease,
        WaitFor::Void => Kind::DecideVoid,
        WaitFor::Exclusion => Kind::DecideExclusion,
        WaitFor::Reveal => Kind::DecideReveal,
        WaitFor::Reason => Kind::JudgeReason,
        WaitFor::Notice => Kind::ApproveNotice,
        WaitFor::Order => Kind::CheckSupervision,
        WaitFor::Interview => Kind::RecordInterview,
        WaitFor::Outside => return None,
        WaitFor::Unsolved => Kind::Reopen,
        WaitFor::Capped => Kind::Close,
    })
}

/// What is asked, in words.
pub fn label(what: WaitFor, l: Lang) -> &'static str {
    match what {
        WaitFor::Return => l.t("退单待审", "Return"),
        WaitFor::Objection => l.t("派单异议待裁", "Objection"),
        WaitFor::Extension => l.t("延期待批", "Extension"),
        WaitFor::Suspension => l.t("挂账待批", "Suspension"),
        WaitFor::Whistle => l.t("社区吹哨待批", "Whistle to approve"),
        WaitFor::Decline => l.t("不应哨待裁", "Declined whistle"),
        WaitFor::Release => l.t("退出分办待定", "Release of a part"),
        WaitFor::Void => l.t("作废待裁", "Voiding"),
        WaitFor::Exclusion => l.t("剔除、申诉待裁", "Exclusion, appeal"),
        WaitFor::Reveal => l.t("调阅待批", "Reveal"),
        WaitFor::Reason => l.t("理由待裁", "Reason"),
        WaitFor::Notice => l.t("通报待批", "Notice to approve"),
        WaitFor::Order => l.t("督办待核查", "Order to check"),
        WaitFor::Interview => l.t("待约谈", "Interview"),
        WaitFor::Outside => l.t("等来源裁定", "Awaits the sender"),
        WaitFor::Unsolved => l.t("回访未解决待复核", "Called back: second look"),
        WaitFor::Capped => l.t("重办已满待督办", "Reopened as often as may be"),
    }
}
