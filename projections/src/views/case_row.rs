//! One row per case: what lists, inboxes and exports show of it.

use domain::case::clocks::DeadlineName;
use domain::case::event::{CloseMode, Satisfaction};
use domain::case::{Life, State};
use domain::ids::{CaseId, ItemCode, Rung, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::callback::CallsRow;
use super::figures::FiguresRow;
use super::hands::HandsRow;
use super::legs::LegRow;
use super::papers::Paper;
use super::parts::PartRow;
use super::waits::Wait;

/// What is shown of a case. Holds no personal data: the title is redacted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Identity: its stream.
    pub case_id: CaseId,
    /// The number that people see.
    pub case_no: String,
    /// The system it came from.
    pub source: String,
    /// Its id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 来源渠道
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Redacted, at most forty characters; empty where the content's key was destroyed.
    pub title: String,
    /// Where in its life.
    pub life: Life,
    /// Rung that answers now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rung: Option<Rung>,
    /// Item code; for recorded history the other system's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The item's name when it was classified.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item_name: String,
    /// SLA class.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Deepest unit whose area the place lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<UnitId>,
    /// Lead unit (主办).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<UnitId>,
    /// Rung of the lead unit, where the ladder starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_rung: Option<Rung>,
    /// Path of the lead unit; empty before dispatch.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lead_path: String,
    /// Who may see it: the lead's path, before dispatch the place's; empty where neither is known. Never
    /// at or below a unit that is accused.
    pub scope_path: String,
    /// Unit that answers now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<UnitId>,

    /// When the first receiver took it in.
    pub received_at: Timestamp,
    /// When it was opened here.
    pub opened_at: Timestamp,
    /// Limit for putting it on a rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatch_due_at: Option<Timestamp>,
    /// When it was put on a rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatched_at: Option<Timestamp>,
    /// Limit for signing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_due_at: Option<Timestamp>,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Limit for the first contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_due_at: Option<Timestamp>,
    /// When the complainant was last contacted, in this round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacted_at: Option<Timestamp>,
    /// 80 % of the running time is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amber_at: Option<Timestamp>,
    /// Limit for the result; before dispatch that of the outside order, for history the recorded one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The limit was counted in a year whose holidays are not published yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The district's limit to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_due_at: Option<Timestamp>,
    /// When somebody must look at the suspension again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_at: Option<Timestamp>,
    /// When the result came, in this round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled_at: Option<Timestamp>,
    /// Limit for the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_due_at: Option<Timestamp>,
    /// Limit for the callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_due_at: Option<Timestamp>,
    /// The next limit by which a person must do something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<Timestamp>,
    /// What that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_name: Option<DeadlineName>,

    /// 办结 time of a closed case: when the accepted result came, not when the callback was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_as: Option<CloseMode>,
    /// `closed_at ≤ due_at`; none where one of the two is unknown, or the case is excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_time: Option<bool>,
    /// What the complainant said of the last round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<CallbackAnswer>,

    /// Steps up the ladder, over all rounds.
    pub escalations: u32,
    /// Extensions, over all rounds.
    pub extensions: u32,
    /// How often it was reopened.
    pub reopened: u32,
    /// How often the check failed, over all rounds.
    pub failed_checks: u32,
    /// How often the same complaint came again.
    pub repeats: u32,
    /// The reporter asked not to be named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// A test order: in no list and on no board unless asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Imported as recorded elsewhere: counted, but nobody has to act.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,

    /// 吹哨: the units that were called, in order of number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegRow>,
    /// What waits for somebody's decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// 督办: orders, notices, listings, interviews and urges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
    /// 分办: co-units, and units that the work was handed down to, in order of number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRow>,
    /// The street whose approval a whistle waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whistle_waits_for: Option<UnitId>,
    /// 所在社区; see [`super::locality`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<UnitId>,
    /// Its path; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locality_path: String,
    /// Limit for the complainant's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info_due_at: Option<Timestamp>,
    /// 自处置: settled on the spot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_spot: bool,
    /// 调阅 is asked, and not decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reveal_asked: bool,
    /// 关联: numbers of the cases that it was linked with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// 并单: the number of the case that goes on for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// Where in its life it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_before: Option<Life>,
    /// Units that are accused: neither they nor what is under them see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<UnitId>,
    /// Somebody is accused who is not identified yet: until then only the root of the tree sees it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accused_unclear: bool,
    /// Who has it in hand, and what they ask for.
    #[serde(default)]
    pub hands: HandsRow,
    /// 作废 is asked, and not decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void_asked: bool,
    /// 剔除 is asked or appealed, and not decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusion_asked: bool,
    /// 剔除: it is in no rate; how many there are stands beside them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,

    /// 回访: attempts, and what was said.
    #[serde(default, skip_serializing_if = "CallsRow::is_nothing")]
    pub calls: CallsRow,

    /// What the figures need beside all this.
    #[serde(default)]
    pub figures: FiguresRow,

    /// Position of its first event.
    pub opened: u64,
    /// Position of the last event that changed the row.
    pub position: u64,
    /// Sequence of the last event of its own stream.
    pub sequence: u64,
    /// The case's own fold, where rows are folded: not in lists, and not of history.
    #[serde(skip)]
    pub state: Option<Box<State>>,
}

/// What the complainant said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAnswer {
    /// The unit had been in touch.
    pub contacted: bool,
    /// The matter is solved.
    pub solved: bool,
    /// 满意 · 基本满意 · 不满意 · 不评价.
    pub satisfaction: Satisfaction,
}

impl CaseRow {
    /// Closed, here or in the system it was recorded in.
    pub fn is_closed(&self) -> bool {
        matches!(self.life, Life::Closed | Life::RecordedClosed | Life::Archived)
    }

    /// Time works against the result: not paused, not handed in, not over.
    pub fn is_running(&self) -> bool {
        match self.life {
            Life::Registered | Life::PendingDispatch | Life::Dispatched | Life::InProgress => true,
            Life::ReturnPending => true,
            Life::AwaitingOutside => self.handled_at.is_none(),
            _ => false,
        }
    }

    /// It was merged, and its complainant has not had the last word yet: what becomes of its main case
    /// concerns it.
    pub fn hangs(&self) -> bool {
        let waits = matches!(
            self.life,
            Life::Merged | Life::PendingCallback | Life::CalledBack | Life::AwaitingOutside
        );
        waits && self.merged_into.is_some()
    }

    /// Legs by which a called unit finds the case: never one of a unit that is accused, or under it.
    pub fn legs_to_find(&self) -> impl Iterator<Item = &LegRow> {
        self.legs.iter().filter(|leg| !self.bars(&leg.path))
    }

    /// Parts by which a unit finds the case: likewise.
    pub fn parts_to_find(&self) -> impl Iterator<Item = &PartRow> {
        self.parts.iter().filter(|part| !self.bars(&part.path))
    }

    /// Paths of the units that find the case by a leg or a part of their own, also one that is over, or by
    /// an order or a notice that they have to reply to.
    pub fn paths_to_find(&self) -> impl Iterator<Item = &str> {
        let legs = self.legs_to_find().map(|leg| leg.path.as_str());
        let owed = self.papers.iter().filter(|paper| paper.state.is_units() && !paper.path.is_empty());
        let owed = owed.map(|paper| paper.path.as_str());
        legs.chain(self.parts_to_find().map(|part| part.path.as_str())).chain(owed)
    }

    /// Whether this path lies in a unit that is accused.
    fn bars(&self, path: &str) -> bool {
        self.barred.iter().any(|unit| path.contains(&format!("/{unit}/")))
    }

    /// The month it is counted in, `2026-11`: that of its limit, else that of its arrival.
    pub fn month(&self) -> String {
        month_of(self.due_at.unwrap_or(self.received_at))
    }

    /// The month in which it arrived, `2026-11`.
    pub fn arrived_in(&self) -> String {
        month_of(self.received_at)
    }
}

/// In Chinese time.
fn month_of(at: Timestamp) -> String {
    let day = jiff::tz::Offset::constant(8).to_datetime(at);
    format!("{:04}-{:02}", day.year(), day.month())
}
