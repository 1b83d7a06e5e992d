//! 回访: attempts that reached nobody, who is drawn, and what is said besides the three answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// See [`super::Event::CallbackAttempted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallbackAttempted {
    /// When it was tried.
    pub at: Timestamp,
    /// Who tried.
    pub by: String,
    /// Why it came to nothing.
    pub outcome: Unreached,
    /// It is one of those after which the callback is invalid: at an hour of its own, long enough after
    /// the one before.
    pub counted: bool,
    /// 录音号
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recording: String,
    /// From when another one would count; none where that makes no difference any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_from: Option<Timestamp>,
}

/// Why an attempt reached nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreached {
    /// 无人接听
    NoAnswer,
    /// 忙线
    Busy,
    /// 关机、停机
    SwitchedOff,
    /// 号码有误
    WrongNumber,
    /// 不便接听、拒访
    Refused,
    /// 中途挂断
    HungUp,
}

impl Unreached {
    /// All of them: the word in messages, Chinese, English.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 6] = [
        (Self::NoAnswer, "no_answer", "无人接听", "nobody answered"),
        (Self::Busy, "busy", "忙线", "busy"),
        (Self::SwitchedOff, "switched_off", "关机、停机", "switched off"),
        (Self::WrongNumber, "wrong_number", "号码有误", "wrong number"),
        (Self::Refused, "refused", "拒访", "refused to be asked"),
        (Self::HungUp, "hung_up", "中途挂断", "hung up"),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, _, zh, _)| zh)
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(.., en)| en)
    }
}

/// 不满意原因
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dissatisfaction {
    /// 问题未解决
    NotSolved,
    /// 办理太慢
    TooSlow,
    /// 态度不好
    Manner,
    /// 答复不清、敷衍
    Reply,
    /// 没有人联系
    NeverContacted,
    /// 对政策不满
    Policy,
    /// 其他
    Other,
}

impl Dissatisfaction {
    /// All of them: the word in messages, Chinese, English.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 7] = [
        (Self::NotSolved, "not_solved", "问题未解决", "not solved"),
        (Self::TooSlow, "too_slow", "办理太慢", "too slow"),
        (Self::Manner, "manner", "态度不好", "manner"),
        (Self::Reply, "reply", "答复不清、敷衍", "unclear or empty reply"),
        (Self::NeverContacted, "never_contacted", "没有人联系", "nobody was in touch"),
        (Self::Policy, "policy", "对政策不满", "the policy itself"),
        (Self::Other, "other", "其他", "other"),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, _, zh, _)| zh)
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(.., en)| en)
    }
}

/// What is said besides the three answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Why not satisfied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Dissatisfaction>,
    /// In words; redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// 录音号
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recording: String,
}

impl Said {
    /// Nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a case was drawn to be called back: by its number, which looks random and which nobody chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Of a hundred cases of its class so many are called.
    pub percent: u8,
    /// What its number gives, from 0 to 99; called where that is below.
    pub draw: u8,
}

impl Drawn {
    /// What this number of a case gives (FNV-1a, folded to a hundred).
    pub fn of(case_no: &str, percent: u8) -> Self {
        let hash = case_no
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self { percent, draw: u8::try_from(hash % 100).unwrap_or_default() }
    }

    /// It is called back.
    pub fn is_called(self) -> bool {
        self.draw < self.percent
    }
}
