//! 疑似重复: on a case's page, what may be the same complaint, side by side with it; and what it was linked
//! with or merged into.

use std::collections::HashSet;

use domain::case::Event;
use domain::case::admissible::Kind;
use domain::intake::redact;
use domain::recorded::Recorded;
use domain::stream;
use projections::{Alike, CaseRow, Likeness};
use uuid::Uuid;

use super::case::{self, Seen};
use super::forms::Desk;
use super::lang::Lang;
use super::page::views_failed;
use super::when::Times;
use super::{rows, words};
use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::problem::Problem;

/// Shown on a page: more would have to be read, and nobody compares them.
const SHOWN: usize = 3;

/// Both sides of a comparison.
pub struct Compared {
    /// The case of the page.
    pub own: Side,
    /// Those that may be the same.
    pub others: Vec<Side>,
}

impl Compared {
    /// The page's case first.
    pub fn sides(&self) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.own).chain(&self.others)
    }
}

/// One complaint, as far as it is compared.
pub struct Side {
    /// Number.
    pub no: String,
    /// Redacted title.
    pub title: String,
    /// Redacted text.
    pub text: String,
    /// What the two have in common, in words; empty for the case of the page.
    pub common: String,
    /// Item, place, arrival and state, each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// Id of the command that merges the page's case into this one, where that may be.
    pub merge: Option<Uuid>,
    /// Id of the command that links the two, where that may be.
    pub link: Option<Uuid>,
}

/// A case that is linked with the page's.
pub struct Linked {
    /// Number.
    pub no: String,
    /// Redacted title.
    pub title: String,
    /// How the two belong together.
    pub how: &'static str,
    /// State.
    pub life: &'static str,
}

/// Cases that may be the same as this one. None for who does not put cases together, and for a case that
/// is over.
///
/// # Errors
/// The views failed.
pub async fn found(app: &App, reader: &Reader, row: &CaseRow) -> Result<Vec<Alike>, Problem> {
    if !row.life.is_open() || row.test || !reader.may(Action::Case(Kind::LinkDuplicate), row) {
        return Ok(Vec::new());
    }
    let days = i64::from(app.rules().policy.sla.duplicate_days);
    let mut alike = app.views.alike(row, days, &reader.scope(), SHOWN + 1).await.map_err(views_failed)?;
    alike.retain(|one| reader.sees(&one.row) && !row.links.contains(&one.row.case_no));
    alike.truncate(SHOWN);
    Ok(alike)
}

/// The comparison; none where nothing is alike.
pub async fn compared(desk: &Desk<'_>, times: &Times, own: (&Seen, &str)) -> Option<Compared> {
    let (app, row) = (desk.app, desk.row);
    let alike = found(app, desk.reader, row).await.unwrap_or_default();
    if alike.is_empty() {
        return None;
    }
    let (seen, text) = own;
    let mut others = Vec::new();
    for one in alike {
        let earlier = one.row.received_at <= row.received_at;
        let merge = earlier && one.row.life.is_open() && desk.admits(Kind::MergeInto);
        let link = desk.admits(Kind::LinkDuplicate);
        others.push(Side {
            text: text_of(app, &one.row).await,
            common: common(&one.likeness, desk.l),
            merge: merge.then(Uuid::now_v7),
            link: link.then(Uuid::now_v7),
            ..side(app, times, &one.row)
        });
    }
    let own = Side { text: text.to_owned(), ..side(app, times, &seen.row) };
    Some(Compared { own, others })
}

fn side(app: &App, times: &Times, row: &CaseRow) -> Side {
    let l = times.l;
    let place = row.place.as_ref().map(|place| words::unit(&app.rules().org, place, l));
    let facts = vec![
        (l.t("事项", "Item"), rows::item_name(app, row)),
        (l.t("地点", "Place"), place.unwrap_or_default()),
        (l.t("受理", "Received"), times.full(row.received_at)),
        (l.t("状态", "State"), words::life(row.life, l).to_owned()),
    ];
    Side {
        no: row.case_no.clone(),
        title: row.title.clone(),
        text: String::new(),
        common: String::new(),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        merge: None,
        link: None,
    }
}

async fn text_of(app: &App, row: &CaseRow) -> String {
    let Ok(Some(history)) = app.engine.case(row.case_id).await else { return String::new() };
    let seen = Seen { row: row.clone(), case: row.case_id, history };
    let content = case::content(app, &seen).await.unwrap_or_default();
    redact::text(&content.text, &content.reporter)
}

/// What two cases have in common, in words.
pub fn common(likeness: &Likeness, l: Lang) -> String {
    let days = match likeness.days {
        0 => l.t("同日", "same day").to_owned(),
        days => format!("{} {}", l.t("相隔天数", "days between:"), days),
    };
    let said = [
        likeness.place.then(|| l.t("同社区", "same community").to_owned()),
        likeness.item.then(|| l.t("同事项", "same item").to_owned()),
        Some(days),
        Some(format!("{} {}%", l.t("文字相近", "words in common"), likeness.text)),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What the case is linked with, from either side.
///
/// # Errors
/// The views failed.
pub async fn linked(app: &App, reader: &Reader, row: &CaseRow, l: Lang) -> Result<Vec<Linked>, Problem> {
    let found = app.views.linked(row, &reader.scope()).await.map_err(views_failed)?;
    let told = found.into_iter().filter(|other| reader.sees(other)).map(|other| Linked {
        how: if other.merged_into.as_ref() == Some(&row.case_no) {
            l.t("并入本件", "merged into this one")
        } else if row.merged_into.as_ref() == Some(&other.case_no) {
            l.t("本件并入", "this one is merged into it")
        } else {
            l.t("关联", "linked")
        },
        life: words::life(other.life, l),
        no: other.case_no,
        title: other.title,
    });
    Ok(told.collect())
}

/// What stands for the number of a case that is not the reader's to see.
const HIDDEN: &str = "—";

/// Takes the numbers of linked cases that the reader may not see out of these rows; gives them back.
///
/// # Errors
/// The views failed.
pub async fn conceal(app: &App, reader: &Reader, rows: &mut [CaseRow]) -> Result<HashSet<String>, Problem> {
    let mut numbers: Vec<String> =
        rows.iter().flat_map(|row| row.links.iter().chain(&row.merged_into)).cloned().collect();
    if numbers.is_empty() {
        return Ok(HashSet::new());
    }
    numbers.sort_unstable();
    numbers.dedup();
    let known = app.views.known(&numbers, &reader.scope()).await.map_err(views_failed)?;
    let hidden: HashSet<String> = numbers.into_iter().filter(|number| !known.contains(number)).collect();
    for row in rows {
        row.links.retain(|number| !hidden.contains(number));
        if let Some(into) = row.merged_into.as_mut().filter(|into| hidden.contains(*into)) {
            HIDDEN.clone_into(into);
        }
    }
    Ok(hidden)
}

/// The same in the events of a case.
pub fn conceal_events(events: &mut [Recorded], hidden: &HashSet<String>) {
    for recorded in events {
        let number = match &mut recorded.event {
            stream::Event::Case(Event::CaseLinked(e)) => &mut e.other_no,
            stream::Event::Case(Event::CaseMerged(e)) => &mut e.into_no,
            _ => continue,
        };
        if hidden.contains(number) {
            HIDDEN.clone_into(number);
        }
    }
}
