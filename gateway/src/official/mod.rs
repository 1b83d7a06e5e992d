//! 公文: what supervision puts out, and a case itself, as an official page; the same page in HTML and in PDF.

pub mod fonts;
mod layout;
pub mod pdf;
mod wrap;

use domain::case::Event;
use domain::case::event::SupervisionStep;
use domain::ids::UnitId;
use jiff::Timestamp;

use crate::console::case::Seen;
use crate::console::when::Times;
use crate::console::{rung_name, unit_name};
use crate::http::App;

/// An official page. Labels are in both languages, Chinese first; what it says is what the log says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Official {
    /// 发文机关: the red head.
    pub issuer: String,
    /// 文号; empty where it has none.
    pub number: String,
    /// What it is.
    pub title: (String, &'static str),
    /// 拟稿、已撤销: it does not stand as it is.
    pub stamp: Option<(&'static str, &'static str)>,
    /// 主送
    pub to: Vec<String>,
    /// 抄送
    pub copied: Vec<String>,
    /// Paragraphs.
    pub body: Vec<String>,
    /// Label in both languages, and what stands behind it.
    pub fields: Vec<(&'static str, &'static str, String)>,
    /// 成文日期
    pub date: String,
    /// Who printed it, and when.
    pub printed: String,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A paper of supervision, by its number within the case.
    Paper(SupervisionStep, u32),
    /// 工单
    Case,
}

/// What an address names; an urge that is not written has no page.
pub fn what(kind: &str, number: u32) -> Option<What> {
    let step = SupervisionStep::ALL.into_iter().find(|step| step.as_str() == kind)?;
    (step != SupervisionStep::Urge && number > 0).then_some(What::Paper(step, number))
}

/// Makes the page; none where there is no such paper. A draft is shown to whoever may see drafts.
pub fn of(app: &App, times: &Times, seen: &Seen, what: What, drafts: bool, by: &str) -> Option<Official> {
    let rules = app.rules();
    let named = |unit: &UnitId| unit_name(&rules.org, unit, times.l);
    let issuer = rules.org.units().iter().find(|unit| unit.parent.is_none()).map(|unit| unit.name.clone());
    let paper = Paper { times, seen, named: &named };
    let mut page = match what {
        What::Paper(step, number) => paper.of(step, number, drafts)?,
        What::Case => paper.case(),
    };
    page.issuer = match issuer {
        Some(name) => format!("{name}社会治理督查队"),
        None => "社会治理督查队".to_owned(),
    };
    page.printed = format!("{} {by}", day(times, times.now, true));
    Some(page)
}

/// `2026年12月2日`, with the hour where that matters.
fn day(times: &Times, at: Timestamp, hour: bool) -> String {
    let local = at.to_zoned(times.zone.clone());
    local.strftime(if hour { "%Y年%-m月%-d日 %H:%M" } else { "%Y年%-m月%-d日" }).to_string()
}

struct Paper<'a> {
    times: &'a Times,
    seen: &'a Seen,
    named: &'a dyn Fn(&UnitId) -> String,
}

impl Paper<'_> {
    fn of(&self, step: SupervisionStep, number: u32, drafts: bool) -> Option<Official> {
        match step {
            SupervisionStep::Urge => None,
            SupervisionStep::WrittenUrge => self.written_urge(number),
            SupervisionStep::Order => self.order(number),
            SupervisionStep::Notice => self.notice(number, drafts),
            SupervisionStep::Listing => self.listing(number),
            SupervisionStep::Interview => self.interview(number),
        }
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.seen.history.events.iter().filter_map(|recorded| match &recorded.event {
            domain::stream::Event::Case(event) => Some(event),
            _ => None,
        })
    }

    fn nth<T>(&self, number: u32, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let nth = usize::try_from(number).ok()?.checked_sub(1)?;
        self.events().filter_map(pick).nth(nth)
    }

    fn names(&self, units: &[UnitId]) -> Vec<String> {
        units.iter().map(self.named).collect()
    }

    fn full(&self, at: Timestamp) -> String {
        day(self.times, at, true)
    }

    /// The case, as every paper names it.
    fn about(&self) -> Vec<(&'static str, &'static str, String)> {
        let row = &self.seen.row;
        let item = row.item.as_ref().map(|code| format!("{code} {}", row.item_name)).unwrap_or_default();
        let mut about = vec![("工单编号", "Case", row.case_no.clone()), ("事项", "Item", item)];
        about.extend(row.due_at.map(|at| ("办结时限", "Result due", self.full(at))));
        about.retain(|(.., value)| !value.trim().is_empty());
        about
    }

    fn written_urge(&self, number: u32) -> Option<Official> {
        let urged = self.nth(number, |event| match event {
            Event::UrgeWritten(e) => Some(e.clone()),
            _ => None,
        })?;
        let row = &self.seen.row;
        let late = row.due_at.map(|at| format!("办结时限为{}，", self.full(at))).unwrap_or_default();
        let mut body = vec![format!(
            "你单位主办的工单 {}（{}），{late}至今尚未办结。请抓紧办理，并及时反馈办理情况。",
            row.case_no, row.item_name
        )];
        body.extend(Some(urged.reason.clone()).filter(|said| !said.is_empty()));
        Some(Official {
            title: ("催办通知书".to_owned(), "Written urge"),
            to: vec![(self.named)(&urged.unit)],
            copied: self.names(&urged.copied),
            body,
            fields: self.about(),
            date: day(self.times, urged.at, false),
            ..Official::default()
        })
    }

    fn order(&self, number: u32) -> Option<Official> {
        let issued = self.events().find_map(|event| match event {
            Event::SupervisionIssued(e) if e.order == number => Some(e.clone()),
            _ => None,
        })?;
        let mut fields = self.about();
        fields.push(("督办原因", "Cause", issued.cause.zh().to_owned()));
        let reply = self.seen.history.state.supervision.order(Some(number)).and_then(|one| one.reply.clone());
        let due = reply.map(|limit| limit.due.due_at).or(issued.reply.as_ref().map(|due| due.due_at));
        fields.extend(due.map(|at| ("回复时限", "Reply by", self.full(at))));
        fields.extend((issued.repeats > 0).then(|| ("已重办", "Reopened", format!("{} 次", issued.repeats))));
        Some(Official {
            number: issued.number.clone(),
            title: ("督办单".to_owned(), "Supervision order"),
            to: vec![(self.named)(&issued.unit)],
            copied: self.names(&issued.copied),
            body: vec![issued.facts.clone(), issued.asks.clone()],
            fields,
            date: day(self.times, issued.at, false),
            ..Official::default()
        })
    }

    fn notice(&self, number: u32, drafts: bool) -> Option<Official> {
        let state = &self.seen.history.state;
        let notice = state.supervision.notices.iter().find(|one| one.notice == number)?;
        let mut out = self.seen.history.events.iter().filter_map(|recorded| match &recorded.event {
            domain::stream::Event::Case(Event::NoticeIssued(e)) if e.notice == number => {
                Some((e.clone(), recorded.meta.occurred_at))
            }
            _ => None,
        });
        let mut fields = self.about();
        fields.push(("通报原因", "Cause", notice.cause.zh().to_owned()));
        fields
            .extend(notice.reply.as_ref().map(|limit| ("回复时限", "Reply by", self.full(limit.due.due_at))));
        let stamp = notice.withdrawn.then_some(("已撤销", "Withdrawn"));
        let page = Official {
            number: notice.number.clone(),
            title: ("通报".to_owned(), "Circulated notice"),
            fields,
            stamp,
            ..Official::default()
        };
        if let Some((issued, at)) = out.next_back() {
            let title = match issued.edition {
                0 | 1 => page.title.clone(),
                edition => (format!("通报（更正，第 {edition} 版）"), "Circulated notice, corrected"),
            };
            let (to, copied) = issued.to.split_at(issued.to.len().min(1));
            return Some(Official {
                title,
                to: self.names(to),
                copied: self.names(copied),
                body: paragraphs(&issued.text),
                date: day(self.times, at, false),
                ..page
            });
        }
        let draft = notice.draft.as_ref().filter(|_| drafts)?;
        Some(Official {
            stamp: Some(("拟稿，未经批准", "Draft, not approved")),
            to: vec![(self.named)(&notice.unit)],
            body: paragraphs(&draft.text),
            ..page
        })
    }

    fn listing(&self, number: u32) -> Option<Official> {
        let listed = self.nth(number, |event| match event {
            Event::SupervisionListed(e) => Some(e.clone()),
            _ => None,
        })?;
        let row = &self.seen.row;
        let mut body = vec![format!(
            "你单位主办的工单 {}（{}）经多次督办仍未整改到位（第 {} 次不到位），现予挂牌督办。请单位主要负责人牵头，限期整改到位并书面报告。",
            row.case_no, row.item_name, listed.failures
        )];
        body.extend(Some(listed.reason.clone()).filter(|said| !said.is_empty()));
        Some(Official {
            title: ("挂牌督办通知".to_owned(), "Listed for supervision"),
            to: vec![(self.named)(&listed.unit)],
            copied: self.names(&listed.copied),
            body,
            fields: self.about(),
            date: day(self.times, listed.at, false),
            ..Official::default()
        })
    }

    fn interview(&self, number: u32) -> Option<Official> {
        let proposed = self.nth(number, |event| match event {
            Event::InterviewProposed(e) => Some((e.unit.clone(), e.due_at)),
            _ => None,
        });
        let held = self.nth(number, |event| match event {
            Event::UnitInterviewed(e) => Some(e.clone()),
            _ => None,
        });
        let unit = proposed.as_ref().map(|(unit, _)| unit).or(held.as_ref().map(|held| &held.unit))?;
        let at = proposed.as_ref().map(|(_, at)| *at).or(held.as_ref().map(|held| held.held_at))?;
        let row = &self.seen.row;
        let mut fields = self.about();
        if let Some(held) = &held {
            fields.push(("约谈对象", "Spoken to", held.who.clone()));
            fields.push(("约谈时间", "Held", self.full(held.held_at)));
            fields.push(("约谈结果", "Result", held.result.clone()));
        }
        Some(Official {
            title: ("约谈通知书".to_owned(), "Notice of interview"),
            to: vec![(self.named)(unit)],
            body: vec![format!(
                "你单位主办的工单 {}（{}）已挂牌督办，整改仍不到位。现决定约谈你单位负责人，请持整改情况说明到场，时间、地点另行通知。",
                row.case_no, row.item_name
            )],
            fields,
            date: day(self.times, at, false),
            ..Official::default()
        })
    }

    /// 工单: who has it, until when, and what became of it.
    fn case(&self) -> Official {
        let row = &self.seen.row;
        let l = self.times.l;
        let unit = |unit: &Option<UnitId>| unit.as_ref().map(self.named);
        let fields = [
            ("工单编号", "Case", Some(row.case_no.clone())),
            ("外部编号", "Outside id", row.external_id.clone()),
            ("事项", "Item", row.item.as_ref().map(|code| format!("{code} {}", row.item_name))),
            ("地点", "Place", unit(&row.place)),
            ("受理时间", "Received", Some(self.full(row.received_at))),
            ("主办单位", "Lead unit", unit(&row.lead)),
            ("现负责", "Answers now", unit(&row.responsible).filter(|_| row.responsible != row.lead)),
            ("层级", "Rung", row.rung.map(|rung| rung_name(rung, l).to_owned())),
            ("签收时限", "Sign by", row.sign_due_at.map(|at| self.full(at))),
            ("办结时限", "Result due", row.due_at.map(|at| self.full(at))),
            ("办结时间", "Closed", row.closed_at.map(|at| self.full(at))),
            ("状态", "State", Some(self.seen.history.state.life.zh().to_owned())),
        ];
        let fields = fields.into_iter().filter_map(|(zh, en, value)| Some((zh, en, value?)));
        let lead = unit(&row.lead).or_else(|| unit(&row.place));
        Official {
            number: row.case_no.clone(),
            title: ("工单".to_owned(), "Case"),
            to: lead.into_iter().collect(),
            body: vec![row.title.clone()],
            fields: fields.filter(|(.., value)| !value.trim().is_empty()).collect(),
            date: day(self.times, self.times.now, false),
            ..Official::default()
        }
    }
}

/// The lines of a text that a person may have edited.
fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}
