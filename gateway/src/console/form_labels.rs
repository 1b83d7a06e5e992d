//! What the forms of a case are called.

use domain::case::admissible::Kind;

use super::forms::Both;

/// What each form is called, what it says beneath, and what its button says.
pub(super) const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::Classify,
        ("定类", "Classify"),
        (
            "确定事项和地点后，系统按目录派给能解决的最低一级。",
            "With item and place known, the case goes to the lowest rung that can solve it.",
        ),
        ("定类并派单", "Classify and dispatch"),
    ),
    (
        Kind::Dispatch,
        ("派单", "Dispatch"),
        (
            "单位留空则按目录派单。首接负责，派出后不再改派。",
            "Leave the unit empty to follow the catalogue. The first unit stays responsible.",
        ),
        ("派单", "Dispatch"),
    ),
    (Kind::Contact, ("联系诉求人", "Contact the complainant"), ("", ""), ("记录联系", "Record the contact")),
    (
        Kind::SubmitResult,
        ("提交办理结果", "Submit the result"),
        ("答复将用于核查和回访。", "The reply is used for the check and the callback."),
        ("提交结果", "Submit"),
    ),
    (
        Kind::Verify,
        ("核查", "Check the result"),
        ("承办人不能核查自己办理的工单。", "Nobody checks their own work."),
        ("提交核查", "Submit the check"),
    ),
    (
        Kind::Reopen,
        ("重办", "Reopen"),
        ("原承办单位重新办理，时限重新计算。", "The same unit works on it again, with a new clock."),
        ("重办", "Reopen"),
    ),
    (
        Kind::Resume,
        ("恢复办理", "Resume"),
        ("时钟从现在继续。", "The clock goes on from now."),
        ("恢复", "Resume"),
    ),
    (
        Kind::Escalate,
        ("上报升级", "Escalate"),
        ("由上一级负责，首接单位仍为主办。", "The next rung answers; the first unit stays lead."),
        ("升级", "Escalate"),
    ),
    (
        Kind::Extend,
        ("延期", "Extend"),
        (
            "须在到期前，一件一次，并已告知诉求人。",
            "Before the limit, once, and the complainant has been told.",
        ),
        ("延期", "Extend"),
    ),
    (
        Kind::Suspend,
        ("挂账", "Suspend"),
        (
            "时钟暂停至恢复；到复核日系统提醒。",
            "The clock stands still until it is resumed; the review date reminds.",
        ),
        ("挂账", "Suspend"),
    ),
    (
        Kind::BarUnit,
        ("被举报单位回避", "Keep an accused unit away"),
        (
            "该单位及其下级从此看不到这件工单；已派给它的收回重派。",
            "Neither the unit nor anything under it sees the case from now on; what it had is taken back.",
        ),
        ("回避", "Keep away"),
    ),
    (
        Kind::RevealReporter,
        ("调阅诉求人", "Reveal the complainant"),
        ("调阅会留痕：谁、何时、为何。", "It is recorded who looked, when and why."),
        ("调阅", "Reveal"),
    ),
];
