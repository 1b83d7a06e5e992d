//! The forms of a case: exactly those commands that the rules admit now and the reader may give.

use domain::case::admissible::{self, Kind};
use domain::case::{Life, State};
use domain::ids::Rung;
use projections::CaseRow;
use uuid::Uuid;

use super::actions::action;
use super::callback_forms;
use super::fields::{self, Field, Input, option, yes_no};
use super::form_labels::LABELS;
use super::hand_forms;
use super::lang::Lang;
use super::part_forms;
use super::supervise_forms;
use super::{decisions, edges};
use super::{whistle_forms, words};
use crate::auth::{Action, Reader};
use crate::http::App;

/// A form that gives one command.
pub struct Form {
    /// Number of the case.
    pub no: String,
    /// Last part of its address.
    pub action: &'static str,
    /// What it does.
    pub title: &'static str,
    /// What to know before.
    pub hint: &'static str,
    /// What to fill in.
    pub fields: Vec<Field>,
    /// Label of its button.
    pub submit: &'static str,
    /// Shown at once.
    pub open: bool,
    /// Id of the command: pressing twice is doing it once.
    pub id: Uuid,
}

/// What is rarely the next step: behind one drawer on the page, so that the next steps are seen.
const BESIDE: [&str; 29] = [
    "escalate",
    "extend",
    "suspend",
    "bar_unit",
    "sound_whistle",
    "designate_final",
    "deescalate",
    "link_duplicate",
    "merge_into",
    "apply_exclusion",
    "request_void",
    "sub_dispatch",
    "add_co_unit",
    "request_extension",
    "apply_suspension",
    "request_return",
    "raise_objection",
    "delegate_task",
    "release_claim",
    "archive",
    "urge",
    "send_written_urge",
    "issue_supervision",
    "draft_notice",
    "correct_notice",
    "withdraw_notice",
    "list_supervision",
    "record_interview",
    "give_reason",
];

impl Form {
    /// It is rarely the next step.
    pub fn is_beside(&self) -> bool {
        BESIDE.contains(&self.action)
    }
}

/// What came back with a refusal: the action and what was typed.
pub type Refused<'a> = Option<(&'a str, &'a Input)>;

/// Who wants to do something with what, in which language.
pub struct Desk<'a> {
    /// The program.
    pub app: &'a App,
    /// The reader.
    pub reader: &'a Reader,
    /// The case's row.
    pub row: &'a CaseRow,
    /// The case's state.
    pub state: &'a State,
    /// The page's language.
    pub l: Lang,
}

/// Those with forms, in the order in which people do them. Signing is a button of its own.
const ORDER: [Kind; 36] = [
    Kind::Classify,
    Kind::Dispatch,
    Kind::Contact,
    Kind::SubmitResult,
    Kind::Verify,
    Kind::RecordCallback,
    Kind::AttemptCallback,
    Kind::Close,
    Kind::Reopen,
    Kind::Resume,
    Kind::Escalate,
    Kind::Extend,
    Kind::Suspend,
    Kind::BarUnit,
    Kind::ApproveWhistle,
    Kind::AdjudicateDecline,
    Kind::StandDown,
    Kind::SoundWhistle,
    Kind::RateWhistle,
    Kind::ApproveReturn,
    Kind::RejectReturn,
    Kind::Adjudicate,
    Kind::ApproveExtension,
    Kind::RefuseExtension,
    Kind::ApproveSuspension,
    Kind::RefuseSuspension,
    Kind::RequestExtension,
    Kind::ApplySuspension,
    Kind::RequestReturn,
    Kind::RaiseObjection,
    Kind::DesignateFinal,
    Kind::Deescalate,
    Kind::ClaimTask,
    Kind::DelegateTask,
    Kind::ReleaseClaim,
    Kind::AmendReply,
];

impl Desk<'_> {
    /// The reader may give this command now.
    pub fn admits(&self, kind: Kind) -> bool {
        admissible::answer(kind, self.state.life).is_none()
            && self.reader.may(Action::Case(kind), self.row)
            // What the rules ask of the person, beyond the state of life.
            && match kind {
                Kind::Verify
                | Kind::RecordCallback
                | Kind::AttemptCallback
                | Kind::Close
                | Kind::Reopen => !self.state.is_handler(&self.reader.account.actor()),
                Kind::Escalate => self.state.rung.is_some_and(|rung| rung.up().is_some()),
                kind => {
                    whistle_forms::fits(self, kind)
                        && hand_forms::wanted(kind, self)
                        && part_forms::wanted(kind, self)
                        && supervise_forms::wanted(kind, self)
                        && decisions::waits_for(self, kind)
                        && edges::wanted(kind, self)
                }
            }
    }

    /// The forms of the page; one that was refused comes back open, with what was typed.
    pub fn forms(&self, refused: Refused<'_>) -> Vec<Form> {
        let all = ORDER.into_iter().chain(edges::ORDER).chain(decisions::ORDER).chain(part_forms::ORDER);
        let all = all.chain(supervise_forms::ORDER);
        let admitted = all.filter(|kind| self.admits(*kind));
        admitted.filter_map(|kind| self.form(kind, refused)).collect()
    }

    /// The form for one kind of command.
    pub fn form(&self, kind: Kind, refused: Refused<'_>) -> Option<Form> {
        let action = action(kind)?;
        let input = refused.filter(|(back, _)| *back == action).map(|(_, input)| input);
        let (title, hint, submit) = self.labels(kind);
        let fields = self.fields(kind).into_iter().map(|field| field.within(action).kept(input)).collect();
        let open = input.is_some() || is_next_step(kind, self.state.life);
        Some(Form {
            no: self.row.case_no.clone(),
            action,
            title,
            hint,
            fields,
            submit,
            open,
            id: Uuid::now_v7(),
        })
    }

    fn labels(&self, kind: Kind) -> (&'static str, &'static str, &'static str) {
        let say = |both: &Both| self.l.t(both.0, both.1);
        if let Some(labels) = edges::labels(kind, self.l) {
            return labels;
        }
        let ours = LABELS.iter().chain(whistle_forms::LABELS).chain(hand_forms::LABELS);
        let mut all = ours
            .chain(decisions::LABELS)
            .chain(part_forms::LABELS)
            .chain(callback_forms::LABELS)
            .chain(supervise_forms::LABELS);
        let found = all.find(|(of, ..)| *of == kind);
        found.map_or(("", "", ""), |(_, title, hint, submit)| (say(title), say(hint), say(submit)))
    }

    fn fields(&self, kind: Kind) -> Vec<Field> {
        let l = self.l;
        if let Some(fields) = decisions::fields(kind, l) {
            return fields;
        }
        let reason = || Field::area("reason", l.t("理由", "Reason")).required();
        let told = || {
            Field::tick("complainant_told", l.t("已告知诉求人", "The complainant has been told")).required()
        };
        match kind {
            Kind::Classify => vec![
                Field::select("item", l.t("事项", "Item"), fields::items(self.app, l.t("请选择", "Choose")))
                    .required()
                    .value(self.row.item.as_ref().map_or("", |item| item.as_str())),
                Field::unit("place", l.t("地点（所在单位代码）", "Place (code of the unit)"))
                    .required()
                    .hint(l.t("输入名称或代码检索", "Type a name or a code"))
                    .value(self.row.place.as_ref().map_or("", |place| place.as_str())),
            ],
            Kind::Dispatch => vec![Field::unit("unit", l.t("承办单位代码", "Code of the unit"))],
            Kind::Contact => vec![
                Field::choice(
                    "channel",
                    l.t("方式", "How"),
                    ["phone", "visit", "message"].map(|word| option(word, words::channel(word, l))).into(),
                )
                .required()
                .value("phone"),
                Field::area("note", l.t("说了什么", "What was said"))
                    .hint(l.t("加密保存", "Stored encrypted")),
            ],
            Kind::SubmitResult => vec![
                Field::choice("solved", l.t("问题是否解决", "Is it solved?"), yes_no(l)).required(),
                Field::area("reply", l.t("答复诉求人", "Reply to the complainant"))
                    .required()
                    .hint(l.t("加密保存", "Stored encrypted")),
            ],
            Kind::BarUnit => vec![
                Field::unit("unit", l.t("被举报单位代码", "Code of the accused unit"))
                    .hint(l.t("留空：指名的不是本辖区单位", "Empty: whoever was named is no unit of ours")),
                reason(),
            ],
            Kind::Verify => checking_fields(l),
            Kind::RecordCallback | Kind::AttemptCallback | Kind::Close => callback_forms::fields(kind, self),
            Kind::Reopen => vec![reason()],
            Kind::Extend => vec![
                Field::line("by", l.t("延长多久", "How much")).required().hint(l.t(
                    "如 5wd（工作日）、24h（小时）、7nd（自然日）",
                    "e.g. 5wd (working days), 24h (hours), 7nd (natural days)",
                )),
                reason(),
                told(),
            ],
            Kind::Suspend => vec![
                Field::typed("review_at", l.t("复核日期", "Review on"), "date").required(),
                reason(),
                told(),
            ],
            Kind::RevealReporter => vec![
                Field::line("purpose", l.t("用途", "Purpose"))
                    .required()
                    .hint(l.t("如：回访、上门核实", "e.g. callback, visit on site")),
            ],
            kind => self.other_fields(kind),
        }
    }

    /// What the forms of the other regions ask for.
    fn other_fields(&self, kind: Kind) -> Vec<Field> {
        let own = whistle_forms::fields(self, kind).into_iter();
        let own = own.chain(part_forms::fields(self, kind)).chain(supervise_forms::fields(self, kind));
        own.chain(hand_forms::fields(kind, self.l)).chain(edges::fields(kind, self.l)).collect()
    }
}

/// What somebody is asked who checks the work.
fn checking_fields(l: Lang) -> Vec<Field> {
    let findings = vec![
        option("true", l.t("通过", "Passed")),
        option("false", l.t("不通过，退回办理", "Failed, back to work")),
    ];
    vec![
        Field::choice("passed", l.t("结论", "Finding"), findings).required(),
        Field::area("reason", l.t("发现了什么（不通过必填）", "What was found (needed if it fails)")),
    ]
}

/// Chinese and English.
pub type Both = (&'static str, &'static str);

/// The step that the state of life waits for is shown open; the rest is a press away.
fn is_next_step(kind: Kind, life: Life) -> bool {
    hand_forms::is_next_step(kind)
        || part_forms::is_next_step(kind)
        || supervise_forms::is_next_step(kind)
        || matches!(
            (kind, life),
            (Kind::Classify, Life::Registered)
                | (Kind::Dispatch, Life::PendingDispatch)
                | (Kind::SubmitResult, Life::InProgress)
                | (Kind::Verify, Life::Handled)
                | (Kind::RecordCallback, Life::PendingCallback)
                | (Kind::Reopen, Life::CalledBack)
                | (Kind::Resume, Life::Suspended)
                | (Kind::ApproveWhistle | Kind::AdjudicateDecline, _)
        )
}

pub(super) fn satisfactions(l: Lang) -> Vec<fields::Choice> {
    use domain::case::event::Satisfaction::{Dissatisfied, FairlySatisfied, NoAnswer, Satisfied};
    [
        ("satisfied", Satisfied),
        ("fairly_satisfied", FairlySatisfied),
        ("dissatisfied", Dissatisfied),
        ("no_answer", NoAnswer),
    ]
    .map(|(word, answer)| option(word, words::satisfaction(answer, l)))
    .into()
}

pub(super) fn escalations(l: Lang) -> Vec<fields::Choice> {
    use domain::case::event::EscalationReason::{
        CrossJurisdiction, DisputedDuty, NoAuthority, NoResource, RepeatedUnsolved,
    };
    [
        ("no_authority", NoAuthority),
        ("no_resource", NoResource),
        ("cross_jurisdiction", CrossJurisdiction),
        ("disputed_duty", DisputedDuty),
        ("repeated_unsolved", RepeatedUnsolved),
    ]
    .map(|(word, reason)| option(word, words::escalation(reason, l)))
    .into()
}

/// The rung above the one that answers now: where a form's escalation goes.
pub fn next_rung(state: &State) -> Option<Rung> {
    state.rung?.up()
}
