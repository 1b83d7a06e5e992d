//! 督查督办 in the small world: what may be tried, and lives that are under supervision already.

use serde_json::{Value, json};

/// What the team and the units may try.
pub(super) fn commands() -> Vec<Value> {
    let check = |check: &str, passed: bool| json!({"command": "check_supervision", "check": check, "passed": passed, "finding": "看过"});
    vec![
        json!({"command": "urge", "reason": ""}),
        json!({"command": "send_written_urge", "reason": ""}),
        json!({"command": "issue_supervision"}),
        json!({"command": "reply_supervision", "reply": ""}),
        check("problem", true),
        check("rectification", true),
        check("effect", true),
        check("effect", false),
        json!({"command": "close_supervision", "root_cause": "保洁频次不足"}),
        json!({"command": "give_reason", "reason": "汛期停工"}),
        json!({"command": "judge_reason", "accepted": true, "reason": ""}),
        json!({"command": "judge_reason", "accepted": false, "reason": "不充分"}),
        json!({"command": "draft_notice"}),
        json!({"command": "edit_notice", "text": "现予通报"}),
        json!({"command": "approve_notice"}),
        json!({"command": "reply_notice", "reply": ""}),
        json!({"command": "correct_notice", "text": "更正", "reason": "日期有误"}),
        json!({"command": "withdraw_notice", "reason": "事实有误"}),
        json!({"command": "list_supervision", "reason": "多次不到位"}),
        json!({"command": "record_interview", "who": "负责人", "result": "限期整改"}),
    ]
}

/// Steps of a supervisor (`true`) and of the unit, after the unit has signed.
pub(super) fn replied() -> Vec<(bool, Value)> {
    vec![
        (true, json!({"command": "issue_supervision"})),
        (false, json!({"command": "reply_supervision", "reply": ""})),
        (true, json!({"command": "check_supervision", "check": "problem", "passed": true})),
        (true, json!({"command": "check_supervision", "check": "rectification", "passed": true})),
    ]
}

/// The same after a check that has failed.
pub(super) fn drafted() -> Vec<(bool, Value)> {
    vec![(true, json!({"command": "draft_notice"}))]
}
