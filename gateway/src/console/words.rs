//! The words of the domain in both languages, for pages.

use domain::case::Life;
use domain::case::clocks::DeadlineName;
use domain::case::event::{CloseMode, EscalationReason, Satisfaction};
use domain::ids::{Rung, UnitId};
use domain::org::Org;

use super::lang::Lang;

/// A state of life.
pub fn life(life: Life, l: Lang) -> &'static str {
    let en = match life {
        Life::Absent => "None",
        Life::Registered => "Triage",
        Life::PendingDispatch => "To dispatch",
        Life::Dispatched => "To sign",
        Life::InProgress => "In progress",
        Life::Suspended => "Suspended",
        Life::Handled => "To check",
        Life::PendingCallback => "To call back",
        Life::CalledBack => "Not solved",
        Life::Closed => "Closed",
        Life::TransferredOut => "Referred",
        Life::RecordedOpen => "History, open",
        Life::RecordedClosed => "History, closed",
        Life::ReturnPending => "Return to decide",
        Life::AwaitingOutside => "Awaits the sender",
        Life::NeedsInfo => "Waits for information",
        Life::Answered => "Answered",
        Life::Declined => "Declined",
        Life::Merged => "Merged",
        Life::Archived => "Archived",
    };
    l.t(life.zh(), en)
}

/// A rung of the ladder.
pub fn rung(rung: Rung, l: Lang) -> &'static str {
    let en = match rung {
        Rung::Grid => "Grid",
        Rung::Community => "Community",
        Rung::Station => "Station",
        Rung::Street => "Street",
        Rung::District => "District",
    };
    l.t(rung.zh(), en)
}

/// A limit.
pub fn deadline(name: DeadlineName, l: Lang) -> &'static str {
    let en = match name {
        DeadlineName::Dispatch => "Dispatch",
        DeadlineName::Sign => "Sign",
        DeadlineName::Contact => "First contact",
        DeadlineName::Amber => "Amber",
        DeadlineName::Resolve => "Result",
        DeadlineName::Escalate => "Escalation",
        DeadlineName::Answer => "District answer",
        DeadlineName::Review => "Review of suspension",
        DeadlineName::Verify => "Check",
        DeadlineName::Callback => "Callback",
        DeadlineName::Info => "Information",
        DeadlineName::WhistleRespond => "Whistle: respond",
        DeadlineName::WhistleArrive => "Whistle: report in",
        DeadlineName::WhistleFinish => "Whistle: finish",
        DeadlineName::Decide => "Decision",
        DeadlineName::Outside => "Decision of the sender",
        DeadlineName::PartSign => "Part: sign",
        DeadlineName::PartFinish => "Part: result",
        DeadlineName::WhistleApprove => "Whistle: approval",
        DeadlineName::Supervise => "Next step of supervision",
        DeadlineName::OrderReply => "Order: reply",
        DeadlineName::NoticeReply => "Notice: reply",
        DeadlineName::ReasonDecide => "Reason: judgement",
        DeadlineName::NoticeApprove => "Notice: approval",
        DeadlineName::NotifyEscalate => "Telling the next",
    };
    l.t(name.zh(), en)
}

/// Why a case went up.
pub fn escalation(reason: EscalationReason, l: Lang) -> &'static str {
    match reason {
        EscalationReason::Timeout => l.t("超时", "out of time"),
        EscalationReason::NoAuthority => l.t("无权限", "no authority"),
        EscalationReason::NoResource => l.t("无资源", "no resources"),
        EscalationReason::CrossJurisdiction => l.t("跨辖区", "across boundaries"),
        EscalationReason::DisputedDuty => l.t("职责争议", "duty disputed"),
        EscalationReason::RepeatedUnsolved => l.t("重复未解", "came again unsolved"),
    }
}

/// How satisfied the complainant is.
pub fn satisfaction(answer: Satisfaction, l: Lang) -> &'static str {
    match answer {
        Satisfaction::Satisfied => l.t("满意", "satisfied"),
        Satisfaction::FairlySatisfied => l.t("基本满意", "fairly satisfied"),
        Satisfaction::Dissatisfied => l.t("不满意", "dissatisfied"),
        Satisfaction::NoAnswer => l.t("不评价", "no answer"),
    }
}

/// How a case ended.
pub fn close_mode(mode: CloseMode, l: Lang) -> &'static str {
    match mode {
        CloseMode::Solved => l.t("问题已解决", "solved"),
        CloseMode::Explained => l.t("解释结案", "closed as explained"),
        CloseMode::Withdrawn => l.t("已撤单", "withdrawn"),
        CloseMode::Voided => l.t("已作废", "void"),
        CloseMode::NotSampled => l.t("抽样未中，核查后结案", "checked, and not drawn for a callback"),
        CloseMode::InvalidCallback => l.t("无效回访", "nobody was reached"),
    }
}

/// How a complainant was reached, or came.
pub fn channel(word: &str, l: Lang) -> String {
    match word {
        "phone" => l.t("电话", "by phone").to_owned(),
        "visit" => l.t("上门", "by a visit").to_owned(),
        "message" => l.t("短信或微信", "by message").to_owned(),
        "counter" => l.t("窗口", "at the counter").to_owned(),
        "patrol" => l.t("巡查", "on patrol").to_owned(),
        "web" => l.t("网络", "on the web").to_owned(),
        other => other.to_owned(),
    }
}

/// The source of what is taken down by hand in the console.
pub const CONSOLE: &str = "console";

/// Where a case came from.
pub fn source(word: &str, l: Lang) -> String {
    if word == CONSOLE { l.t("人工登记", "Taken down by hand").to_owned() } else { word.to_owned() }
}

/// A unit by its name; by its code where the org does not know it.
pub fn unit(org: &Org, code: &UnitId, l: Lang) -> String {
    match org.unit(code) {
        Some(unit) if l == Lang::En && !unit.name_en.is_empty() => unit.name_en.clone(),
        Some(unit) => unit.name.clone(),
        None => code.to_string(),
    }
}

/// Who acted, as the log names it.
pub fn actor(id: &str, l: Lang) -> String {
    match id.split_once(':') {
        Some(("user", name)) => name.to_owned(),
        Some(("system", "deadlines")) => l.t("系统 · 时限", "System · deadlines").to_owned(),
        Some(("system", "notify")) => l.t("系统 · 通知", "System · notifications").to_owned(),
        Some(("system", "merged")) => l.t("系统 · 随主件", "System · main case").to_owned(),
        Some(("system", name)) => format!("{} · {name}", l.t("系统", "System")),
        Some(("bus", name)) => format!("{} · {name}", l.t("消息总线", "Bus")),
        Some(("resident", _)) => l.t("诉求人 · 评价链接", "Complainant · rating link").to_owned(),
        _ if id == "import" => l.t("导入", "Import").to_owned(),
        _ => id.to_owned(),
    }
}
